"""What the demo says: rounds and sums for people."""

from __future__ import annotations

from bounty_report import Report, Round

MAX_BLOCKS_TO_ACCEPT = 12
DISPUTES = ("ResultStruck", "ChallengeOpened", "ChallengeBondPaid", "Penalised", "SlashApplied")


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


def dispute_text(event: dict, report: Report, decimals: int, symbol: str) -> str:
    """What happens to a wrong result, for people."""

    def name(field: str) -> str:
        return report.name(event[field]) if event.get(field) else "nobody"

    def amount() -> str:
        return f"{tokens(int(event['amount']), decimals)} {symbol}"

    kind, where = event["event"], f"round {event['round']}"
    if kind == "ResultStruck":
        offenders = ", ".join(report.name(account) for account in event["offenders"])
        return (
            f"{where}: the model {event['root'][:18]} is struck by {name('challenger')};"
            f" {offenders} attested it"
        )
    if kind == "ChallengeOpened":
        return f"{where}: {name('challenger')} asks the attesters to show the model's hash tree"
    if kind == "ChallengeBondPaid":
        return f"{where}: the challenge's bond of {amount()} goes to {name('account')}"
    if kind == "Penalised":
        return f"{where}: {name('account')} pays a penalty of {amount()} ({event['conduct']})"
    rewards = {report.name(to): int(part) for to, part in event["paid"].items()}
    return (
        f"{where}: {name('account')} is slashed by {amount()}; of it"
        f" {payments(rewards, decimals, symbol)}"
    )


def final_text(report: Report, decimals: int, symbol: str) -> str:
    """The end for people."""

    def row(label, amount):
        return f"  {label:<18}{tokens(amount, decimals):>34} {symbol}"

    dispute = []
    if report.dispute:
        lost = sum(report.dispute.slashed.values())
        dispute = [
            "what the wrong model cost those who attested it:",
            row("slashed", lost),
            *(row(f"to {name}", part) for name, part in report.dispute.rewarded.items()),
            row("burned", report.dispute.burned),
        ]
    parts = ("paid", "treasury", "burned", "refunded")
    rest = report.reward - sum(report.total(part) for part in parts)
    return "\n".join(
        [
            f"accuracy on 360 images nobody trained on: {percent(report.final_accuracy)};"
            f" a model trained centrally on all data: {percent(report.central_accuracy)}",
            "where the reward went:",
            *(row(part, report.total(part)) for part in parts),
            row("reward", report.reward) + ("  (every unit)" if rest == 0 else "  (NOT THE SUM)"),
            *dispute,
            "all tokens:",
            row("before", report.issuance_before),
            row("after", report.issuance_after),
            row("change", report.issuance_after - report.issuance_before),
        ]
    )
