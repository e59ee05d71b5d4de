#!/usr/bin/env python3
"""Train a model on a paid bounty, on a chain of four validators on this machine.

One sponsor, six trainers with uneven parts of the UCI handwritten digits (one of them trains with
a NumPy program), one aggregator and four validators, each a process of its own. Prints for every
round the accuracy on images that nobody trained on, who was included, who attested, the blocks of
its phases and what each account was paid; at the end where every unit of the reward went. Fails
if any two nodes disagree about a model, or if a unit is missing. Stops what it started.

With --attack, three of the four validators have a wrong model accepted in round 1, and serve it or
withhold it; the fourth alone undoes that.
"""

import argparse
import atexit
import json
import os
import queue
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bounty_report import Report
from demo_bounty import MAX_ROUNDS, MAX_WIDTH, SLICE_EXAMPLES, spec, write_slice
from demo_report import DISPUTES, dispute_text, final_text, percent, round_text
from local_clients import BLOCK_SECONDS, Clients
from local_network import VALIDATORS, Failure, Network, Processes, last_line

SCRIPTS = Path(__file__).resolve().parent
TRAINER_BOND, AGGREGATOR_BOND = 10, 100
LIES = ("wrong-model", "withheld-result")
LIARS = VALIDATORS[1:]


def between(low, high):
    """Takes a whole number from a command line."""

    def whole_number(text):
        if not (text.isdecimal() and low <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"must be a number from {low} to {high}")
        return int(text)

    return whole_number


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo.sh",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--rounds", metavar="N", type=between(1, MAX_ROUNDS), default=10, help="default: 10"
    )
    parser.add_argument(
        "--trainers", metavar="N", type=between(1, 16), default=6, help="default: 6"
    )
    parser.add_argument(
        "--validators", metavar="N", type=between(1, 4), default=4, help="default: 4"
    )
    parser.add_argument(
        "--seed", metavar="N", type=between(0, 2**32 - 1), default=0, help="default: 0"
    )
    parser.add_argument(
        "--hidden",
        type=between(1, MAX_WIDTH),
        nargs="+",
        default=[32],
        metavar="N",
        help="widths of the hidden layers, default: 32; 13400 makes a million parameters",
    )
    parser.add_argument(
        "--attack",
        choices=LIES,
        help="what three of the four validators do in round 1; takes at least two rounds",
    )
    parser.add_argument("--summary", type=Path, metavar="FILE", help="write the results as JSON")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="work in DIR and keep it")
    parser.add_argument(
        "--keep-running", action="store_true", help="leave the chain running until Ctrl-C"
    )
    parser.add_argument(
        "--base-port",
        type=between(1024, 65000),
        default=17400,
        metavar="N",
        help="first of the 34 ports in use, default: 17400",
    )
    parser.add_argument("--no-build", action="store_true", help="take the programs as they are")
    parser.add_argument("--binaries", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


class Demo:
    """One run."""

    def __init__(self, chosen: argparse.Namespace, folder: Path):
        self.chosen = chosen
        self.folder = folder
        self.processes = Processes(folder)
        node = chosen.binaries / "sheaf-node"
        liars = LIARS if chosen.attack else ()
        self.network = Network(node, self.processes, chosen.validators, chosen.base_port, liars)
        self.clients = Clients(chosen.binaries / "sheaf", self.network, self.processes)
        self.trainers = [f"Trainer{number}" for number in range(1, chosen.trainers + 1)]
        honest = tuple(name for name in self.network.names if name not in liars)
        self.report = Report(self.clients.addresses, honest)
        self.events = queue.Queue()
        self.decimals, self.symbol = 12, "UNIT"
        self.aggregator_notes = []
        self.comparison = None

    def run(self) -> None:
        """The whole story."""
        started = time.monotonic()
        self.split()
        print(f"starting {len(self.network.names)} validators (logs in {self.folder})")
        if len(self.network.names) == 1:
            print("NOTE: a single validator cross-checks nothing")
        self.start_network()
        self.report.issuance_before = self.network.total_issuance()
        self.register()
        self.open_bounty()
        self.follow()
        self.compare()
        self.report.issuance_after = self.network.total_issuance()
        self.report.seconds = time.monotonic() - started
        self.check_logs()
        self.check_aggregator()
        self.report.reconcile()
        self.report.check_issuance()
        if self.chosen.attack:
            self.report.check_attack(LIARS)
        print(f"\n{final_text(self.report, self.decimals, self.symbol)}")
        memory = ", ".join(f"{name} {mib} MiB" for name, mib in self.network.peak_memory().items())
        if memory:
            print(f"peak memory: {memory}")
        print(f"{self.report.seconds:.0f} seconds")

    def start_network(self) -> None:
        """Start the validators, and ask what the token is called."""
        self.network.start()
        properties = self.network.rpc(self.network.names[0], "system_properties")
        self.decimals = first(properties.get("tokenDecimals"), self.decimals)
        self.symbol = first(properties.get("tokenSymbol"), self.symbol)

    def split(self) -> None:
        """Divide the data among the trainers."""
        command = [sys.executable, SCRIPTS / "split-digits.py", "--out", self.folder / "data"]
        command += ["--trainers", self.chosen.trainers, "--seed", self.chosen.seed]
        done = subprocess.run([str(part) for part in command], check=False)
        if done.returncode != 0:
            raise Failure("the data could not be split; the reason is above")

    def register(self) -> None:
        """Register trainers and aggregator, all at once: each waits for finality."""
        print(f"registering {len(self.trainers)} trainers and the aggregator")
        roles = [(name, "--trainer", TRAINER_BOND) for name in self.trainers]
        roles.append(("Aggregator", "--aggregator", AGGREGATOR_BOND))
        self.clients.register(roles)

    def open_bounty(self) -> None:
        """Ask the price, then open; the process stays to reveal slices and to tell what happens."""
        unit = f".{'0' * (self.decimals - 1)}7" if self.decimals else ""
        self.spec = self.folder / "spec.json"
        self.spec.write_text(json.dumps(self.bounty_spec(unit), indent=2) + "\n")
        examples = self.slice_examples()
        quote = self.clients.run(
            "bounty", "quote", "--spec", self.spec, "--slice-examples", examples
        )
        scale = 10**self.decimals
        print(
            f"price: at least {int(quote['min_reward']) / scale:.6g} {self.symbol} for models of"
            f" {quote['model_bytes']:,} bytes and {quote['committee']} verifiers;"
            f" offered {int(quote['offered']) / scale:.6g} {self.symbol}"
        )
        command = ["bounty", "open", "--spec", self.spec]
        command += ["--init", "random", "--seed", self.chosen.seed, "--watch"]
        command += ["--work-dir", self.folder / "bounty"]
        if examples:
            command += ["--evaluation", self.folder / "data/test.safetensors"]
            command += ["--slice-examples", examples]
        self.clients.start("sponsor", command, "Sponsor", 0, self.events.put, nice=False)

    def bounty_spec(self, unit: str) -> dict:
        """The bounty's spec file."""
        return spec(self.chosen, unit)

    def slice_examples(self) -> int:
        """Examples of each evaluation slice."""
        return SLICE_EXAMPLES

    def start_workers(self, bounty: int) -> None:
        """Start the aggregator and the trainers, the last of them with a program of its own."""
        if self.chosen.attack:
            self.start_liars(bounty)
        command = ["aggregator", "run", "--bounty", bounty]
        command += ["--work-dir", self.folder / "aggregator"]
        self.clients.start(
            "aggregator", command, "Aggregator", len(self.trainers), self.aggregator_notes.append
        )
        for place, name in enumerate(self.trainers):
            data = self.folder / f"data/train-{place + 1}.safetensors"
            command = ["trainer", "run", "--bounty", bounty, "--data", data]
            command += ["--work-dir", self.folder / name.lower()]
            command += ["--seed", self.chosen.seed + place, *self.train_command(place)]
            self.clients.start(name.lower(), command, name, place, lambda note: None)

    def start_liars(self, bounty: int) -> None:
        """Let a program speak for three validators, whose own nodes have no verifier's key."""
        home = LIARS[-1]
        lie = "withheld-model"
        if self.chosen.attack == "wrong-model":
            lie = f"wrong-model:{self.network.blob_store(home)}"
        self.clients.start_adversary(
            "liars", home, bounty, {liar: "--liar" for liar in LIARS}, lie, self.folder / "liars"
        )
        print(f"{', '.join(LIARS)} collude: {self.chosen.attack}")

    def train_command(self, place: int) -> list:
        """Options of a trainer that trains with a program of its own: the last one."""
        if place != len(self.trainers) - 1:
            return []
        return ["--train-command", shlex.join([sys.executable, str(SCRIPTS / "train_numpy.py")])]

    def follow(self) -> None:
        """Take the events until the bounty has ended."""
        patience = self.patience()
        last = time.monotonic()
        while True:
            self.watch_processes()
            try:
                event = self.events.get(timeout=2)
            except queue.Empty:
                if time.monotonic() - last > patience:
                    raise Failure(
                        f"nothing happened for {patience} s (logs: {self.folder})"
                    ) from None
                continue
            last = time.monotonic()
            if event is None:
                raise Failure(
                    f"the sponsor ended early: {last_line(self.processes.log('sponsor'))}"
                )
            self.take(event)
            if event["event"] == "BountyEnded":
                print(f"the bounty is {self.report.state}")
                return

    def patience(self) -> int:
        """Seconds without an event after which something is wrong."""
        return 300 + self.bounty_spec("")["lengths"]["commit"] * BLOCK_SECONDS

    def take(self, event: dict) -> None:
        """React to one event."""
        kind, block = event["event"], event.get("block")
        if kind == "opened":
            print(f"bounty {event['bounty']} is open in block {block}: starting the workers")
            self.bounty = event["bounty"]
            self.start_workers(self.bounty)
        elif kind == "BountyOpened":
            self.clients.addresses[event["account"]] = "Sponsor"
        elif kind == "EnrolmentOpened":
            print(f"block {block}: every validator has the initial model, enrolment is open")
        elif kind == "RoundOpened" and event["round"] == 1:
            print(f"block {block}: round 1 begins")
        elif kind in DISPUTES:
            print(f"block {block}: {dispute_text(event, self.report, self.decimals, self.symbol)}")
        elif kind == "ResultAccepted" and event["round"] == self.chosen.rounds:
            # The trainers have nothing left to do.
            if self.comparison is None:
                self.train_centrally()
        elif kind == "Gap":
            raise Failure(f"events are missing: {event.get('detail')}")
        settled = self.report.take(event)
        if settled:
            self.report.check_attested(settled)
            self.check_logs()
            self.check_aggregator()
            self.tell(settled)

    def tell(self, settled) -> None:
        """Say how a round went, and what its model is worth."""
        checked = self.evaluate(settled) if settled.model_root else {}
        previous = self.report.rounds.get(settled.number - 1)
        text = round_text(settled, previous, checked, self.decimals, self.symbol)
        print(f"\n{text}", flush=True)

    def watch_processes(self) -> None:
        """Say which worker or validator ended; the others go on without it."""
        for name, code in self.processes.ended():
            if name != "sponsor" and code != 0:
                log = self.processes.log(name)
                print(f"NOTE: {name} ended with {code}: {last_line(log)} (log: {log})", flush=True)

    def check_logs(self) -> None:
        """Fail loudly if native and wasm code, or two nodes, disagree about a root."""
        lines = self.network.mismatches()
        if lines:
            raise Failure(f"NODES DISAGREE ABOUT A MODEL: {'; '.join(lines)}")

    def check_aggregator(self) -> None:
        """Fail loudly if the aggregator computed another root than an accepted one."""
        notes = [note for note in list(self.aggregator_notes) if note]
        computed = [note for note in notes if note["event"] == "computed"]
        roots = {note["round"]: note["root"] for note in computed}
        for each in self.report.rounds.values():
            computed = roots.get(each.number)
            if computed and "settled" in each.phases and each.model_root not in (None, computed):
                raise Failure(
                    f"THE AGGREGATOR DISAGREES: round {each.number} has the root"
                    f" {each.model_root}, the aggregator computed {computed}"
                )

    def evaluate(self, settled) -> dict:
        """Count right answers on the round's slice again; accuracy over all images kept back."""
        model = self.folder / f"models/round-{settled.number}.safetensors"
        model.parent.mkdir(exist_ok=True)
        arguments = ("model", "download", "--bounty", self.bounty, "--root", settled.model_root)
        self.clients.run(*arguments, "--out", model, retries=4)
        slice_ = self.folder / f"data/slice-{settled.number}.safetensors"
        write_slice(self.folder / f"bounty/slices/round-{settled.number:04}.blob", slice_)
        score = self.score(model, slice_)
        if settled.correct != score["correct"] or settled.examples != score["examples"]:
            self.report.problems.append(
                f"round {settled.number}: the chain counted {settled.correct} right answers of"
                f" {settled.examples}, the client {score['correct']} of {score['examples']}"
            )
        accuracy = self.score(model, self.folder / "data/test.safetensors")["accuracy"]
        self.report.final_accuracy = accuracy
        return {"correct": score["correct"], "accuracy": accuracy}

    def score(self, model: Path, data: Path) -> dict:
        """Right answers of a model, in integers as the chain computes."""
        return self.clients.run("model", "evaluate", "--fixed", "--model", model, "--data", data)

    def train_centrally(self) -> None:
        """Start to train one model on all trainers' data, as long as all rounds together."""
        self.central = self.folder / "central.safetensors"
        command = [self.clients.sheaf, "--json", "model", "train", "--out", self.central]
        command += ["--data", self.folder / "data/central.safetensors", "--spec", self.spec]
        command += ["--seed", self.chosen.seed]
        self.comparison = self.processes.start(
            "central", command, self.clients.environment("Sponsor"), nice=True
        )

    def compare(self) -> None:
        """Wait for the central model and count its right answers."""
        if self.comparison is None:
            self.train_centrally()
        print("a model is trained centrally on all data, to compare")
        if self.comparison.wait() != 0:
            reason = last_line(self.processes.log("central"))
            raise Failure(f"the central model could not be trained: {reason}")
        score = self.score(self.central, self.folder / "data/test.safetensors")
        self.report.central_accuracy = score["accuracy"]


def first(value, default):
    """A property that may be a list of one."""
    value = value[0] if isinstance(value, list) and value else value
    return default if value is None or value == [] else value


def finish(demo: Demo) -> int:
    """Write the summary, say what is wrong, wait if the chain shall go on."""
    report = demo.report
    if demo.chosen.summary:
        demo.chosen.summary.write_text(json.dumps(report.summary(), indent=2) + "\n")
    for problem in report.problems:
        print(f"PROBLEM: {problem}")
    if not report.problems:
        included = percent(report.final_accuracy)
        print(f"demo: everything agrees; the model answers {included} of unseen images right")
    if demo.chosen.keep_running:
        for name in demo.network.names:
            print(f"{name}: {demo.network.rpc_url(name)}, gateway {demo.network.gateway(name)}")
        print("the chain goes on; Ctrl-C stops it", flush=True)
        while True:
            time.sleep(3600)
    return 1 if report.problems else 0


def stopped(number, _frame):
    """Turn a signal into an orderly end."""
    raise SystemExit(128 + number)


def check(chosen: argparse.Namespace) -> None:
    """Fail early, in one line, for what cannot work."""
    summary, kept = chosen.summary, chosen.keep
    if summary and not summary.absolute().parent.is_dir():
        raise Failure(f"{summary.parent} is not a folder: --summary cannot be written")
    if kept and kept.exists() and (not kept.is_dir() or any(kept.iterdir())):
        raise Failure(f"{kept} is not an empty folder: give --keep another one")
    if chosen.attack and (chosen.validators != len(VALIDATORS) or chosen.rounds < 2):
        raise Failure("--attack needs all four validators and at least two rounds")
    check_ports(chosen)
    if not chosen.check:
        check_programs(chosen.binaries, ("sheaf-adversary",) if chosen.attack else ())


def check_ports(chosen: argparse.Namespace) -> None:
    """Fail if another program listens where a validator would."""
    Network(Path(), Processes(Path()), chosen.validators, chosen.base_port).check_ports()


def check_programs(folder: Path, others: tuple = ()) -> None:
    """Fail unless node and client, and these others, are built."""
    for program in ("sheaf", "sheaf-node", *others):
        if not (folder / program).is_file():
            raise Failure(f"{folder / program} is not built; run scripts/demo.sh once")


def run(chosen: argparse.Namespace) -> int:
    """Run the demo in a folder; leave that behind only if asked to or if something failed."""
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="sheaf-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    demo = Demo(chosen, folder)
    atexit.register(demo.processes.stop)
    failed = False
    try:
        demo.run()
        code = finish(demo)
        failed = code != 0
        return code
    except Exception:
        failed = True
        raise
    finally:
        demo.processes.stop()
        if failed and not chosen.keep:
            print(f"demo: logs are kept in {folder}", file=sys.stderr)
        elif not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Check, run, and say in one line what went wrong."""
    sys.stdout.reconfigure(line_buffering=True)
    chosen = options()
    target = os.environ.get("CARGO_TARGET_DIR") or Path.home() / ".cache/sheaf/target"
    chosen.binaries = (chosen.binaries or Path(target, "release")).absolute()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stopped)
    try:
        check(chosen)
        return 0 if chosen.check else run(chosen)
    except Failure as failure:
        print(f"demo: {failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
