"""Scenarios in which programs are apart from each other, on a `SeparateNetwork`."""

import contextlib
import threading
import urllib.parse

import test_rpc
from network_scenario import LENGTHS, OBSERVER, Scenario, blocks


class Subscriber:
    """Subscribed to a round at one validator; keeps what it is told."""

    def __init__(self, url: str, bounty: int, number: int):
        self.told = []
        self.client = test_rpc.WebSocket(urllib.parse.urlsplit(url))
        # A validator that is cut off tells nothing for a while.
        self.client.socket.settimeout(None)
        call = {"jsonrpc": "2.0", "id": 1, "method": "round_subscribe", "params": [bounty, number]}
        self.client.send(call)
        self.client.receive()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        """Take notifications until the connection ends."""
        with contextlib.suppress(OSError, test_rpc.Failure):
            while True:
                self.told.append(self.client.receive()["params"]["result"])

    def reverted(self) -> list:
        """Blocks that reorganisations took back."""
        news = [each for each in self.told if each["event"] == "reverted"]
        return [block for each in news for block in each["takenBack"]]


class CutOff(Scenario):
    """One of four validators is cut off, then two of four. A trainer has a network of its own, and
    reaches a gateway that was opened to others."""

    name = "cut-off"
    titles = {
        "one": "one of four cut off",
        "two": "two of four cut off",
        "reverted": "subscribers told of a reorganisation",
        "guest": "trainer in a network of its own",
    }
    sponsor = "Sponsor"
    trainers = ("Trainer1", "Trainer2")
    rounds = 3
    lengths = {**LENGTHS, "upload": 80}

    def prefix_of(self, worker: str) -> tuple:
        """Trainer2 is the guest."""
        return self.world.network.guest_prefix() if worker == "Trainer2" else ()

    def play(self) -> None:
        """Dave is cut off in round 1, Charlie and Dave in round 2."""
        network = self.world.network
        one, two = self.stories["one"], self.stories["two"]
        self.wait("sponsor", "RoundOpened", round=1)
        network.cut_off("Dave")
        one.tell("Dave is cut off")
        self.wait("sponsor", "ResultAccepted", round=1)
        one.tell("round 1 went on without Dave")
        self.wait("Trainer1", "committed", round=2)
        # It keeps Upload open until the second cut.
        with self.frozen("Trainer1"):
            network.join("Dave")
            self.catch_up("Dave")
            one.tell("Dave has caught up")
            self.wait_round(2, "Upload")
            self.subscribers = [
                Subscriber(network.rpc_url(name), self.bounty, 2) for name in network.names
            ]
            network.cut_off("Charlie", "Dave")
            two.tell("Charlie and Dave are cut off")
        blocks(3)
        before, _ = network.final_block(network.names[OBSERVER])
        blocks(8)
        after, _ = network.final_block(network.names[OBSERVER])
        two.tell(f"the last final block is {after}")
        two.expect(after == before, f"finality went on, from {before} to {after}")
        live = self.round_now(2)
        two.expect(live is not None, "round 2 ended without finality")
        network.join("Charlie", "Dave")
        self.catch_up("Charlie", "Dave")
        two.tell("both have caught up")
        self.expect_reverted()

    def expect_reverted(self) -> None:
        """Each half voted on a branch of its own, so one half's subscribers must have been told
        something that was taken back."""
        story, network = self.stories["reverted"], self.world.network
        taken_back = [block for each in self.subscribers for block in each.reverted()]
        story.expect(bool(taken_back), "nobody was told that something is taken back")
        final, _ = network.final_block(network.names[OBSERVER])
        for block in taken_back:
            if block["number"] > final:
                continue
            kept = network.rpc(network.names[OBSERVER], "chain_getBlockHash", block["number"])
            story.expect(kept != block["hash"], f"block {block['number']} was not taken back")
        story.tell(f"{len(taken_back)} blocks were taken back")

    def catch_up(self, *validators) -> None:
        """Wait until the validators have what was final when they were back, and more."""
        network = self.world.network
        reached, _ = network.final_block(network.names[OBSERVER])
        for validator in validators:
            self.world.wait_until(
                lambda name=validator: network.is_ready(name)
                and network.final_block(name)[0] > reached,
                f"{validator} after its link was mended",
            )

    def check(self) -> None:
        """Everybody who worked is paid."""
        for story in self.stories.values():
            for number in sorted(self.report.rounds):
                self.expect_trainers(story, number, self.trainers)
        paid = self.paid_for("Verification", 1)
        self.stories["one"].expect(
            paid == ["Alice", "Bob", "Charlie"], f"round 1 pays {paid} for verifying"
        )
        paid = self.paid_for("Verification", 3)
        self.stories["two"].expect(len(paid) == 4, f"round 3 pays {paid} for verifying")
