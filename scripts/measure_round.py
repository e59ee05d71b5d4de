#!/usr/bin/env python3
"""Measure rounds of a bounty on a chain of four validators on this machine.

Starts four validators, eight trainers, an aggregator and a sponsor, as scripts/demo.py does, trains
a perceptron of any size for two rounds or more, and writes as JSON: when each phase began and how
long it took, the bytes that each validator moved, and peak memory, processor time and storage of
each process. Stops what it started.

The first round's Commit is short, as trainers train while others still enrol; the second is like all
that follow.

Seconds are those of the blocks' timestamps. Bytes are counted by the nodes (Prometheus): blobs over
HTTP and between nodes, and everything that a node's peer-to-peer network carried. Linux keeps no
count of a single process's network traffic: what the clients moved is the other end of the nodes'
HTTP. Memory is the most that was resident (VmHWM), which counts shared library pages in full.

A model above 7,500,000 parameters is not scored, as off-chain workers cannot hold it: it gets no
evaluation slices.

Ten million parameters:  scripts/measure_round.py --hidden 3128 3128 --epochs 1 --output FILE
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import demo
from demo_bounty import INPUTS, MAX_WIDTH, OUTPUTS, SLICE_EXAMPLES
from local_network import Failure
from process_usage import Sampler, metrics

# `MAX_SCORED_ELEMENTS` of sheaf-training.
MAX_SCORED_PARAMETERS = 7_500_000
# twox128("Timestamp") ++ twox128("Now")
TIMESTAMP = "0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb"


def parameter_count(widths: list) -> int:
    """Weights and biases of a perceptron."""
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(widths))


class Measurement(demo.Demo):
    """A bounty like the demo's, with a model of any size, that is timed instead of told."""

    def __init__(self, chosen: argparse.Namespace, folder: Path):
        super().__init__(chosen, folder)
        self.widths = [INPUTS, *chosen.hidden, OUTPUTS]
        self.parameters = parameter_count(self.widths)
        self.sampler = Sampler(self.processes)
        self.times = {}
        self.snapshots = {}

    def run(self) -> dict:
        """Play it from start to end, and return everything measured."""
        started, load = time.monotonic(), os.getloadavg()[0]
        self.split()
        print(f"starting {len(self.network.names)} validators (logs in {self.folder})")
        self.sampler.start()
        self.start_network()
        self.register()
        self.open_bounty()
        self.follow()
        self.check_logs()
        self.check_aggregator()
        self.report.reconcile()
        self.snapshot("end")
        self.sampler.done.set()
        self.sampler.ask()
        return {
            "network": self.widths,
            "parameters": self.parameters,
            "trainers": len(self.trainers),
            "validators": len(self.network.names),
            "slice_examples": self.slice_examples(),
            "training": self.bounty_spec("")["training"],
            "processors": os.cpu_count(),
            "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
            "load_before": round(load, 2),
            "load_after": round(os.getloadavg()[0], 2),
            "seconds": round(time.monotonic() - started, 1),
            "rounds": [self.round(number) for number in sorted(self.report.rounds)],
            "processes": self.sampler.taken,
            "validator_metrics": self.snapshots,
            "problems": self.report.problems,
        }

    def round(self, number: int) -> dict:
        """A round: when its phases began, in blocks and in seconds since the first."""
        measured = self.report.rounds[number]
        starts = sorted(measured.phases.items(), key=lambda start: start[1])
        first = self.times[starts[0][1]]
        return {
            "round": number,
            "attempts": measured.attempts,
            "included": len(measured.included),
            "attestations": measured.attestations,
            "phases": [
                {"phase": phase, "block": block, "second": round(self.times[block] - first, 3)}
                for phase, block in starts
            ],
        }

    def take(self, event: dict) -> None:
        """Note the block's time while nodes still have its state."""
        block = event.get("block")
        if block is not None and block not in self.times:
            self.times[block] = self.time_of(block)
        if event["event"] == "EnrolmentOpened":
            self.snapshot("model spread")
        elif event["event"] == "RoundOpened":
            self.snapshot(f"round {event['round']} opened")
        elif event["event"] == "PhaseStarted":
            round_ = f"round {event['round']}"
            print(f"block {block}: {round_}, {event['phase']}, attempt {event.get('attempt', 0)}")
        super().take(event)

    def time_of(self, block: int) -> float:
        """Seconds of a block's timestamp."""
        name = self.network.names[0]
        block_hash = self.network.rpc(name, "chain_getBlockHash", block)
        value = self.network.rpc(name, "state_getStorage", TIMESTAMP, block_hash)
        return int.from_bytes(bytes.fromhex(value[2:]), "little") / 1000

    def snapshot(self, when: str) -> None:
        """Keep the validators' counters of this moment."""
        names = self.network.names
        self.snapshots[when] = {name: metrics(self.network, name) for name in names}

    def tell(self, settled) -> None:
        """A settled round in a line."""
        self.snapshot(f"round {settled.number} settled")
        print(f"round {settled.number} is settled with {len(settled.included)} updates")

    def train_command(self, _place: int) -> list:
        """All trainers are alike."""
        return []

    def train_centrally(self) -> None:
        """Nothing is compared."""

    def slice_examples(self) -> int:
        """No slices for a model that is too large to be scored."""
        return SLICE_EXAMPLES if self.parameters <= MAX_SCORED_PARAMETERS else 0

    def bounty_spec(self, unit: str) -> dict:
        """The demo's, with this network and with time for its size."""
        # Moving a round's data, eight trainers at once on a core or two.
        data = (self.chosen.trainers + 2) * self.parameters // 4_000_000
        training = self.chosen.epochs * self.chosen.trainers * self.parameters // 500_000
        result = super().bounty_spec(unit)
        lengths = result["lengths"]
        result["lengths"] = {
            **lengths,
            "prepare": lengths["prepare"] + data,
            "commit": lengths["commit"] + training,
            "upload": lengths["upload"] + 4 * data,
            "attest": lengths["attest"] + 2 * data,
        }
        result["training"] |= {"epochs": self.chosen.epochs}
        return result


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    target = os.environ.get("CARGO_TARGET_DIR") or Path.home() / ".cache/sheaf/target"
    number = demo.between
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FILE", help="what was measured, as JSON"
    )
    parser.add_argument(
        "--hidden",
        type=number(1, MAX_WIDTH),
        nargs="+",
        default=[32],
        metavar="N",
        help="widths of the hidden layers, default: 32; 13400 makes a million parameters, "
        "3128 3128 ten million",
    )
    parser.add_argument("--rounds", type=number(1, 12), default=2, metavar="N", help="default: 2")
    parser.add_argument("--trainers", type=number(1, 16), default=8, metavar="N", help="default: 8")
    parser.add_argument(
        "--validators", type=number(1, 4), default=4, metavar="N", help="default: 4"
    )
    parser.add_argument(
        "--epochs", type=number(1, 100), default=5, metavar="N", help="of training, default: 5"
    )
    parser.add_argument(
        "--seed", type=number(0, 2**32 - 1), default=0, metavar="N", help="default: 0"
    )
    parser.add_argument(
        "--base-port",
        type=number(1024, 65000),
        default=17700,
        metavar="N",
        help="first of the 34 ports in use, default: 17700",
    )
    parser.add_argument(
        "--binaries",
        type=Path,
        default=Path(target, "release"),
        metavar="DIR",
        help="where sheaf and sheaf-node are, default: %(default)s",
    )
    parser.add_argument("--keep", action="store_true", help="keep logs and data in any case")
    parser.set_defaults(attack=None)
    chosen = parser.parse_args()
    chosen.binaries = chosen.binaries.absolute()
    return chosen


