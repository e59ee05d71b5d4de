#!/usr/bin/env python3
"""Draw the figures and tables of docs/contribution-study.md from the raw results beside it.

Reads the .csv files of docs/contribution-study, writes accuracy.svg, pay.svg and rounds.svg there,
and puts the tables between the page's markers. Needs Python alone.
With --check nothing is written; it fails if page or figures are not what the results give.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path
from statistics import correlation, mean, stdev

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from report_page import COLOURS, Figure, numbers, page_with, write_or_check  # noqa: E402

PAGE = ROOT / "docs/contribution-study.md"
RESULTS = PAGE.with_suffix("")
TEST_IMAGES, HONEST, EQUAL = 297, 8, 10.0
SIZES = (100, 200, 400)
FREE_RIDERS = ("zero update", "noise", "stale aggregate", "stale copy")


def rows(name: str) -> list[dict]:
    """The rows of a file of results."""
    with open(RESULTS / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Study:
    """All results, by population and rule."""

    def __init__(self) -> None:
        self.accuracy, self.paid = defaultdict(list), defaultdict(list)
        self.rounds = defaultdict(dict)
        for row in rows("accuracy.csv"):
            counts = [int(value) for name, value in row.items() if name.startswith("round_")]
            key = row["population"], row["rule"]
            self.accuracy[key].append([100 * count / TEST_IMAGES for count in counts])
        for row in rows("pay.csv"):
            paid = [float(value) for name, value in row.items() if name.startswith("paid_")]
            key = row["population"], row["rule"], int(row["slice_examples"])
            self.paid[key].append(paid)
        trainers = rows("trainers.csv")  # By seed and slot, as pay.csv is.
        self.images = [int(row["images"]) for row in trainers]
        self.largest = [float(row["largest_label_percent"]) for row in trainers]
        for row in rows("marginals.csv"):
            key = row["population"], row["rule"], int(row["slice_examples"]), row["trainers"]
            self.rounds[key][int(row["round"])] = row
        self.populations = list(dict.fromkeys(population for population, _ in self.accuracy))
        self.rules = list(dict.fromkeys(rule for _, rule in self.accuracy))
        self.seeds = len(self.accuracy[self.populations[0], self.rules[0]])

    @staticmethod
    def share(rounds: dict[int, dict], first: int, last: int, column: str) -> float:
        """A column's mean per trainer and round, in rounds first to last."""
        chosen = [rounds[number] for number in range(first, last + 1)]
        return sum(float(r[column]) for r in chosen) / sum(int(r["measured"]) for r in chosen)

    def counted(self, rounds: dict[int, dict], first: int, last: int) -> float:
        """Percent of the marginal contributions that counted."""
        return 100 * self.share(rounds, first, last, "counted")

    def paid_each(self, rounds: dict[int, dict], first: int, last: int) -> float:
        """Percent of a round's trainers' part that each was paid."""
        return self.share(rounds, first, last, "paid_percent")


def spread(values: list[float], digits: int) -> str:
    """Mean and standard deviation."""
    return f"{mean(values):.{digits}f} ± {stdev(values):.{digits}f}"


def gaps(bounties: list[list[float]]) -> list[float]:
    """By how much the mean of the first eight is above that of the last two, per bounty."""
    return [mean(paid[:HONEST]) - mean(paid[HONEST:]) for paid in bounties]


def ranked(bounties: list[list[float]]) -> float:
    """Percent of pairs in a bounty where the one of the eight earns more; ties count half."""
    pairs = [(a, b) for paid in bounties for a in paid[:HONEST] for b in paid[HONEST:]]
    return 100 * mean(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs)


def verdict(gap: float, of_bounties: float, of_trainers: float) -> str:
    """Which spreads the mean gap exceeds: of the gap over bounties, of the eight's pay."""
    if gap <= of_bounties:
        return "no"
    return "both" if gap > of_trainers else "bounties"


def accuracy_table(study: Study) -> list[str]:
    """Final accuracy."""
    lines = [
        "| population | " + " | ".join(study.rules) + " |",
        "| --- |" + " ---: |" * len(study.rules),
    ]
    for population in study.populations:
        finals = [[r[-1] for r in study.accuracy[population, rule]] for rule in study.rules]
        lines.append(f"| {population} | " + " | ".join(spread(each, 1) for each in finals) + " |")
    return lines


def pay_table(study: Study, size: int) -> list[str]:
    """Payments with slices of one size."""
    lines = [
        "| population | rule | each of the eight | each of the two | gap | gap > 0 | ranked right "
        "| above spread |",
        "| --- | --- |" + " ---: |" * 5 + " --- |",
    ]
    for population in study.populations:
        for rule in study.rules:
            bounties = study.paid[population, rule, size]
            eight = [each for paid in bounties for each in paid[:HONEST]]
            two = [each for paid in bounties for each in paid[HONEST:]]
            gap = gaps(bounties)
            lines.append(
                f"| {population} | {rule} | {spread(eight, 2)} | {spread(two, 2)} "
                f"| {spread(gap, 2)} | {sum(each > 0 for each in gap)} of {len(gap)} "
                f"| {ranked(bounties):.0f} % | {verdict(mean(gap), stdev(gap), stdev(eight))} |"
            )
    return lines


