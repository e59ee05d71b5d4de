#!/usr/bin/env python3
"""Calls every RPC method of a running node, and checks the answers against its OpenRPC document.

The network must have run a bounty. Needs nothing but Python's own library.
"""

import argparse
import base64
import json
import os
import socket
import struct
import sys
import urllib.parse
import urllib.request

MEBIBYTE = 1 << 20
NO_HASH = "0x" + "ab" * 32


class Failure(Exception):
    """The node answered something else than it should."""


class RpcError(Exception):
    """An error that the node answered."""

    def __init__(self, error: dict):
        super().__init__(error["message"])
        self.code = error["code"]
        self.name = (error.get("data") or {}).get("name")


class Node:
    """A node's RPC over HTTP."""

    def __init__(self, url: str):
        self.url = urllib.parse.urlsplit(url)
        self.largest = 0

    def call(self, method: str, params=()):
        """The result of a method; raises RpcError."""
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        request = urllib.request.Request(
            f"http://{self.url.netloc}",
            data=json.dumps(call).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            body = answer.read()
        if method != "rpc.discover":
            self.largest = max(self.largest, len(body))
        answer = json.loads(body)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def pages(self, method: str, params: dict, key: str) -> list:
        """Everything that a method lists, page by page."""
        found, cursor = [], None
        while True:
            page = self.call(method, {**params, "cursor": cursor})
            found += page[key]
            cursor = page["next"]
            if cursor is None:
                return found


class WebSocket:
    """As much of a WebSocket as one subscription needs."""

    def __init__(self, url: urllib.parse.SplitResult):
        self.socket = socket.create_connection((url.hostname, url.port or 80), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET / HTTP/1.1\r\nHost: {url.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.stream = self.socket.makefile("rb")
        if b" 101 " not in self.stream.readline():
            raise Failure("the node does not speak WebSocket")
        while self.stream.readline().strip():
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, call: dict):
        """Send a message as one masked text frame."""
        self.frame(0x81, json.dumps(call).encode())

    def frame(self, head: int, payload: bytes):
        """Send a frame; clients must mask what they send."""
        mask = os.urandom(4)
        size = len(payload)
        length = struct.pack("!B", 0x80 | size) if size < 126 else struct.pack("!BH", 0xFE, size)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self.socket.sendall(bytes([head]) + length + mask + masked)

    def read(self, size: int) -> bytes:
        """Read so many bytes."""
        data = self.stream.read(size)
        if len(data) < size:
            raise Failure("the node closed the connection")
        return data

    def receive(self) -> dict:
        """The next message; pings are answered."""
        message = b""
        while True:
            head, size = self.read(2)
            if size == 126:
                (size,) = struct.unpack("!H", self.read(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self.read(8))
            payload = self.read(size)
            kind = head & 0x0F
            if kind == 0x9:
                self.frame(0x8A, payload)
            elif kind == 0x8:
                raise Failure("the node closed the connection")
            elif kind in (0x0, 0x1):
                message += payload
                if head & 0x80:
                    return json.loads(message)


def ensure(holds: bool, what: str):
    """Fail unless something holds."""
    if not holds:
        raise Failure(what)


def fits(document: dict, schema: dict, value, place: str):
    """Check a value against the parts of JSON Schema that the document uses."""
    if "$ref" in schema:
        target = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return fits(document, target, value, place)
    for part in schema.get("allOf", []):
        fits(document, part, value, place)
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        fitting = any(is_fit(document, option, value) for option in options)
        return ensure(fitting, f"{place}: {value}")
    if "const" in schema:
        return ensure(value == schema["const"], f"{place}: {value}")
    if "enum" in schema:
        return ensure(value in schema["enum"], f"{place}: {value}")
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    names = {type(None): "null", bool: "boolean", int: "integer", str: "string"}
    kind = {**names, list: "array", dict: "object"}.get(type(value))
    ensure(not kinds or kind in kinds, f"{place}: {value} is no {kinds}")
    if kind == "array":
        for item in value:
            fits(document, schema.get("items", {}), item, place)
    if kind == "object" and "properties" in schema:
        missing = [name for name in schema.get("required", []) if name not in value]
        ensure(not missing, f"{place} lacks {missing}")
        for name, field in value.items():
            ensure(name in schema["properties"], f"{place}.{name} is not documented")
            fits(document, schema["properties"][name], field, f"{place}.{name}")


def is_fit(document: dict, schema: dict, value) -> bool:
    """Whether a value fits a schema."""
    try:
        fits(document, schema, value, "")
        return True
    except Failure:
        return False


class Check:
    """Calls the methods and counts what was checked."""

    def __init__(self, node: Node):
        self.node = node
        self.document = node.call("rpc.discover")
        self.methods = {method["name"]: method for method in self.document["methods"]}
        errors = self.document["components"]["errors"]
        self.codes = {name: error["code"] for name, error in errors.items()}
        self.called = set()

    def answer(self, method: str, params):
        """The result, which must fit the document."""
        result = self.node.call(method, params)
        fits(self.document, self.methods[method]["result"]["schema"], result, method)
        self.called.add(method)
        return result

    def refused(self, method: str, params, name: str):
        """The call must be refused with this code."""
        try:
            self.node.call(method, params)
        except RpcError as error:
            said = (error.name, error.code)
            ensure(said == (name, self.codes[name]), f"{method} {params}: {said} instead of {name}")
            return
        raise Failure(f"{method} {params} was not refused with {name}")

    def subscription(self, method: str, params: list):
        """The first notification, which must fit the document; then the subscription is ended."""
        described = self.methods[method]["x-notification"]
        with WebSocket(self.node.url) as client:
            client.send({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
            name = client.receive()["result"]
            notification = client.receive()
            ensure(notification["method"] == described["name"], str(notification))
            ensure(notification["params"]["subscription"] == name, str(notification))
            told = notification["params"]["result"]
            fits(self.document, described["schema"], told, described["name"])
            ensure(told["event"] == "changed", f"the first notification of {method}: {told}")
            end = described["unsubscribe"]
            client.send({"jsonrpc": "2.0", "id": 2, "method": end, "params": [name]})
            answer = client.receive()
            while answer.get("id") != 2:
                answer = client.receive()
            ensure(answer.get("result") is True, f"{end}: {answer}")
        self.called |= {method, end}
        return told["value"]

    def bounties(self) -> dict:
        """Bounties, pages and quotes; returns a bounty of which somebody was paid."""
        node = self.node
        first = self.answer("bounty_list", {"limit": 1})
        ensure(len(first["bounties"]) == 1, "the network has no bounty")
        listed = node.pages("bounty_list", {"limit": 2}, "bounties")
        ids = [bounty["id"] for bounty in listed]
        ensure(ids == list(range(len(ids)))[::-1], f"pages have the bounties {ids}")
        for stage in {bounty["state"]["stage"] for bounty in listed}:
            chosen = node.pages("bounty_list", {"filter": {"stages": [stage]}}, "bounties")
            of_stage = [bounty for bounty in listed if bounty["state"]["stage"] == stage]
            ensure(chosen == of_stage, f"the filter for {stage}")
        sponsor = listed[0]["sponsor"]
        of_sponsor = node.pages("bounty_list", {"filter": {"sponsor": sponsor}}, "bounties")
        ensure(of_sponsor == [each for each in listed if each["sponsor"] == sponsor], "by sponsor")
        finished = [bounty for bounty in listed if bounty["state"]["stage"] == "completed"]
        ensure(bool(finished), "no bounty is completed yet")
        bounty = self.answer("bounty_get", [finished[0]["id"]])["bounty"]
        quote = self.answer("bounty_quote", {"spec": bounty["spec"]})
        ensure(int(quote["minReward"]) <= int(bounty["reward"]), "paid less than the quote")
        self.refused("bounty_quote", {"spec": {**bounty["spec"], "rounds": 0}}, "specRefused")
        too_long = {**bounty["spec"], "training": "x" * 2_000}
        self.refused("bounty_quote", {"spec": too_long}, "malformedSpec")
        self.refused("bounty_get", [max(ids) + 1_000], "unknownBounty")
        return bounty

    def rounds(self, bounty: dict):
        """A round that is live now, or the refusal of one that is over."""
        self.refused("round_get", [bounty["id"], 1], "roundNotLive")
        running = self.node.pages("bounty_list", {"filter": {"stages": ["running"]}}, "bounties")
        for each in running:
            newest = each["state"]["newest"]
            try:
                live = self.answer("round_get", [each["id"], newest])["round"]
            except RpcError as error:
                ensure(error.name == "roundNotLive", str(error))
                continue
            ensure((live["bounty"], live["round"]) == (each["id"], newest), "another round")
            return
        print("test_rpc: no bounty is running: round_get was only seen to refuse", file=sys.stderr)
        self.called.add("round_get")

    def nodes(self):
        """Nodes and pages of them."""
        listed = self.node.pages("node_list", {"limit": 2}, "nodes")
        accounts = [node["account"] for node in listed]
        ensure(len(accounts) == len(set(accounts)) > 0, f"pages have the nodes {accounts}")
        self.answer("node_list", {})
        verifiers = self.node.pages("node_list", {"filter": {"roles": ["verifier"]}}, "nodes")
        ensure(bool(verifiers), "there are no verifiers")
        for node in listed:
            ensure(self.answer("node_get", [node["account"]])["node"].keys() == node.keys(), "node")
        self.refused("node_get", ["0x" + "00" * 31 + "07"], "unknownNode")

    def receipts(self, bounty: dict):
        """Receipts of who worked on a bounty add up to no more than its reward."""
        paid = 0
        workers = [trainer["account"] for trainer in bounty["trainers"]] + bounty["aggregators"]
        for account in workers:
            first = self.answer("rewards_receipts", {"account": account, "limit": 1})
            receipts = self.node.pages("rewards_receipts", {"account": account}, "receipts")
            ensure(first["receipts"] == receipts[:1], f"the newest receipt of {account}")
            ensure(first["missing"] + len(receipts) <= first["total"], f"receipts of {account}")
            mine = [each for each in receipts if each["bounty"] == bounty["id"]]
            paid += sum(int(each["amount"]) for each in mine if each["delivered"])
        ensure(0 < paid <= int(bounty["reward"]), f"bounty {bounty['id']} paid {paid}")

    def referenda(self):
        """Referenda, if there were any: pages and both halves of the filter have each once."""
        page = self.answer("governance_referenda", {})
        listed = self.node.pages("governance_referenda", {"limit": 2}, "referenda")
        indices = [each["index"] for each in listed]
        ensure(indices == list(range(page["total"]))[::-1], f"pages have the referenda {indices}")
        halves = []
        for ongoing in (True, False):
            wanted = {"filter": {"ongoing": ongoing}}
            halves += self.node.pages("governance_referenda", wanted, "referenda")
        halves.sort(key=lambda each: -each["index"])
        ensure([each["index"] for each in halves] == indices, "the filter for ongoing ones")

    def blocks_and_cursors(self):
        """What is refused of blocks, pages and cursors."""
        genesis = self.node.call("chain_getBlockHash", [0])
        self.refused("bounty_list", {"at": NO_HASH}, "unknownBlock")
        self.refused("bounty_list", {"limit": 101}, "pageOutOfRange")
        self.refused("bounty_list", {"cursor": "0x00"}, "wrongCursor")
        page = self.node.call("node_list", {"limit": 1})
        if page["next"]:
            self.refused("bounty_list", {"cursor": page["next"]}, "wrongCursor")
            # A cursor names its block in its bytes 1 to 32.
            stale = f"0x01{NO_HASH[2:]}{page['next'][68:]}"
            self.refused("node_list", {"cursor": stale}, "staleCursor")
        try:
            old = self.answer("bounty_list", {"at": genesis})
            ensure(old["bounties"] == [] and old["at"]["number"] == 0, f"at genesis: {old}")
        except RpcError as error:
            ensure(error.name == "prunedBlock", f"at genesis: {error}")

    def everything(self):
        """All of it."""
        bounty = self.bounties()
        self.rounds(bounty)
        self.nodes()
        self.receipts(bounty)
        self.referenda()
        self.blocks_and_cursors()
        told = self.subscription("bounty_subscribe", [bounty["id"]])
        ensure(told["id"] == bounty["id"], "the subscription tells of another bounty")
        told = self.subscription("round_subscribe", [bounty["id"], 1])
        ensure(told is None, "the subscription tells of a round that is over")
        missed = set(self.methods) - self.called
        ensure(not missed, f"not called: {missed}")
        ensure(self.node.largest <= MEBIBYTE, f"an answer of {self.node.largest} bytes")


def main() -> int:
    """Run the checks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="ws://127.0.0.1:9944", help="the node's RPC")
    options = parser.parse_args()
    try:
        check = Check(Node(options.url))
        check.everything()
    except (Failure, RpcError, OSError) as error:
        print(f"test_rpc: {error}", file=sys.stderr)
        return 1
    print(f"test_rpc: {len(check.called)} methods, the largest answer {check.node.largest} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
