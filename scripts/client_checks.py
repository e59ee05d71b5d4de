"""What is checked of each client, and what must be the same for all of them."""

import json
import threading
import time
from pathlib import Path

from local_clients import Clients
from local_network import Failure

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples/typescript"
TESTS = ROOT / "tests/clients"
FIELDS = ("bounty", "round", "service", "amount", "block", "delivered")


def plain(receipt: dict) -> tuple:
    """A receipt in a form that does not depend on who tells of it."""
    return tuple(
        receipt[field].lower() if field == "service" else receipt[field] for field in FIELDS
    )


class ClientChecks:
    """Runs the examples and the tests of the clients on a running network."""

    def __init__(self, clients: Clients, rust_example: Path, python: Path):
        self.clients = clients
        self.network = clients.network
        self.processes = clients.processes
        self.folder = clients.processes.folder
        self.rust_example = rust_example
        self.python = python
        self.observer = self.network.names[0]
        self.started = time.monotonic()
        self.deadline = None

    def tell(self, text: str) -> None:
        """A line with the seconds since the start."""
        print(f"[{time.monotonic() - self.started:4.0f} s] {text}", flush=True)

    def run(self, what: str, command: list, **environment) -> str:
        """Output of a program that must succeed in time."""
        environment = {
            "SHEAF_NODE": self.network.rpc_url(self.observer),
            "SHEAF_GATEWAY": self.network.gateway(self.observer),
            **environment,
        }
        since = time.monotonic()
        over = threading.Timer(max(0.0, self.deadline - since), self.processes.stop)
        over.start()
        try:
            code, output, messages = self.processes.run(command, environment)
        finally:
            over.cancel()
        if code != 0:
            log = self.processes.log(what.replace(" ", "-"))
            log.write_text(output + messages)
            late = " in time" if time.monotonic() > self.deadline else ""
            raise Failure(f"{what} did not succeed{late} (exit code {code}); see {log}")
        self.tell(f"{what}: passed in {time.monotonic() - since:.0f} s")
        return output

    def at_once(self, *tasks) -> None:
        """Run several checks at the same time, and fail with the first that failed."""
        failures = []

        def guarded(task):
            try:
                task()
            except Failure as failure:
                failures.append(failure)

        threads = [threading.Thread(target=guarded, args=(task,), daemon=True) for task in tasks]
        for thread in threads:
            thread.start()
        for thread in threads:
            # With a timeout, so that signals are seen.
            while thread.is_alive():
                thread.join(timeout=1)
        if failures:
            raise failures[0]

    def everything(self) -> None:
        """Opens bounties with both JavaScript clients, and compares what all tell of them."""
        self.prepare()
        lines = []
        self.at_once(
            lambda: lines.extend(self.example().splitlines()),
            lambda: self.node_test("polkadot_js"),
            lambda: self.node_test("polkadot_api"),
        )
        receipts = self.folder / "receipts.json"
        python_test = [self.python, TESTS / "py_substrate_interface.py"]
        self.at_once(
            lambda: self.node_test("blocks", SHEAF_RECEIPTS=str(receipts)),
            lambda: self.run("py-substrate-interface", python_test),
        )
        self.compare([json.loads(line) for line in lines], json.loads(receipts.read_text()))

    def prepare(self) -> None:
        """Make types from the node's metadata, and compile the example with them."""
        config = json.loads((EXAMPLE / ".papi/polkadot-api.json").read_text())
        config["entries"]["sheaf"]["wsUrl"] = self.network.rpc_url(self.observer)
        path = self.folder / "polkadot-api.json"
        path.write_text(json.dumps(config))
        npm = ["npm", "--silent", "--prefix", EXAMPLE, "run"]
        self.run("descriptors", [*npm, "generate", "--", "--config", path])
        self.run("types and style", [*npm, "check"])
        self.run("TypeScript", [*npm, "build"])

    def example(self) -> str:
        """The TypeScript example: a bounty from opening to receipts."""
        command = ["node", "--experimental-websocket", EXAMPLE / "build/bounty.js"]
        return self.run("TypeScript example", command, SHEAF_KEY="//Sponsor")

    def node_test(self, name: str, **environment) -> None:
        """A test file for Node's own runner."""
        command = ["node", "--experimental-websocket", "--test", TESTS / f"{name}.test.js"]
        self.run(name, command, **environment)

    def compare(self, told: list, paid: list) -> None:
        """Receipts must be the same from events, RPC, `sheaf rewards show` and the examples."""
        opened = [line["bounty"] for line in told if line["event"] == "opened"]
        shown = [line for line in told if line["event"] == "receipt"]
        if not shown or not all(line["inEvents"] for line in shown):
            raise Failure(f"the example's receipts are not all among the events: {shown}")
        stages = [line["state"]["stage"] for line in told if line["event"] == "changed"]
        if stages[-1] != "completed":
            raise Failure(f"the example's bounty is {stages[-1]}")
        for account in sorted({receipt["account"] for receipt in paid}):
            mine = [plain(each) for each in paid if each["account"] == account]
            self.compare_account(account, sorted(mine))
            by_example = sorted(plain(each) for each in shown if each["account"] == account)
            if by_example != sorted(each for each in mine if each[0] in opened):
                raise Failure(f"the example told other receipts of {account}: {by_example}")
        self.tell(f"{len(paid)} receipts are the same from events, RPC, client and examples")

    def compare_account(self, account: str, expected: list) -> None:
        """One account's receipts, as every node, the client and the Rust example tell them."""
        shown = self.clients.run("rewards", "show", "--account", account)
        found = {"sheaf rewards show": shown["receipts"]}
        for name in self.network.names:
            answer = self.network.rpc(name, "rewards_receipts", account, 100)
            found[f"rewards_receipts of {name}"] = answer["receipts"]
        command = [self.rust_example, self.network.rpc_url(self.observer), account]
        code, output, messages = self.processes.run(command, {})
        if code != 0:
            raise Failure(f"the Rust example failed: {messages.strip()}")
        found["the Rust example"] = [json.loads(line) for line in output.splitlines()]
        for who, receipts in found.items():
            if sorted(map(plain, receipts)) != expected:
                raise Failure(f"{who} says of {account} {receipts}, and events say {expected}")