def counted_table(study: Study) -> list[str]:
    """How many marginal contributions of the eight counted, by the part of the bounty."""
    spans = ((1, 1), (2, 3), (4, 6), (7, 10))
    lines = [
        "| population | rule | slices | round 1 | 2–3 | 4–6 | 7–10 |",
        "| --- | --- | ---: |" + " ---: |" * len(spans),
    ]
    for population in ("all honest", "zero update", "flipped labels"):
        for rule in study.rules[:2]:
            for size in (SIZES[0], SIZES[-1]):
                rounds = study.rounds[population, rule, size, "first eight"]
                parts = [study.counted(rounds, *span) for span in spans]
                shares = " | ".join(f"{part:.1f} %" for part in parts)
                lines.append(f"| {population} | {rule} | {size} | {shares} |")
    return lines


def holdings_table(study: Study) -> list[str]:
    """What the pay of honest trainers goes with."""
    lines = [
        "| rule | slices | number of images | largest part of a label |",
        "| --- | ---: | ---: | ---: |",
    ]
    for rule in study.rules:
        for size in SIZES:
            paid = [each for paid in study.paid["all honest", rule, size] for each in paid]
            both = (correlation(paid, other) for other in (study.images, study.largest))
            lines.append(f"| {rule} | {size} | " + " | ".join(f"{r:.2f}" for r in both) + " |")
    return lines


def spans_table(study: Study) -> list[str]:
    """What each free-rider was paid, by the part of the bounty."""
    spans = ((1, 3), (4, 6), (7, 10))
    names = [f"{size}: {first}–{last}" for size in SIZES[::2] for first, last in spans]
    lines = [
        "| population | rule | " + " | ".join(names) + " |",
        "| --- | --- |" + " ---: |" * len(names),
    ]
    for population in FREE_RIDERS:
        for rule in study.rules:
            each = []
            for size in SIZES[::2]:
                rounds = study.rounds[population, rule, size, "last two"]
                each += [f"{study.paid_each(rounds, *span):.2f}" for span in spans]
            lines.append(f"| {population} | {rule} | " + " | ".join(each) + " |")
    return lines


def accuracy_figure(study: Study) -> str:
    """Mean accuracy after each round."""
    figure = Figure(
        "Accuracy on 297 unseen images, percent, by round", study.rules, "round", study.populations
    )
    for place, rule in enumerate(study.rules):
        figure.panel(place, numbers(range(0, 11, 2)), numbers(range(0, 101, 20)), (0, 10))
        for population, colour in zip(study.populations, COLOURS):
            means = [mean(column) for column in zip(*study.accuracy[population, rule])]
            figure.curve(list(enumerate(means)), colour)
    return figure.finish()


def pay_figure(study: Study) -> str:
    """The gap in pay by size of slices."""
    figure = Figure(
        "Pay of the eight above that of the two, per trainer, mean and standard deviation",
        study.rules,
        "examples per slice",
        study.populations,
    )
    for place, rule in enumerate(study.rules):
        ticks = {number: str(size) for number, size in enumerate(SIZES)}
        figure.panel(place, ticks, numbers(range(-1, 7)), (-0.5, 2.5))
        for number, size in enumerate(SIZES):
            for index, (population, colour) in enumerate(zip(study.populations, COLOURS)):
                gap = gaps(study.paid[population, rule, size])
                figure.bar(number + (index - 3) * 0.11, mean(gap), stdev(gap), colour)
    return figure.finish()


def rounds_figure(study: Study) -> str:
    """What the last two are paid in each round, with the largest slices."""
    figure = Figure(
        "Paid to each of the two in each round, percent of the trainers' part, slices of 400",
        study.rules,
        "round",
        study.populations,
    )
    for place, rule in enumerate(study.rules):
        figure.panel(place, numbers(range(1, 11)), numbers(range(5, 12)), (1, 10))
        for population, colour in zip(study.populations, COLOURS):
            each = study.rounds[population, rule, SIZES[-1], "last two"]
            paid = [(x, float(r["paid_percent"]) / int(r["measured"])) for x, r in each.items()]
            figure.curve(paid, colour)
    return figure.finish()


def files() -> dict[Path, str]:
    """The page and its figures."""
    study = Study()
    without = [paid for key, bounties in study.paid.items() if key[2] == 0 for paid in bounties]
    equal = {each for paid in without for each in paid}
    assert equal == {EQUAL}, "without a marginal share all are paid the same"
    tables = {"accuracy": accuracy_table(study), "counted": counted_table(study)}
    tables.update({"spans": spans_table(study), "holdings": holdings_table(study)})
    tables.update({f"pay-{size}": pay_table(study, size) for size in SIZES})
    return {
        PAGE: page_with(PAGE, tables),
        RESULTS / "accuracy.svg": accuracy_figure(study),
        RESULTS / "pay.svg": pay_figure(study),
        RESULTS / "rounds.svg": rounds_figure(study),
    }


if __name__ == "__main__":
    sys.exit(write_or_check(__doc__, files))
