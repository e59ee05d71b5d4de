#!/usr/bin/env python3
"""Draw the figures and tables of docs/measurements.md from the raw results beside it.

Reads docs/measurements/: chain.json (a test of sheaf-runtime), computation.json and blocks.json
(sheaf-measurements) and round-*.json (scripts/measure_round.py, one per size of model). Writes the figures
there, and puts the tables between the page's markers. Needs Python alone.
With --check nothing is written; it fails if page or figures are not what the results give.
"""

from __future__ import annotations

import json
import sys
from math import log2, log10
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from report_page import (  # noqa: E402
    COLOURS,
    Figure,
    digits,
    duration,
    page_with,
    percent,
    size,
    span,
    table,
    ticks,
    unit_of,
    write_or_check,
)

PAGE = ROOT / "docs/measurements.md"
RESULTS = PAGE.with_suffix("")
PICO, TOKEN = 1e12, 10**18
POWERS = {10_000: "10⁴", 100_000: "10⁵", 1_000_000: "10⁶", 10_000_000: "10⁷"}
COMMITTEE = 4
CHUNK_BYTES, HASH_BYTES, CHUNK_ELEMENTS, SALT_ELEMENTS = 1024, 32, 256, 8


def read(name: str) -> dict:
    """A file of results."""
    return json.loads((RESULTS / name).read_text(encoding="utf-8"))


CHAIN, COMPUTATION = read("chain.json"), read("computation.json")
BLOCKS = read("blocks.json")
ROUNDS = sorted(
    (read(path.name) for path in RESULTS.glob("round-*.json")), key=lambda run: run["parameters"]
)


def spread(values: dict, scale: float = 1) -> str:
    """The median, and the span of all repetitions."""
    unit, name = unit_of(values["median"] * scale)
    least, median, most = (
        digits(values[each] * scale / unit) for each in ("least", "median", "most")
    )
    return f"{median} {name} ({least}–{most})"


# What a round puts on the chain.


def sent_table(sent: list[dict]) -> list[str]:
    """Every transaction of a round."""
    rows = []
    for each in sent:
        limit = CHAIN["block_picoseconds" if each["operational"] else "normal_picoseconds"]
        rows.append(
            [
                each["sender"],
                each["name"],
                f"{each['bytes']:,}",
                duration(each["picoseconds"] / PICO),
                percent(each["picoseconds"], limit),
                f"{each['proof_size'] / 1024:,.0f} KiB",
                f"{int(each['fee']) / TOKEN:.4f}" if each["fee"] else "none",
            ]
        )
    head = ["sender", "message", "bytes", "weight (time)", "of a block", "weight (proof)", "fee, SHEAF"]
    return table(head, rows, texts=2)


def taken_table() -> list[str]:
    """Declared and taken weight of the transactions of a round."""
    rows = []
    for each in CHAIN["taken_with_3_trainers"]:
        declared, taken = each["declared"], each["taken"]
        share = percent(taken, CHAIN["block_picoseconds"])
        rows.append([each["name"], duration(declared / PICO), duration(taken / PICO), share])
    return table(["message", "declared", "taken", "of a block"], rows)


def rounds_table() -> list[str]:
    """Totals of a round by the number of trainers."""
    rows = []
    for each in CHAIN["rounds"]:
        whole, trainers, verifiers = each["all"], each["trainer"], each["verifier"]
        count = each["trainers"]
        rows.append(
            [
                count,
                whole["transactions"],
                f"{whole['bytes']:,}",
                percent(whole["bytes"], CHAIN["block_bytes"]),
                duration(whole["picoseconds"] / PICO),
                f"{whole['picoseconds'] / CHAIN['block_picoseconds']:.2f}",
                f"{trainers['bytes'] // count:,}",
                duration(trainers["picoseconds"] / count / PICO),
                f"{verifiers['bytes'] / COMMITTEE:,.0f}",
                duration(verifiers["picoseconds"] / COMMITTEE / PICO),
            ]
        )
    head = ["trainers", "transactions", "bytes", "of a block", "weight", "blocks of weight"]
    head += ["bytes a trainer", "weight a trainer", "bytes a verifier", "weight a verifier"]
    return table(head, rows, texts=0)


