"""What happened to a bounty.

Rounds are put together from the events of `sheaf bounty watch --json`, summed up and checked.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Dispute:
    """What became of the first result that was struck, and of who attested it."""

    round: int
    struck_root: str
    challenger: str | None
    slashed: dict = field(default_factory=dict)
    rewarded: dict = field(default_factory=dict)

    def apply(self, offender: str, amount: int, rewards: dict) -> None:
        """Note a slash."""
        self.slashed[offender] = self.slashed.get(offender, 0) + amount
        for name, reward in rewards.items():
            self.rewarded[name] = self.rewarded.get(name, 0) + reward

    @property
    def burned(self) -> int:
        """What nobody received of the slashes."""
        return sum(self.slashed.values()) - sum(self.rewarded.values())


@dataclass
class Round:
    """One round as its events tell it; accounts are names, amounts the smallest unit."""

    number: int
    attempts: int = 1
    accuracy: float | None = None
    correct: int | None = None
    examples: int | None = None
    included: list = field(default_factory=list)
    attestations: int = 0
    phases: dict = field(default_factory=dict)
    model_root: str | None = None
    paid: dict = field(default_factory=dict)
    services: dict = field(default_factory=dict)
    treasury: int = 0
    burned: int = 0
    refunded: int = 0

    def blocks_to_accept(self, previous) -> int | None:
        """Blocks from the last commitment or the previous settlement, the later, to acceptance."""
        start = self.phases.get("upload")
        if start is None or "accepted" not in self.phases:
            return None
        settled = previous.phases.get("settled", 0) if previous else 0
        return self.phases["accepted"] - max(start, settled)

    def summary(self) -> dict:
        """The round in the summary file."""
        return {
            "round": self.number,
            "accuracy": self.accuracy,
            "included": self.included,
            "attestations": self.attestations,
            "phases": self.phases,
            "model_root": self.model_root,
            "paid": self.paid,
        }


class Report:
    """Collects events; `names` gives each account's name by its address."""

    def __init__(self, names: dict, validators: tuple):
        self.names = names
        self.validators = validators
        self.rounds = {}
        self.reward = 0
        self.refunded_at_end = 0
        self.penalties = 0
        self.dispute = None
        self.state = None
        self.final_accuracy = None
        self.central_accuracy = None
        self.issuance_before = 0
        self.issuance_after = 0
        self.seconds = 0.0
        self.problems = []

    def name(self, address: str) -> str:
        """An account's name, or the address of a stranger."""
        return self.names.get(address, address)

    def take(self, event: dict) -> Round | None:
        """Note an event; the round if this settled one."""
        kind = event.get("event")
        if kind == "BountyOpened":
            self.reward = int(event["reward"])
        elif kind == "Penalised":
            self.penalties += int(event["amount"])
        elif kind == "ResultStruck" and self.dispute is None:
            challenger = event.get("challenger")
            self.dispute = Dispute(
                event["round"], event["root"], challenger and self.name(challenger)
            )
        elif kind == "SlashApplied":
            rewards = {self.name(to): int(sum_) for to, sum_ in event["paid"].items()}
            self.dispute.apply(self.name(event["account"]), int(event["amount"]), rewards)
        elif kind == "BountyEnded":
            self.state = event.get("state")
            self.refunded_at_end = int(event.get("refunded") or 0)
        elif kind in ("RoundOpened", "PhaseStarted", "ResultAccepted", "RoundSettled"):
            number = event["round"]
            current = self.rounds.setdefault(number, Round(number))
            if kind == "RoundOpened":
                current.phases.setdefault("commit", event["block"])
            elif kind == "PhaseStarted":
                self._phase(current, event)
            elif kind == "ResultAccepted":
                self._accepted(current, event)
            else:
                self._settled(current, event)
                return current
        return None

    def _phase(self, current: Round, event: dict) -> None:
        current.attempts = max(current.attempts, int(event.get("attempt") or 0) + 1)
        phase = event["phase"].lower()
        if phase == "commit":
            current.phases.setdefault(phase, event["block"])
        else:
            current.phases[phase] = event["block"]

    def _accepted(self, current: Round, event: dict) -> None:
        current.phases["accepted"] = event["block"]
        current.model_root = event["root"]
        current.included = [self.name(account) for account in event.get("included") or []]
        current.attestations = event.get("attestations") or 0
        current.correct, current.examples = event.get("correct"), event.get("examples")
        if current.correct is not None and current.examples:
            current.accuracy = current.correct / current.examples

    def _settled(self, current: Round, event: dict) -> None:
        current.phases["settled"] = event["block"]
        current.model_root = event.get("root")
        current.paid = {self.name(a): int(sum_) for a, sum_ in (event.get("paid") or {}).items()}
        for payment in event.get("payments") or []:
            who = current.services.setdefault(payment["service"], [])
            who.append(self.name(payment["account"]))
        for part in ("treasury", "burned", "refunded"):
            setattr(current, part, int(event.get(part) or 0))

    def check_attested(self, current: Round) -> None:
        """All validators and the aggregator must have attested the result that was accepted."""
        where = f"round {current.number}"
        if current.model_root is None:
            self.problems.append(f"{where} was aborted")
            return
        missing = sorted(set(self.validators) - set(current.services.get("Verification", [])))
        if missing:
            self.problems.append(
                f"{where}: {', '.join(missing)} did not attest the accepted result"
            )
        if not current.services.get("Aggregation"):
            self.problems.append(f"{where}: the aggregator did not attest the accepted result")

    @property
    def burned_from_bonds(self) -> int:
        """What penalties and slashes burned."""
        return self.penalties + (self.dispute.burned if self.dispute else 0)

    def total(self, part: str) -> int:
        """Sum of `paid`, `treasury`, `burned` or `refunded`, with the refund at the end."""
        if part == "paid":
            return sum(sum(each.paid.values()) for each in self.rounds.values())
        rounds = sum(getattr(each, part) for each in self.rounds.values())
        return rounds + (self.refunded_at_end if part == "refunded" else 0)

    def reconcile(self) -> None:
        """Check that the bounty is complete and every unit of its reward accounted for."""
        parts = [self.total(part) for part in ("paid", "treasury", "burned", "refunded")]
        if sum(parts) != self.reward:
            self.problems.append(f"the reward is {self.reward}, but its parts sum to {sum(parts)}")
        if self.state != "Completed":
            self.problems.append(f"the bounty is {self.state}, not Completed")

    def check_issuance(self) -> None:
        """Check that the change of all tokens is accounted for."""
        change = self.issuance_before - self.issuance_after
        burned = self.total("burned") + self.burned_from_bonds
        if change != burned:
            self.problems.append(f"issuance fell by {change}, but {burned} was burned")

    def check_attack(self, liars: tuple) -> None:
        """Check that a wrong result was struck and replaced, and that all liars lost bond."""
        if self.dispute is None:
            self.problems.append("no result was struck")
            return
        if self.dispute.struck_root == self.rounds[self.dispute.round].model_root:
            self.problems.append(f"round {self.dispute.round} settled what was struck")
        if set(self.dispute.slashed) != set(liars):
            self.problems.append(f"slashed were only {sorted(self.dispute.slashed)}")

    def summary(self) -> dict:
        """The summary file."""
        return {
            "rounds": [self.rounds[number].summary() for number in sorted(self.rounds)],
            "final_accuracy": self.final_accuracy,
            "central_accuracy": self.central_accuracy,
            "reward": self.reward,
            **{part: self.total(part) for part in ("paid", "treasury", "burned", "refunded")},
            "issuance_before": self.issuance_before,
            "issuance_after": self.issuance_after,
            "seconds": round(self.seconds, 1),
            **self._dispute_summary(),
        }

    def _dispute_summary(self) -> dict:
        if self.dispute is None:
            return {}
        return {
            "struck_root": self.dispute.struck_root,
            "slashed": self.dispute.slashed,
            "challenger": self.dispute.challenger,
            "challenger_paid": self.dispute.rewarded.get(self.dispute.challenger, 0),
            "final_root": self.rounds[self.dispute.round].model_root,
        }
