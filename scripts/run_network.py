#!/usr/bin/env python3
"""Start validators of a local chain on this machine, and go on until Ctrl-C.

The first one, Alice, has the usual ports: RPC 9944, blob gateway 9955, metrics 9615. What the
validators write is in the work folder, one log for each.
"""

import argparse
import atexit
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from local_network import VALIDATORS, Failure, Network, Processes, last_line

USUAL_PORTS = {"p2p": 30333, "rpc": 9944, "prometheus": 9615, "gateway": 9955}
OTHER_PORTS = 17400


class UsualPorts(Network):
    """Validators of which the first has the ports that programs try by default."""

    def __init__(self, node: Path, processes: Processes, count: int):
        """A network that is not started yet."""
        super().__init__(node, processes, count, OTHER_PORTS)
        self.ports[self.names[0]] = dict(USUAL_PORTS)


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--validators",
        type=int,
        choices=range(1, len(VALIDATORS) + 1),
        default=len(VALIDATORS),
        help=f"default: {len(VALIDATORS)}",
    )
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="work in DIR, go on with what is there, keep it"
    )
    return parser.parse_args()


def run(chosen: argparse.Namespace, node: Path, folder: Path) -> None:
    """Start the network, and wait."""
    processes = Processes(folder)
    atexit.register(processes.stop)
    network = UsualPorts(node, processes, chosen.validators)
    network.check_ports()
    print(f"starting {chosen.validators} validators (logs in {folder})", flush=True)
    network.start()
    for name in network.names:
        print(f"{name}: {network.rpc_url(name)}, gateway {network.gateway(name)}")
    print("the network is ready; Ctrl-C stops it", flush=True)
    while True:
        for name, code in processes.ended():
            raise Failure(f"{name} ended with {code}: {last_line(processes.log(name))}")
        time.sleep(1)


def stopped(number, _frame):
    """Turn a signal into an orderly end."""
    raise SystemExit(0 if number == signal.SIGINT else 128 + number)


def main() -> int:
    """Run in a folder, which goes away at the end unless it was given."""
    chosen = options()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stopped)
    target = os.environ.get("CARGO_TARGET_DIR") or Path.home() / ".cache/sheaf/target"
    beside = shutil.which("sheaf-node")
    node = Path(beside) if beside else Path(target, "release/sheaf-node")
    if not node.is_file():
        print(f"run_network: there is no sheaf-node on PATH and no {node}", file=sys.stderr)
        return 1
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="sheaf-network-"))
    folder.mkdir(parents=True, exist_ok=True)
    if not chosen.keep:
        # What is registered first is called last: when the validators have stopped.
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    try:
        run(chosen, node.absolute(), folder.resolve())
    except Failure as failure:
        print(f"run_network: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
