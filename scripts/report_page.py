"""Tables and figures of a page in docs/ that are made from results beside it."""

from __future__ import annotations

import argparse
from math import ceil, log10
from pathlib import Path

COLOURS = ("#222222", "#1f77b4", "#17becf", "#2ca02c", "#9467bd", "#ff7f0e", "#d62728")


def numbers(values) -> dict[float, str]:
    """Ticks named by their numbers."""
    return {value: f"{value:g}" for value in values}


def ticks(top: float) -> dict[float, str]:
    """About five ticks from zero to above a value."""
    power = 10 ** int(log10(top))
    step = next(step for step in (power / 5, power / 2, power, 2 * power) if 6 * step >= top)
    return {place * step: f"{place * step:,g}" for place in range(ceil(top / step) + 1)}


def table(head: list[str], rows: list[list], texts: int = 1) -> list[str]:
    """A table; the first columns hold texts, the others numbers."""
    ruler = ["---" if place < texts else "---:" for place in range(len(head))]
    return [f"| {' | '.join(str(cell) for cell in row)} |" for row in (head, ruler, *rows)]


def digits(value: float) -> str:
    """Three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def size(count: float) -> str:
    """Bytes for people."""
    for unit, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if count >= unit:
            return f"{digits(count / unit)} {name}"
    return f"{count:.0f} B"


def unit_of(seconds: float) -> tuple[float, str]:
    """The unit in which a time reads best."""
    units = ((1, "s"), (1e-3, "ms"), (1e-6, "µs"))
    return next((each for each in units if seconds >= each[0]), (1e-9, "ns"))


def duration(seconds: float) -> str:
    """Seconds for people."""
    unit, name = unit_of(seconds)
    return f"{digits(seconds / unit)} {name}"


def percent(part: float, whole: float) -> str:
    """A share."""
    return f"{100 * part / whole:.3g} %"


def span(values: list[float], text) -> str:
    """Least and most, or one if they read the same."""
    least, most = text(min(values)), text(max(values))
    return least if least == most else f"{least} – {most}"


class Figure:
    """Panels side by side, with a legend below."""

    WIDTH, HEIGHT, LEFT, TOP = 250, 190, 46, 34

    def __init__(
        self, title: str, panels: list[str], axis: str, legend: list[str], own_scales: bool = False
    ) -> None:
        """`axis` names x; with `own_scales` each panel names its own ticks of y."""
        self.own_scales = own_scales
        self.gap = 60 if own_scales else 20
        self.width = self.LEFT + len(panels) * (self.WIDTH + self.gap)
        self.height = self.TOP + self.HEIGHT + 74
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            'font-family="sans-serif" font-size="11">',
            f"<title>{title}</title>",
            f'<rect width="{self.width}" height="{self.height}" fill="white"/>',
        ]
        for place, name in enumerate(panels):
            middle = self.LEFT + place * (self.WIDTH + self.gap) + self.WIDTH / 2
            self.text(middle, self.TOP - 10, name, weight="bold")
            self.text(middle, self.TOP + self.HEIGHT + 30, axis)
        step = (self.width - self.LEFT) / max(1, len(legend))
        for place, name in enumerate(legend):
            x, y = self.LEFT + place * step, self.height - 14
            self.line(x, y - 4, x + 16, y - 4, COLOURS[place], 3)
            self.text(x + 20, y, name, anchor="start")

    def text(self, x: float, y: float, text: str, anchor="middle", weight="normal") -> None:
        """Writes a text."""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">'
            f"{text}</text>"
        )

    def line(self, x1, y1, x2, y2, colour: str, width: float = 1) -> None:
        """Draws a line."""
        self.parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}" stroke-width="{width}"/>'
        )

    def panel(self, place: int, xs: dict[float, str], ys: dict[float, str], span: tuple) -> None:
        """Starts a panel: ticks of both axes with their names; `span` is the range of x."""
        self.x0, self.y0 = self.LEFT + place * (self.WIDTH + self.gap), self.TOP + self.HEIGHT
        self.xs, self.ys = span, (min(ys), max(ys))
        for y, name in ys.items():
            at = self.at(span[0], y)[1]
            self.line(self.x0, at, self.x0 + self.WIDTH, at, "#dddddd")
            if place == 0 or self.own_scales:
                self.text(self.x0 - 6, at + 4, name, anchor="end")
        for x, name in xs.items():
            self.text(self.at(x, min(ys))[0], self.y0 + 15, name)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """A point of the panel."""
        (left, right), (low, high) = self.xs, self.ys
        across = self.x0 + (x - left) / (right - left) * self.WIDTH
        return across, self.y0 - (min(max(y, low), high) - low) / (high - low) * self.HEIGHT

    def curve(self, points: list[tuple[float, float]], colour: str) -> None:
        """Draws a line through points."""
        text = " ".join("{:.1f},{:.1f}".format(*self.at(*point)) for point in points)
        self.parts.append(
            f'<polyline points="{text}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
        )

    def bar(self, x: float, middle: float, deviation: float, colour: str) -> None:
        """Draws a point with its standard deviation."""
        (across, low), (_, high) = self.at(x, middle - deviation), self.at(x, middle + deviation)
        self.line(across, low, across, high, colour, 1.4)
        centre = self.at(x, middle)[1]
        self.parts.append(f'<circle cx="{across:.1f}" cy="{centre:.1f}" r="3" fill="{colour}"/>')

    def finish(self) -> str:
        """The file."""
        return "\n".join([*self.parts, "</svg>"]) + "\n"


def page_with(page: Path, tables: dict[str, list[str]]) -> str:
    """The page with the tables between `<!-- name -->` and `<!-- end -->`."""
    text = page.read_text(encoding="utf-8")
    for name, lines in tables.items():
        start = text.index(f"<!-- {name} -->") + len(f"<!-- {name} -->")
        end = text.index("<!-- end -->", start)
        text = text[:start] + "\n" + "\n".join(lines) + "\n" + text[end:]
    return text


def write_or_check(description: str, make) -> int:
    """Take the command line and write what `make` returns, texts by path; with --check, only compare."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    options = parser.parse_args()
    for path, text in make().items():
        if not options.check:
            path.write_text(text, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != text:
            raise SystemExit(f"report: {path} is not what the results give; run it without --check")
    return 0
