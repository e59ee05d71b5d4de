"""Scenarios in which programs are apart from each other, on a `SeparateNetwork`."""

from network_scenario import LENGTHS, OBSERVER, Scenario, blocks


class CutOff(Scenario):
    """One of four validators is cut off, then two of four. A trainer has a network of its own, and
    reaches a gateway that was opened to others."""

    name = "cut-off"
    titles = {
        "one": "one of four cut off",
        "two": "two of four cut off",
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