def chain_figure() -> str:
    """Bytes and weight of a round by the number of trainers."""
    names = {"all": "whole round", "trainer": "all trainers", "verifier": "all verifiers"}
    panels = ["KiB on the chain", "weight, ms"]
    figure = Figure("A round on the chain", panels, "trainers", list(names.values()), True)
    xs = {log2(each["trainers"]): str(each["trainers"]) for each in CHAIN["rounds"]}
    for place, (what, unit) in enumerate((("bytes", 1024), ("picoseconds", 1e9))):
        rows = CHAIN["rounds"]
        figure.panel(place, xs, ticks(rows[-1]["all"][what] / unit), (1, 6))
        for name, colour in zip(names, COLOURS):
            points = [(log2(each["trainers"]), each[name][what] / unit) for each in rows]
            figure.curve(points, colour)
    return figure.finish()


# Blocks.


def block_costs_table() -> list[str]:
    """What executing a block takes, beside what it weighs."""
    rows = []
    for each in BLOCKS["blocks"]:
        median, slot = each["seconds"]["median"], BLOCKS["milliseconds_per_block"] / 1000
        weight = each["weight_picoseconds"] / PICO
        row = [each["content"], f"{each['open_bounties']:,}", f"{each['transactions']:,}"]
        row += [size(each["bytes"]), duration(weight), spread(each["seconds"])]
        rows.append([*row, f"{median / weight:.2f}", percent(median, slot)])
    head = ["content", "open bounties", "transactions", "bytes", "weight", "execution"]
    return table([*head, "execution by weight", "of the time between blocks"], rows)


def wasm_table() -> list[str]:
    """Size of the runtime."""
    plain, compressed = BLOCKS["wasm_bytes"], BLOCKS["wasm_compressed_bytes"]
    rows = [["plain", f"{plain:,}", size(plain)], ["compressed", f"{compressed:,}", size(compressed)]]
    return table(["runtime in wasm", "bytes", ""], rows)


# Off the chain: blobs.


