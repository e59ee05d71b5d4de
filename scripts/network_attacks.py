"""Scenarios in which somebody cheats: validators, a trainer, and strangers at the gateway."""

import time

from hostile_uploads import Upload, answer
from local_clients import VALIDATOR_ADDRESSES
from local_network import VALIDATORS, Failure
from network_scenario import LENGTHS, OBSERVER, Scenario


class NobodyPublishes(Scenario):
    """All validators attest in the first attempt, and keep the result to themselves."""

    name = "silent"
    titles = {"silent": "nobody publishes"}
    sponsor = "Charlie//stash"
    trainers = ("Trainer16", "Eve")
    rounds = 1
    lengths = {**LENGTHS, "publish": 4}
    liars = VALIDATORS
    lie = "no-publication"

    def play(self) -> None:
        """No node has a verifier's key until the first attempt has failed."""
        story = self.stories["silent"]
        self.wait("sponsor", "PhaseStarted", round=1, phase="Publish", attempt=0)
        story.tell("the first attempt waits for a publication")
        self.wait("sponsor", "PhaseStarted", round=1, phase="Attest", attempt=1)
        story.tell("the second attempt begins with the same updates")
        for validator in VALIDATORS[:3]:
            self.world.give_key(validator)

    def check(self) -> None:
        """The second attempt pays everybody."""
        story = self.stories["silent"]
        self.expect_trainers(story, 1, self.trainers)
        attempts = self.report.rounds[1].attempts
        story.expect(attempts >= 2, f"round 1 took {attempts} attempts")
        uploads = [
            note
            for who, note in self.notes
            if who == "sponsor" and note and note.get("phase") == "Upload"
        ]
        story.expect(len(uploads) == 1, f"updates were awaited {len(uploads)} times")


class GarbageAttestations(Scenario):
    """One of four validators attests what no result opens."""

    name = "garbage"
    titles = {"garbage": "garbage attestations of one"}
    sponsor = "Ferdie"
    trainers = ("Trainer8", "Trainer9")
    rounds = 2
    liars = ("Dave",)
    lie = "garbage-attestation"

    def check(self) -> None:
        """Its rounds go on without it, and do not pay it."""
        story = self.stories["garbage"]
        for number in sorted(self.report.rounds):
            self.expect_trainers(story, number, self.trainers)
            paid = self.paid_for("Verification", number)
            story.expect(paid == list(VALIDATORS[:3]), f"round {number} pays {paid} for verifying")


class HiddenUpdate(Scenario):
    """A trainer shows its update to nobody but one validator, which votes for it."""

    name = "hidden"
    titles = {"hidden": "update shown to one validator only"}
    sponsor = "Alice//stash"
    trainers = ("Trainer10", "Trainer11", "Trainer12")
    rounds = 2
    # No other bounty has the same updates: what a node holds for another, it holds for this one.
    seed = 200
    liars = ("Dave",)

    def lie_of_puppets(self) -> str:
        """It vouches for what Trainer12 commits to in round 1."""
        return f"vouch:{self.first_update('Trainer12')}"

    def play(self) -> None:
        """Trainer12 is gone while its update is awaited, and comes back for round 2."""
        story = self.stories["hidden"]
        self.wait("Trainer12", "committed", round=1)
        self.kill("Trainer12")
        story.tell("Trainer12 committed and uploads nothing")
        self.wait("sponsor", "PhaseStarted", round=1, phase="Attest")
        self.start_trainer("Trainer12")
        story.tell("round 1 goes on without Trainer12, who is back for round 2")

    def check(self) -> None:
        """It is left out and unpaid, but not penalised."""
        story = self.stories["hidden"]
        self.expect_trainers(story, 1, self.trainers[:2])
        self.expect_trainers(story, 2, self.trainers)
        inactive = self.said("sponsor", "TrainersInactive", round=1)
        story.expect(inactive is None, "Trainer12 is inactive, though one validator vouched for it")


