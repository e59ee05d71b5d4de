"""Scenarios in which programs end without a warning, as `kill -9` ends them."""

import contextlib

from local_network import Failure
from network_scenario import LENGTHS, Scenario, blocks

PHASES = ("Commit", "Upload", "Attest", "Publish", "Accepted")


class KilledValidators(Scenario):
    """Validators and the aggregator vanish while others wait for them."""

    name = "validators"
    titles = {
        "upload": "validator killed in Upload",
        "attest": "validator killed in Attest",
        "aggregator": "aggregator killed",
    }
    sponsor = "Sponsor"
    trainers = ("Trainer1", "Trainer2", "Trainer3")
    aggregator = "Aggregator"
    rounds = 2
    verifying = ("Bob", "Charlie")

    def play(self) -> None:
        """One after the other falls in round 1; in round 2 all are back."""
        self.in_upload()
        self.in_attest()
        self.wait("sponsor", "RoundOpened", round=2)
        self.stories["aggregator"].tell("started again for round 2")
        self.start_aggregator()

    def in_upload(self) -> None:
        """A trainer that stands still keeps Upload open meanwhile."""
        story = self.stories["upload"]
        self.wait("Trainer1", "committed", round=1)
        with self.frozen("Trainer1"):
            self.wait("Trainer3", "uploaded", round=1)
            with self.world.without("Bob"):
                self.in_upload_at = self.best_block()
                story.tell(f"Bob killed at block {self.in_upload_at}")
                self.kill("aggregator")
                self.stories["aggregator"].tell(f"killed at block {self.in_upload_at}")
                blocks(2)
            story.tell("Bob has caught up")

    def in_attest(self) -> None:
        """The absent aggregator keeps Attest open to its deadline."""
        story = self.stories["attest"]
        everybody = len(self.world.network.names)
        self.wait_round(1, "Attest", lambda live: live["attestations"] == everybody)
        with self.world.without("Charlie"):
            self.in_attest_at = self.best_block()
            story.tell(f"Charlie killed at block {self.in_attest_at}, after it attested")
        story.tell("Charlie has caught up")

    def check(self) -> None:
        """Everybody is paid for what they did."""
        rounds = self.report.rounds
        for story in self.stories.values():
            for number in rounds:
                self.expect_trainers(story, number, self.trainers)
        self.check_killed(self.stories["upload"], "upload", self.in_upload_at, "attest")
        self.check_killed(self.stories["attest"], "attest", self.in_attest_at, "publish")
        for key, validator, first in (("upload", "Bob", 2), ("attest", "Charlie", 1)):
            for number in range(first, self.rounds + 1):
                paid = self.paid_for("Verification", number)
                problem = f"{validator} is not paid in round {number}"
                self.stories[key].expect(validator in paid, problem)
        paid = [self.paid_for("Aggregation", number) for number in sorted(rounds)]
        self.stories["aggregator"].expect(
            paid == [[], ["Aggregator"]], f"for aggregation, the rounds pay {paid}"
        )

    def check_killed(self, story, phase, block, next_phase) -> None:
        """The validator fell in the phase that the story is about."""
        phases = self.report.rounds[1].phases
        story.expect(
            phases[phase] <= block < phases[next_phase],
            f"killed at block {block}, but {phase} was {phases[phase]} to {phases[next_phase]}",
        )


class KilledTrainers(Scenario):
    """Trainers and the sponsor vanish, and come back or not."""

    name = "trainers"
    titles = {
        "commit": "trainer killed before committing",
        "upload": "trainer killed before uploading",
        "gone": "trainer that never returns",
        "sponsor": "sponsor killed before revealing",
    }
    sponsor = "Eve//stash"
    trainers = ("Trainer4", "Trainer5", "Trainer6", "Trainer7")

    def options_of(self, trainer: str) -> dict:
        """Trainer5 trains until it is killed."""
        return {"command": "sleep 3600"} if trainer == "Trainer5" else {}

    def play(self) -> None:
        """Trainer5 and Trainer6 fall in round 1, Trainer7 and the sponsor in round 2."""
        self.before_committing_and_uploading()
        self.for_ever()

    def before_committing_and_uploading(self) -> None:
        """Trainer5 keeps Commit open meanwhile."""
        commit, upload = self.stories["commit"], self.stories["upload"]
        self.wait("Trainer5", "training", round=1)
        self.committed = self.wait("Trainer6", "committed", round=1)
        self.kill("Trainer6")
        upload.tell("Trainer6 killed after its commitment")
        for trainer in ("Trainer4", "Trainer7"):
            self.wait(trainer, "committed", round=1)
        self.kill("Trainer5")
        commit.tell(f"Trainer5 killed while it trained, at block {self.best_block()}")
        live = self.round_now(1)
        commit.expect(
            live["phase"] == "Commit" and live["commitments"] == 3,
            f"round 1 is in {live['phase']} with {live['commitments']} commitments",
        )
        self.start_trainer("Trainer5")
        self.wait("Trainer5", "committed", round=1)
        commit.tell("Trainer5 trained anew and committed")
        self.wait_round(1, "Upload")
        self.second_life = self.mark()
        self.start_trainer("Trainer6")
        self.wait("Trainer6", "uploaded", since=self.second_life, round=1)
        upload.tell("Trainer6 uploaded what it had on its disk")

    def for_ever(self) -> None:
        """Upload waits for Trainer7 to its deadline; later rounds do not wait."""
        self.wait("sponsor", "RoundOpened", round=2)
        self.kill("sponsor")
        self.stories["sponsor"].tell("killed in Commit of round 2")
        self.wait("Trainer7", "committed", round=2)
        self.kill("Trainer7")
        self.stories["gone"].tell("Trainer7 killed after its commitment")
        self.wait_round(2, "Upload")
        self.restart_sponsor()
        self.stories["sponsor"].tell("started again in Upload")
        self.wait("sponsor", "SliceUploaded", round=2)

    def check(self) -> None:
        """Who delivered is paid, who did not is not, and nobody waits twice."""
        staying = [trainer for trainer in self.trainers if trainer != "Trainer7"]
        for key in ("commit", "upload"):
            self.expect_trainers(self.stories[key], 1, self.trainers)
        for number in (2, 3):
            self.expect_trainers(self.stories["gone"], number, staying)
        gone = self.stories["gone"]
        inactive = self.said("sponsor", "TrainersInactive", round=2)
        gone.expect(inactive is not None, "Trainer7 is still waited for after round 2")
        self.check_second_life()
        for number, each in sorted(self.report.rounds.items()):
            self.stories["sponsor"].expect(
                each.correct is not None, f"round {number} has no score: its slice did not arrive"
            )

    def check_second_life(self) -> None:
        """Trainer6 did not train again: it found its update on the disk."""
        upload = self.stories["upload"]
        resumed = self.said("Trainer6", "resumed", since=self.second_life, round=1)
        root = resumed and resumed["root"]
        committed = self.committed["root"]
        upload.expect(root == committed, f"Trainer6 committed {committed} but resumed {root}")
        again = self.said("Trainer6", "training", since=self.second_life, round=1)
        upload.expect(again is None, "Trainer6 trained round 1 again")


