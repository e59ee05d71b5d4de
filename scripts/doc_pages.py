"""What documentation pages say to run, and to what they link.

A comment `<!-- test: ... -->`, which readers do not see, tells the test about the page or about the
block that follows it; `scripts/test_docs.py --help` lists what may stand there.
"""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

COMMENT = re.compile(r"^\s*<!--\s*test:\s*(.*)$")
FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*(\w*)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
LINK = re.compile(r"\[[^\[\]]*\]\(<?([^()\s<>]+)>?\)")
BLOCK_SECONDS = 300
SHELLS = ("sh", "bash", "console")


class PageError(Exception):
    """What is wrong with a page, with its place."""


@dataclass
class Block:
    """Commands of a page."""

    line: int
    text: str
    kind: str = "run"
    detail: str = ""
    expected: str | None = None


@dataclass
class Page:
    """A page, its options and its commands in order."""

    path: Path
    options: dict = field(default_factory=dict)
    blocks: list = field(default_factory=list)
    links: list = field(default_factory=list)
    anchors: set = field(default_factory=set)

    def place(self, line: int) -> str:
        """Where in the page something is."""
        return f"{self.path}:{line}"

    def runs(self) -> bool:
        """Whether the page has commands to execute."""
        return any(block.kind != "skip" for block in self.blocks)


def instruction(text: str, place: str) -> tuple:
    """Kind and detail of the block that a comment is about."""
    if text.startswith("not run:") and text[8:].strip():
        return "skip", text[8:].strip()
    if text == "fails":
        return "fails", ""
    if text == "background":
        return "background", ""
    if text.startswith("background until ") and text[17:].strip():
        return "background", text[17:].strip()
    raise PageError(f"{place}: unknown test comment '{text}'")


def page_options(text: str, place: str) -> dict:
    """Options of a whole page."""
    options = {}
    for part in text.split():
        name, _, value = part.partition("=")
        if name not in ("network", "seconds") or not value.isdecimal():
            raise PageError(f"{place}: unknown option '{part}'")
        options[name] = int(value)
    return options


def anchor(heading: str, taken: set) -> str:
    """A heading's anchor, as GitHub makes it."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    plain = re.sub(r"[^\w\- ]", "", plain.replace("`", "").lower()).replace(" ", "-")
    name, count = plain, 0
    while name in taken:
        count += 1
        name = f"{plain}-{count}"
    return name


class Reader:
    """Reads one page, line by line."""

    def __init__(self, path: Path, text: str):
        self.page = Page(path)
        self.lines = text.splitlines()
        self.number = 0
        self.pending = None
        self.last = None

    def read(self) -> Page:
        """The page."""
        while self.number < len(self.lines):
            line = self.lines[self.number]
            if match := COMMENT.match(line):
                self.comment(match[1])
            elif match := FENCE.match(line):
                self.fence(match)
            elif line.strip():
                self.prose(line)
            self.number += 1
        self.no_comment_waits()
        return self.page

    def here(self) -> str:
        """The place of the present line."""
        return self.page.place(self.number + 1)

    def no_comment_waits(self) -> None:
        """Fail if a comment is about a block that does not follow it."""
        if self.pending:
            raise PageError(f"{self.here()}: no commands follow the test comment before this line")

    def comment(self, begin: str) -> None:
        """A comment for the test, on one line or several."""
        self.no_comment_waits()
        place, first = self.here(), self.number + 1
        lines = [begin]
        while "-->" not in lines[-1]:
            self.number += 1
            if self.number == len(self.lines):
                raise PageError(f"{place}: the comment does not end")
            lines.append(self.lines[self.number])
        lines[-1] = lines[-1].partition("-->")[0]
        head = lines[0].strip()
        if len(lines) > 1:
            self.hidden(head, lines[1:], first, place)
        elif "=" in head.split(" ")[0]:
            if self.page.blocks:
                raise PageError(f"{place}: a page's options come before its first commands")
            self.page.options.update(page_options(head, place))
        else:
            self.pending = instruction(head, place)

    def hidden(self, head: str, lines: list, first: int, place: str) -> None:
        """Commands that readers do not see."""
        kind, detail = ("run", "") if head == "run" else instruction(head, place)
        self.page.blocks.append(Block(first + 1, "\n".join(lines).rstrip() + "\n", kind, detail))
        self.last = None

    def fence(self, opening: re.Match) -> None:
        """A block between fences."""
        place, first = self.here(), self.number + 2
        indent, marks, language = opening.groups()
        lines = []
        while True:
            self.number += 1
            if self.number == len(self.lines):
                raise PageError(f"{place}: the block does not end")
            line = self.lines[self.number]
            if re.fullmatch(rf"\s*{marks[0]}{{{len(marks)},}}\s*", line):
                break
            lines.append(line.removeprefix(indent))
        text = "".join(f"{line}\n" for line in lines)
        if language in SHELLS:
            kind, detail = self.pending or ("run", "")
            self.last = Block(first, text, kind, detail)
            self.page.blocks.append(self.last)
            self.pending = None
            return
        self.no_comment_waits()
        if language == "text" and self.last and self.last.kind in ("run", "fails"):
            self.last.expected = text
        self.last = None

    def prose(self, line: str) -> None:
        """A line outside blocks."""
        self.no_comment_waits()
        self.last = None
        if heading := HEADING.match(line):
            self.page.anchors.add(anchor(heading[1], self.page.anchors))
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            self.page.links.append((self.number + 1, target))


def read_page(root: Path, path: Path) -> Page:
    """A page of the repository."""
    return Reader(path, (root / path).read_text()).read()


def page_paths(root: Path) -> list:
    """The repository's pages."""
    command = ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run([*command, "*.md"], check=True, capture_output=True, text=True)
    return sorted(
        Path(name) for name in listed.stdout.split("\0") if name and (root / name).exists()
    )


def broken_links(root: Path, pages: list) -> list:
    """Links that lead nowhere."""
    anchors = {page.path: page.anchors for page in pages}
    problems = []
    for page in pages:
        for line, target in page.links:
            # Addresses, and Rust paths, which rustdoc checks.
            if re.match(r"[a-z][a-z0-9+.-]*:", target) or "::" in target:
                continue
            name, _, fragment = target.partition("#")
            path = root / page.path.parent / name if name else root / page.path
            if not path.exists():
                problems.append(f"{page.place(line)}: there is no {target}")
                continue
            known = anchors.get(path.resolve().relative_to(root.resolve()))
            if fragment and known is not None and fragment not in known:
                problems.append(f"{page.place(line)}: there is no heading for {target}")
    return problems


def mismatch(expected: str, output: str) -> str | None:
    """The first promised line that the output lacks. `...` stands for anything in a line, and alone
    for any lines."""
    promised = [line.rstrip() for line in expected.rstrip().splitlines()]
    written = [line.rstrip() for line in output.rstrip().splitlines()]
    # Where in the output the promised lines read so far may end.
    ends = {0}
    for line in promised:
        if line.strip() == "...":
            ends = set(range(min(ends), len(written) + 1))
            continue
        pattern = re.compile(".*".join(map(re.escape, line.split("..."))))
        ends = {end + 1 for end in ends if end < len(written) and pattern.fullmatch(written[end])}
        if not ends:
            return line
    return None if len(written) in ends else "(the end of the output)"