class HostileUploads(Scenario):
    """Strangers flood a gateway with what it must refuse, while an honest trainer uploads; another
    trainer commits to a blob that is padded badly."""

    name = "gateway"
    titles = {
        "spoiled": "spoiled uploads",
        "flood": "stalled uploads on every place",
        "padding": "badly padded update",
    }
    sponsor = "Bob//stash"
    trainers = ("Trainer13", "Trainer14", "Trainer15")
    rounds = 1
    # Nor has any the same as this one: what a gateway holds, it need not be sent.
    seed = 100

    def options_of(self, trainer: str) -> dict:
        """Trainer15 trains until it is killed."""
        return {"command": "sleep 3600"} if trainer == "Trainer15" else {}

    def play(self) -> None:
        """Trainer13 stands still while its place is attacked."""
        self.commit_to_bad_padding()
        committed = self.wait("Trainer13", "committed", round=1)
        with self.frozen("Trainer13"):
            self.wait("Trainer14", "uploaded", round=1)
            upload = self.upload_of("Trainer13", committed["root"])
            self.spoil(upload)
            stalled = upload.flood(24)
        self.stories["flood"].tell(f"{len(stalled)} uploads begin and stall")
        self.wait("Trainer13", "uploaded", round=1)
        self.stories["flood"].tell("Trainer13 uploaded")
        codes = {answer(connection)[1] for connection in stalled}
        self.stories["flood"].expect(codes <= {"too_slow", "busy", "closed"}, f"answers: {codes}")

    def commit_to_bad_padding(self) -> None:
        """Put a blob that was not trained where Trainer15 keeps its update."""
        self.wait("Trainer15", "training", round=1)
        self.kill("Trainer15")
        update = self.first_update("Trainer15")
        update.parent.mkdir(exist_ok=True)
        # 610 elements leave room in the third chunk.
        update.write_bytes(b"\1" * 3 * 1024)
        self.start_trainer("Trainer15")
        self.wait("Trainer15", "committed", round=1)
        self.stories["padding"].tell("Trainer15 committed to a badly padded blob")

    def upload_of(self, trainer: str, root: str) -> Upload:
        """The right upload of a trainer to the observer's gateway."""
        shown = self.clients.run("bounty", "show", "--bounty", self.bounty, place=OBSERVER)
        names = self.clients.addresses
        slots = {names[each["account"]]: each["slot"] for each in shown["trainers"]}
        path = f"/v1/bounties/{self.bounty}/rounds/1/updates/{slots[trainer]}"
        validator = self.world.network.names[OBSERVER]
        port = self.world.network.ports[validator]["gateway"]
        return Upload(port, path, root, self.first_update(trainer))

    def spoil(self, upload: Upload) -> None:
        """Every kind of bad upload is refused for the right reason."""
        story = self.stories["spoiled"]
        started = time.monotonic()
        answers = upload.spoiled()
        for what, expected, (status, code) in answers:
            story.expect(code in expected, f"{what}: answered {status} {code}")
        story.tell(f"{len(answers)} kinds refused in {time.monotonic() - started:.0f} s")

    def check(self) -> None:
        """The honest are paid; nobody takes the badly padded update."""
        for story in self.stories.values():
            self.expect_trainers(story, 1, self.trainers[:2])
        padding = self.stories["padding"]
        refused = [
            note["reason"]
            for who, note in self.notes
            if who == "Trainer15" and note and note["event"] == "waiting"
        ]
        padding.expect(
            any("(400)" in reason for reason in refused), f"Trainer15 was told: {refused}"
        )
        inactive = self.said("sponsor", "TrainersInactive", round=1)
        padding.expect(inactive is not None, "Trainer15 is still active")


