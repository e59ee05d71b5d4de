"""What the demo saw.

Rounds are put together from the events of `sheaf bounty watch --json`, summed up and checked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_BLOCKS_TO_ACCEPT = 12


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
        self._check(current)

    def _check(self, current: Round) -> None:
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

    def total(self, part: str) -> int:
        """Sum of `paid`, `treasury`, `burned` or `refunded`, with the refund at the end."""
        if part == "paid":
            return sum(sum(each.paid.values()) for each in self.rounds.values())
        rounds = sum(getattr(each, part) for each in self.rounds.values())
        return rounds + (self.refunded_at_end if part == "refunded" else 0)

    def reconcile(self) -> None:
        """Check that every unit of the reward, and the change of all tokens, is accounted for."""
        parts = [self.total(part) for part in ("paid", "treasury", "burned", "refunded")]
        if sum(parts) != self.reward:
            self.problems.append(f"the reward is {self.reward}, but its parts sum to {sum(parts)}")
        change = self.issuance_before - self.issuance_after
        if change != self.total("burned"):
            burned = self.total("burned")
            self.problems.append(f"issuance fell by {change}, but {burned} was burned")
        if self.state != "Completed":
            self.problems.append(f"the bounty is {self.state}, not Completed")

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
        }


def percent(value: float | None) -> str:
    """A share for people."""
    return "unknown" if value is None else f"{100 * value:.1f} %"


def tokens(amount: int, decimals: int, places: int | None = None) -> str:
    """An amount for people: exact, or cut to some places."""
    whole, rest = divmod(abs(amount), 10**decimals)
    digits = str(rest).zfill(decimals) if decimals else ""
    exact = digits.rstrip("0")
    shown = digits[:places].rstrip("0") if places is not None else exact
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole:,}{'.' + shown if shown else ''}{'…' if len(shown) < len(exact) else ''}"


def natural(name: str) -> tuple:
    """Order in which Trainer2 comes before Trainer10."""
    return name.rstrip("0123456789"), len(name), name


def payments(paid: dict, decimals: int, symbol: str) -> str:
    """Who was paid what, grouped by the amount."""
    groups = {}
    for name, amount in sorted(paid.items(), key=lambda item: natural(item[0])):
        groups.setdefault(amount, []).append(name)
    parts = []
    for amount, who in sorted(groups.items(), reverse=True):
        each = " each" if len(who) > 1 else ""
        parts.append(f"{tokens(amount, decimals, 4)} {symbol}{each} to {', '.join(who)}")
    return "; ".join(parts) or "nobody"


def round_text(current: Round, previous, checked: dict, decimals: int, symbol: str) -> str:
    """A settled round for people; `checked` is what the client counted itself."""
    score = "not scored"
    if current.correct is not None:
        score = f"{current.correct} of {current.examples} right = {percent(current.accuracy)}"
    count = len(current.services.get("Verification", []))
    verifiers = f"{count} validator{'' if count == 1 else 's'}"
    aggregator = " and the aggregator" if current.services.get("Aggregation") else ""
    blocks = sorted(current.phases.items(), key=lambda phase: phase[1])
    waited = current.blocks_to_accept(previous)
    slow = " (SLOW)" if waited is not None and waited > MAX_BLOCKS_TO_ACCEPT else ""
    attempts = f", {current.attempts} attempts" if current.attempts > 1 else ""
    names = ("treasury", "burned", "refunded")
    rest = ", ".join(f"{name} {tokens(getattr(current, name), decimals, 4)}" for name in names)
    lines = [
        f"round {current.number}",
        f"  accuracy  {score} on its slice, recomputed: {checked.get('correct')};"
        f" {percent(checked.get('accuracy'))} of all images kept back",
        f"  included  {', '.join(current.included)}",
        f"  attested  {current.attestations} attestations; {verifiers}{aggregator} for"
        f" the accepted root {(current.model_root or 'none')[:18]}",
        f"  blocks    {', '.join(f'{name} {block}' for name, block in blocks)};"
        f" accepted {waited} after Commit closed{slow}{attempts}",
        f"  paid      {payments(current.paid, decimals, symbol)}",
        f"            {rest}",
    ]
    return "\n".join(lines)


def final_text(report: Report, decimals: int, symbol: str) -> str:
    """The end for people."""

    def row(label, amount):
        return f"  {label:<18}{tokens(amount, decimals):>34} {symbol}"

    parts = ("paid", "treasury", "burned", "refunded")
    rest = report.reward - sum(report.total(part) for part in parts)
    return "\n".join(
        [
            f"accuracy on 360 images nobody trained on: {percent(report.final_accuracy)};"
            f" a model trained centrally on all data: {percent(report.central_accuracy)}",
            "where the reward went:",
            *(row(part, report.total(part)) for part in parts),
            row("reward", report.reward) + ("  (every unit)" if rest == 0 else "  (NOT THE SUM)"),
            "all tokens:",
            row("before", report.issuance_before),
            row("after", report.issuance_after),
            row("change", report.issuance_after - report.issuance_before),
        ]
    )