class KilledInEveryPhase(Scenario):
    """One program of a bounty is killed once in each phase, and started again two blocks later."""

    rounds = 4
    # A trainer cannot do without its node, and Bob's is killed over and over.
    homes = (0, 2, 3)
    # Everybody but the trainers is quick: a phase must last long enough to be seen.
    lengths = {**LENGTHS, "publish": 16, "window": 4}

    def __init_subclass__(cls):
        cls.titles = {phase: f"{cls.name} killed in {phase}" for phase in PHASES}

    @contextlib.contextmanager
    def without_victim(self):
        """Kill the victim, and start it again at the end."""
        raise NotImplementedError

    def play(self) -> None:
        """Whichever round shows a phase first."""
        self.killed = {}
        waiting = list(PHASES)
        while waiting:
            number, phase = self.world.wait_until(
                lambda: self.see(waiting), f"{self.name}: {', '.join(waiting)}", every=0.3
            )
            waiting.remove(phase)
            with self.without_victim():
                block = self.best_block()
                self.killed[phase] = (number, block)
                self.stories[phase].tell(f"killed at block {block} in round {number}")
                blocks(2)
            self.stories[phase].tell("it is back")

    def see(self, waiting: list) -> tuple | None:
        """A live round, and its phase if that is one of these."""
        if self.report.state:
            raise Failure(f"the bounty ended before {', '.join(waiting)} was seen")
        for live in self.rounds_now():
            if live["phase"] in waiting:
                return live["round"], live["phase"]
        return None

    def check(self) -> None:
        """Every round has all trainers, whoever was away for two blocks."""
        for phase, (number, block) in self.killed.items():
            story = self.stories[phase]
            for each in sorted(self.report.rounds):
                self.expect_trainers(story, each, self.trainers)
            began = self.report.rounds[number].phases[phase.lower()]
            story.expect(began <= block, f"{phase} began at {began}, but it was killed at {block}")


class KilledValidator(KilledInEveryPhase):
    """A validator, with its gateway."""

    name = "validator"
    sponsor = "Sponsor"
    trainers = ("Trainer1", "Trainer2", "Trainer3")

    def without_victim(self):
        """It has caught up at the end."""
        return self.world.without("Bob")


class KilledTrainer(KilledInEveryPhase):
    """A trainer that the phases wait for."""

    name = "trainer"
    sponsor = "Eve//stash"
    trainers = ("Trainer4", "Trainer5", "Trainer6")

    @contextlib.contextmanager
    def without_victim(self):
        """It finds its update where it left it."""
        self.kill("Trainer4")
        yield
        self.start_trainer("Trainer4")


class KilledAggregator(KilledInEveryPhase):
    """The aggregator; its part of a round that it missed goes to the treasury."""

    name = "aggregator"
    sponsor = "Ferdie"
    trainers = ("Trainer7", "Trainer8", "Trainer9")
    aggregator = "Aggregator"

    @contextlib.contextmanager
    def without_victim(self):
        """It computes what it missed."""
        self.kill("aggregator")
        yield
        self.start_aggregator()


class KilledSponsor(KilledInEveryPhase):
    """The sponsor's watch, which reveals the slices."""

    name = "sponsor"
    sponsor = "Alice//stash"
    trainers = ("Trainer10", "Trainer11", "Trainer12")

    @contextlib.contextmanager
    def without_victim(self):
        """It goes on where it was."""
        self.kill("sponsor")
        yield
        self.restart_sponsor()