class Collusion(Scenario):
    """Three of four validators have a wrong model accepted. The off-chain worker of the honest one
    undoes that. The liars lose half their bonds for each such bounty, and are not drawn any more, so
    this comes after everything else."""

    sponsor = ""
    trainers = ()
    rounds = 2
    liars = VALIDATORS[1:]

    def bonds(self) -> dict:
        """What each liar has bonded."""
        accounts = {name: account for account, name in VALIDATOR_ADDRESSES.items()}
        show = ("node", "show", "--account")
        shown = {name: self.clients.run(*show, accounts[name]) for name in self.liars}
        return {name: int(each["node"]["bond"]) for name, each in shown.items()}

    def play(self) -> None:
        """The wrong model is accepted, struck and replaced."""
        (story,) = self.stories.values()
        self.before = self.bonds()
        # Liars must have attested in all such bounties before the first strike suspends them.
        self.wait(self.trainers[0], "committed", round=1)
        with self.frozen(self.trainers[0]):
            self.wait_round(1, "Upload")
            self.world.meet()
        self.wrong = self.wait("sponsor", "ResultAccepted", round=1)["root"]
        story.tell("the wrong model is accepted")
        self.undo(story)
        self.wait("sponsor", "ResultStruck", round=1)
        story.tell("it is struck")
        with self.changed:
            while len(self.report.dispute.slashed) < len(self.liars):
                if self.report.state or self.world.time_is_up():
                    raise Failure(f"slashed were only {self.report.dispute.slashed}")
                self.changed.wait(timeout=1)
        story.tell("the slashes are applied")

    def undo(self, story) -> None:
        """What the honest validator does about it."""

    def check(self) -> None:
        """The honest model stands, whose only attester is paid, and the liars lost half."""
        (story,) = self.stories.values()
        right, dispute = self.report.rounds[1].model_root, self.report.dispute
        story.expect(dispute.struck_root == self.wrong, f"{dispute.struck_root} was struck")
        story.expect(right != self.wrong, f"the wrong model {self.wrong} was settled")
        for number in sorted(self.report.rounds):
            self.expect_trainers(story, number, self.trainers)
            paid = self.paid_for("Verification", number)
            story.expect(paid == ["Alice"], f"round {number} pays {paid} for verifying")
        discarded = self.said("sponsor", "RoundDiscarded", round=2)
        story.expect(discarded is not None, "round 2 was built on the wrong model and kept")
        self.check_slashes(story, dispute)

    def check_slashes(self, story, dispute) -> None:
        """Half of the bond, or of the half that another bounty left. A quarter of it is for the
        challenger and a quarter for dissent: the honest validator is both."""
        fractions = {
            name: round(amount / self.before[name], 6) for name, amount in dispute.slashed.items()
        }
        story.expect(set(fractions) == set(self.liars), f"slashed were {sorted(fractions)}")
        story.expect(set(fractions.values()) <= {0.5, 0.25}, f"they lost {fractions}")
        rewarded = sum(2 * (amount // 4) for amount in dispute.slashed.values())
        story.expect(dispute.challenger == "Alice", f"{dispute.challenger} struck it")
        story.expect(
            dispute.rewarded == {"Alice": rewarded},
            f"rewards are {dispute.rewarded}, not {rewarded} for Alice",
        )


class ServedCollusion(Collusion):
    """The liars serve the wrong model."""

    name = "collusion"
    titles = {"served": "wrong model by three of four"}
    sponsor = "Dave//stash"
    trainers = ("Trainer1", "Trainer2")
    lengths = {**LENGTHS, "publish": 6, "window": 6}

    def lie_of_puppets(self) -> str:
        """A wrong model, in the store of the last liar's node."""
        return f"wrong-model:{self.world.network.blob_store(self.liars[-1])}"

    def undo(self, story) -> None:
        """It proves a chunk wrong."""
        self.wait("sponsor", "WrongChunkProven", round=1)
        story.tell("the honest validator proved a chunk wrong")


class WithheldCollusion(Collusion):
    """The liars show the wrong model to nobody, so that nothing about it can be proven."""

    name = "withheld"
    titles = {"withheld": "wrong model that is withheld"}
    sponsor = "Charlie//stash"
    trainers = ("Trainer8", "Trainer9")
    lengths = {**LENGTHS, "publish": 6, "window": 10}
    lie = "withheld-model"
    # No other bounty has the same updates, so none has the same model.
    seed = 300

    def undo(self, story) -> None:
        """It challenges the liars, who keep silent."""
        self.wait("sponsor", "ChallengeOpened", round=1)
        story.tell("the honest validator challenged it")

    def check(self) -> None:
        """Its bond is back, too."""
        super().check()
        story = self.stories["withheld"]
        ended = self.said("sponsor", "ChallengeEnded", round=1)
        story.expect(ended and ended["upheld"], f"the challenge ended as {ended}")
        bond = self.said("sponsor", "ChallengeBondPaid", round=1)
        to = bond and self.report.name(bond["account"])
        story.expect(to == "Alice", f"the bond of the challenge went to {to}")