def blob(elements: int) -> tuple[int, int]:
    """Bytes of chunks, and of leaf hashes."""
    chunks = -(-elements // CHUNK_ELEMENTS)
    return chunks * CHUNK_BYTES, chunks * HASH_BYTES


def expected_bytes(
    parameters: int, trainers: int, slice_elements: int, last: bool, validators: int = COMMITTEE
) -> dict:
    """Bytes of blobs that one round moves, by the formulas of the page."""
    (model, hashes), (slice_, slice_hashes) = blob(parameters), blob(slice_elements)
    slices = 1 if slice_elements else 0
    blobs = trainers * (model + hashes) + slice_ + slice_hashes
    # Workers, and the aggregator.
    readers = validators + 1
    return {
        "http_in_bytes": blobs + (trainers + slices) * HASH_BYTES,
        "peer_in_bytes": (validators - 1) * blobs,
        "http_out_bytes": readers * ((trainers + 1) * model + slice_)
        + (0 if last else trainers * model),
    }


def offchain_table() -> list[str]:
    """What blobs of each size mean, with 8 trainers and no slice."""
    rows = []
    for parameters, name in POWERS.items():
        model, hashes = blob(parameters)
        for trainers in (8, 64):
            moved = expected_bytes(parameters, trainers, 0, last=False)
            rows.append(
                [
                    name,
                    trainers,
                    size(model),
                    size(hashes),
                    size(model + hashes + HASH_BYTES),
                    size(model),
                    size(trainers * (model + hashes)),
                    size((trainers + 1) * model),
                    size(sum(moved.values())),
                ]
            )
    head = ["parameters", "trainers", "blob", "leaf hashes", "trainer uploads", "trainer downloads"]
    head += ["verifier receives", "its worker reads", "round together"]
    return table(head, rows, texts=0)


def counted(run: dict, name: str) -> int:
    """What all validators counted together from the spread of the initial model to the end."""
    before, after = (run["validator_metrics"][when] for when in ("model spread", "end"))
    return int(sum(after[validator][name] - before[validator][name] for validator in after))


def moved_table() -> list[str]:
    """Bytes of blobs that rounds on a network moved, beside the formulas."""
    rows = []
    for run in ROUNDS:
        slice_elements = run["slice_examples"] * (run["network"][0] + 1)
        slice_elements += SALT_ELEMENTS if slice_elements else 0
        count = len(run["rounds"])
        shape = run["parameters"], run["trainers"], slice_elements
        formulas = [
            expected_bytes(*shape, last=number == count, validators=run["validators"])
            for number in range(1, count + 1)
        ]
        row = [f"{run['parameters']:,}", count]
        for name in formulas[0]:
            expected, found = sum(formula[name] for formula in formulas), counted(run, name)
            row.append(f"{size(found)} ({found - expected:+,} B)")
        rows.append([*row, size(counted(run, "network_in_bytes"))])
    head = ["parameters", "rounds", "uploaded to gateways", "between validators"]
    head += ["read from gateways", "whole network of the nodes"]
    return table(head, rows, texts=0)


# Fraud proofs.


def proofs_table() -> list[str]:
    """Size and checking time."""
    on_chain = {(each["elements"], each["trainers"]): each for each in CHAIN["fraud_proofs"]}
    rows = []
    for each in COMPUTATION["fraud_proofs"]:
        sent = on_chain[each["elements"], each["trainers"]]
        assert sent["proof_bytes"] == each["proof_bytes"], "both made a proof of the same shape"
        length = sent["by_anyone"]["bytes"]
        rows.append(
            [
                POWERS[each["elements"]],
                each["trainers"],
                f"{length:,}",
                percent(length, CHAIN["normal_bytes"]),
                spread(each["native_microseconds"], 1e-6),
                spread(each["wasm_microseconds"], 1e-6),
                duration(sent["by_anyone"]["picoseconds"] / PICO),
                duration(sent["by_verifier"]["picoseconds"] / PICO),
            ]
        )
    head = ["parameters", "trainers", "bytes", "of a block's normal length", "check, native"]
    head += ["check, wasm", "weight, anybody's", "weight, a verifier's"]
    return table(head, rows, texts=0)


def proofs_figure() -> str:
    """Size and checking time by the number of trainers."""
    panels = ["KiB of the transaction", "check in wasm, ms"]
    names = [f"{power} parameters" for power in POWERS.values()]
    figure = Figure("Proof of a wrong chunk", panels, "trainers", names, own_scales=True)
    proofs = COMPUTATION["fraud_proofs"]
    xs = {each["trainers"]: str(each["trainers"]) for each in proofs}
    lengths = {
        (e["elements"], e["trainers"]): e["by_anyone"]["bytes"] / 1024
        for e in CHAIN["fraud_proofs"]
    }
    times = {(e["elements"], e["trainers"]): e["wasm_microseconds"]["median"] / 1e3 for e in proofs}
    for place, values in enumerate((lengths, times)):
        figure.panel(place, xs, ticks(max(values.values())), (0, 64))
        for elements, colour in zip(POWERS, COLOURS):
            figure.curve([(x, values[elements, x]) for x in xs], colour)
    return figure.finish()


# Computing the next model.


def passes_table() -> list[str]:
    """Time of a pass by rule, trainers and parameters."""
    times = {(e["rule"], e["trainers"], e["elements"]): e for e in COMPUTATION["aggregation"]}
    rows = []
    for rule, trainers in dict.fromkeys((rule, trainers) for rule, trainers, _ in times):
        passes = [times[rule, trainers, elements] for elements in POWERS]
        row = [rule, trainers, *(spread(each["total_seconds"]) for each in passes)]
        rows.append([*row, size(max(each["peak_bytes"] for each in passes))])
    head = ["rule", "trainers", *(f"{power} parameters" for power in POWERS.values())]
    return table([*head, "peak memory"], sorted(rows, key=lambda row: row[0]))


def parts_table() -> list[str]:
    """What a pass over the largest model is made of."""
    rows = []
    for each in COMPUTATION["aggregation"]:
        if each["elements"] != max(POWERS) or each["trainers"] not in (8, 64):
            continue
        parts = ("read", "input_roots", "rule", "result_root")
        times = [duration(each[f"{part}_seconds"]) for part in parts]
        per_second = (each["trainers"] + 1) * blob(each["elements"])[0]
        per_second /= each["total_seconds"]["median"]
        rows.append([each["rule"], each["trainers"], *times, f"{size(per_second)}/s"])
    head = ["rule", "trainers", "reading", "roots of inputs", "the rule", "root of the result"]
    return table([*head, "together"], sorted(rows, key=lambda row: (row[1], row[0])))


def passes_figure() -> str:
    """Time of a pass by parameters."""
    rules = list(dict.fromkeys(each["rule"] for each in COMPUTATION["aggregation"]))
    counts = sorted({each["trainers"] for each in COMPUTATION["aggregation"]})
    legend = [f"{count} trainers" for count in counts]
    figure = Figure("Seconds of a pass over a round's data", rules, "parameters", legend)
    xs = {log10(elements): power for elements, power in POWERS.items()}
    ys = {exponent: duration(1.0001 * 10**exponent) for exponent in range(-4, 3)}
    for place, rule in enumerate(rules):
        figure.panel(place, xs, ys, (4, 7))
        for count, colour in zip(counts, COLOURS):
            passes = [
                each
                for each in COMPUTATION["aggregation"]
                if (each["rule"], each["trainers"]) == (rule, count)
            ]
            seconds = [(log10(e["elements"]), log10(e["total_seconds"]["median"])) for e in passes]
            if seconds:
                figure.curve(seconds, colour)
    return figure.finish()


def blocks_table() -> list[str]:
    """The same work natively and in wasm."""
    rows = []
    for each in COMPUTATION["blocks"]:
        native, wasm = each["native"], each["wasm"]
        name = "root of a vector" if each["work"] == "root" else each["work"]
        row = [name, each["trainers"] if each["work"] != "root" else ""]
        row += [spread(native, 1e-9), spread(wasm, 1e-9)]
        rows.append([*row, f"{wasm['median'] / native['median']:.2f}"])
    head = ["work", "trainers", "native, per input element", "wasm, per input element", "ratio"]
    return table(head, rows)


# A wrong result.


def slash_table() -> list[str]:
    """Blocks after the publication of a wrong result, in a simulated chain and by its lengths."""
    slash = CHAIN["slash"]
    events = {
        "accepted": "accepted by a quorum that lies",
        "proven": "proven wrong, its attesters struck",
        "settled": "round settled with the right result",
        "due": "slash due",
        "applied": "slash applied",
    }
    rows = [[text, slash[event]] for event, text in events.items()]
    return table(["event", "blocks after the wrong result was published"], rows)


def lengths_table() -> list[str]:
    """How long a slash waits, by the kind of network."""
    slash, block = CHAIN["slash"], CHAIN["milliseconds_per_block"] / 1000
    rows = []
    for network in slash["networks"]:
        deferral = network["deferral"]
        blocks = slash["proven"] + deferral
        row = [network["name"], network["window"], f"{deferral:,}", f"{blocks:,}"]
        rows.append([*row, f"{blocks * block:,.0f} s"])
    head = ["network", "shortest window, blocks", "blocks in which a slash can be cancelled"]
    return table([*head, "blocks from wrong result to slash, at least", "time"], rows)


# Rounds on a real network.


def settings_table() -> list[str]:
    """What was run."""
    rows = []
    for run in ROUNDS:
        training = run["training"]
        rows.append(
            [
                f"{run['parameters']:,}",
                "-".join(str(width) for width in run["network"]),
                run["trainers"],
                run["validators"],
                len(run["rounds"]),
                training["epochs"],
                run["slice_examples"] or "no slices",
                f"{run['processors']}, {run['memory_gib']} GiB",
                f"{run['load_before']:.1f}",
                f"{run['seconds']:.0f} s",
            ]
        )
    head = ["parameters", "network", "trainers", "validators", "rounds", "epochs"]
    head += ["examples a slice", "processors, memory", "load before", "whole run"]
    return table(head, rows, texts=0)


def phases_table() -> list[str]:
    """Seconds and blocks of each phase."""
    names = ("commit", "upload", "attest", "publish", "accepted")
    rows = []
    for run in ROUNDS:
        for each in run["rounds"]:
            lengths = phase_lengths(each)
            row = [f"{run['parameters']:,}", each["round"], each["attempts"], each["included"]]
            for name in names:
                seconds, blocks = lengths[name]
                row.append(f"{seconds:.0f} s ({blocks})")
            rows.append(row)
    head = ["parameters", "round", "attempts", "included", *names[:-1], "window"]
    return table(head, rows, texts=0)


def phase_lengths(measured: dict) -> dict[str, tuple[float, int]]:
    """Seconds and blocks of each phase of a round, by the start of the next."""
    phases = measured["phases"]
    return {
        one["phase"]: (other["second"] - one["second"], other["block"] - one["block"])
        for one, other in zip(phases, phases[1:])
    }


def processes_table() -> list[str]:
    """Peak memory, processor time and storage of each kind of process."""
    kinds = {"validator": ("alice", "bob", "charlie", "dave"), "aggregator": ("aggregator",)}
    kinds |= {"sponsor": ("sponsor",), "trainer": None}
    rows = []
    for run in ROUNDS:
        for kind, names in kinds.items():
            taken = [
                each
                for name, each in run["processes"].items()
                if (name in names if names else name.startswith("trainer"))
            ]
            peaks = [each["peak_memory_mib"] for each in taken]
            times = [each["processor_seconds"] for each in taken]
            written = [each["storage_written_bytes"] for each in taken]
            rows.append(
                [
                    f"{run['parameters']:,}",
                    f"{kind}, {len(taken)}",
                    span(peaks, lambda value: f"{value:.0f} MiB"),
                    span(times, lambda value: f"{value:.1f} s"),
                    span(written, size),
                ]
            )
    head = ["parameters", "processes", "peak memory of each", "processor time of each"]
    return table([*head, "written to disk by each"], rows, texts=2)


def materialise_table() -> list[str]:
    """Time of a node to compute a next model natively."""
    rows = []
    for run in ROUNDS:
        for validator, counted in run["validator_metrics"]["end"].items():
            count = counted["models_materialised"]
            each = counted["materialise_seconds"] / count if count else 0
            rows.append([f"{run['parameters']:,}", validator, f"{count:.0f}", duration(each)])
    return table(["parameters", "validator", "models", "seconds of each"], rows, texts=2)


class Wide(Figure):
    """One panel with room for a long legend."""

    WIDTH = 400


def network_figure() -> str:
    """Seconds of each phase by parameters, of the last round."""
    names = ("commit", "upload", "attest", "publish", "accepted")
    legend = [*names[:-1], "window"]
    figure = Wide("Phases of the last round", ["seconds of each phase"], "parameters", legend)
    lengths = [(run["parameters"], phase_lengths(run["rounds"][-1])) for run in ROUNDS]
    top = max(seconds for _, each in lengths for seconds, _ in each.values())
    xs = {log10(parameters): f"{parameters:,}" for parameters, _ in lengths}
    figure.panel(0, xs, ticks(top), (3, 7.1))
    for name, colour in zip(names, COLOURS):
        figure.curve([(log10(size_), each[name][0]) for size_, each in lengths], colour)
    return figure.finish()


def files() -> dict[Path, str]:
    """The page and its figures."""
    tables = {
        "sent": sent_table(CHAIN["with_8_trainers"]),
        "sent-most": sent_table(CHAIN["with_64_trainers_and_marginals"]),
        "taken": taken_table(),
        "rounds": rounds_table(),
        "block-costs": block_costs_table(),
        "wasm": wasm_table(),
        "offchain": offchain_table(),
        "moved": moved_table(),
        "proofs": proofs_table(),
        "passes": passes_table(),
        "parts": parts_table(),
        "blocks": blocks_table(),
        "slash": slash_table(),
        "lengths": lengths_table(),
        "settings": settings_table(),
        "phases": phases_table(),
        "processes": processes_table(),
        "materialise": materialise_table(),
    }
    return {
        PAGE: page_with(PAGE, tables),
        RESULTS / "chain.svg": chain_figure(),
        RESULTS / "proofs.svg": proofs_figure(),
        RESULTS / "passes.svg": passes_figure(),
        RESULTS / "network.svg": network_figure(),
    }


if __name__ == "__main__":
    sys.exit(write_or_check(__doc__, files))
