#!/usr/bin/env python3
"""Test what polkadot-js, polkadot-api, py-substrate-interface and subxt make of a running chain.

Starts four validators, two trainers and an aggregator, which join every open bounty. The TypeScript
example and polkadot-js open one each. When these are settled, every block is decoded by each
client, and receipts must be the same from events, from RPC and from `sheaf rewards show`. Stops
what it started; keeps logs if anything failed.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from client_checks import ClientChecks
from local_clients import Clients
from local_network import Failure, Network, Processes, run_in_folder

SCRIPTS = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "sheaf")
TRAINERS = ("Trainer1", "Trainer2")
AGGREGATOR = "Aggregator"
TRAINER_BOND, AGGREGATOR_BOND = 10, 100


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    target = os.environ.get("CARGO_TARGET_DIR") or CACHE / "target"
    parser.add_argument(
        "--binaries",
        type=Path,
        default=Path(target, "release"),
        metavar="DIR",
        help="where sheaf, sheaf-node and sheaf-example are, default: %(default)s",
    )
    parser.add_argument(
        "--python",
        type=Path,
        default=CACHE / "clients/bin/python",
        metavar="FILE",
        help="Python with py-substrate-interface, default: %(default)s",
    )
    parser.add_argument(
        "--base-port",
        type=int,
        default=17600,
        metavar="N",
        help="first of the 34 ports in use, default: %(default)s",
    )
    parser.add_argument(
        "--minutes", type=float, default=12, metavar="N", help="most it may take, default: 12"
    )
    parser.add_argument("--keep", action="store_true", help="keep the logs even if all is well")
    return parser.parse_args()


class Archive(Network):
    """Validators that keep the state of every block, so that all events can be read at the end."""

    def openings(self, _name: str) -> list:
        """Keeps all states."""
        return ["--state-pruning", "archive"]


class Crowd:
    """Trainers and an aggregator, who join every bounty that is open to all."""

    def __init__(self, clients: Clients, folder: Path):
        self.clients = clients
        self.network = clients.network
        self.folder = folder
        self.joined = set()
        self.failed = []
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def start(self) -> None:
        """Register, and go on joining in the background."""
        command = [sys.executable, SCRIPTS / "split-digits.py", "--out", self.folder / "data"]
        command += ["--trainers", str(len(TRAINERS))]
        if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode != 0:
            raise Failure("the data could not be split; the reason is above")
        roles = [(name, "--trainer", TRAINER_BOND) for name in TRAINERS]
        self.clients.register([*roles, (AGGREGATOR, "--aggregator", AGGREGATOR_BOND)])
        self.thread.start()

    def watch(self) -> None:
        """Look for bounties once a second."""
        # Alice's node is asked by everybody else.
        observer = self.network.names[1]
        while not self.stopped.wait(1):
            try:
                page = self.network.rpc(observer, "bounty_list", {"stages": ["enrolling"]}, 100)
            except Failure:
                continue
            for bounty in page["bounties"]:
                if bounty["enrolment"] == "open" and bounty["id"] not in self.joined:
                    self.joined.add(bounty["id"])
                    self.join(bounty["id"])

    def join(self, bounty: int) -> None:
        """Start everybody for a bounty."""
        for place, name in enumerate(TRAINERS):
            data = self.folder / f"data/train-{place + 1}.safetensors"
            command = ["trainer", "run", "--bounty", bounty, "--data", data]
            self.work(bounty, name, [*command, "--seed", place], place)
        self.work(bounty, AGGREGATOR, ["aggregator", "run", "--bounty", bounty], len(TRAINERS))

    def work(self, bounty: int, name: str, command: list, place: int) -> None:
        """Start one program."""
        process = f"{name.lower()}-{bounty}"
        command = [*command, "--work-dir", self.folder / process]
        self.clients.start(process, command, name, place, lambda _note: None)


def run(chosen: argparse.Namespace, folder: Path) -> bool:
    """Run the test in a folder; whether all is well, else it fails with the reason."""
    processes = Processes(folder)
    network = Archive(chosen.binaries / "sheaf-node", processes, 4, chosen.base_port)
    clients = Clients(chosen.binaries / "sheaf", network, processes)
    crowd = Crowd(clients, folder)
    checks = ClientChecks(clients, chosen.binaries / "sheaf-example", chosen.python)
    checks.deadline = time.monotonic() + chosen.minutes * 60
    try:
        network.check_ports()
        checks.tell(f"starting four validators (logs in {folder})")
        network.start()
        crowd.start()
        checks.everything()
        return True
    finally:
        crowd.stopped.set()
        processes.stop()


def main() -> int:
    """Run, and keep the logs if something failed."""
    chosen = options()
    return run_in_folder("test_clients", chosen.keep, lambda folder: run(chosen, folder))


if __name__ == "__main__":
    sys.exit(main())