def run(chosen: argparse.Namespace, folder: Path) -> int:
    """Measure in a folder; 1 if something was not as it should be."""
    measurement = Measurement(chosen, folder)
    try:
        measured = measurement.run()
    finally:
        measurement.processes.stop()
    chosen.output.write_text(json.dumps(measured, indent=1) + "\n")
    for problem in measured["problems"]:
        print(f"PROBLEM: {problem}")
    print(f"{measured['seconds']:.0f} seconds; written to {chosen.output}")
    return 1 if measured["problems"] else 0


def main() -> int:
    """Check, run, and say in one line what went wrong."""
    sys.stdout.reconfigure(line_buffering=True)
    chosen = options()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, demo.stopped)
    folder, failed = None, True
    try:
        demo.check_programs(chosen.binaries)
        demo.check_ports(chosen)
        if not chosen.output.absolute().parent.is_dir():
            raise Failure(f"{chosen.output.parent} is not a folder: --output cannot be written")
        folder = Path(tempfile.mkdtemp(prefix="sheaf-measure-"))
        code = run(chosen, folder)
        failed = code != 0
        return code
    except Failure as failure:
        print(f"measure_round: {failure}", file=sys.stderr)
        return 1
    finally:
        if folder and (failed or chosen.keep):
            print(f"measure_round: logs are kept in {folder}", file=sys.stderr)
        elif folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
