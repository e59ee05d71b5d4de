#!/usr/bin/env python3
"""Execute the commands of the documentation, as a reader would.

All ```sh blocks of a page run in order, in one shell (bash -euo pipefail), in a fresh copy of the
repository, with a home folder of its own and the built programs on PATH. The first that fails is
shown with its place and what it wrote. A ```text block right behind one is what it must write;
`...` in it stands for anything in a line, alone for any lines. Each page has network ports of its
own where network namespaces can be made; elsewhere one page runs after the other and the default
ports must be free.

Links between pages, and the options of the programs on them, are checked, too.

Comments in a page, invisible to readers, say more; the first kind comes before all commands:
  <!-- test: network=4 -->           validators run, the first with the default ports
  <!-- test: seconds=600 -->         what a block may take, default: 300
  <!-- test: background -->          the next block goes on in another terminal till the end
  <!-- test: background until X -->  likewise; wait until it has written X
  <!-- test: fails -->               the next block must fail
  <!-- test: not run: REASON -->     the next block is only listed
  <!-- test: run                     commands up to the end of the comment, which readers do not
                                     see; any of the above may stand for `run`
"""

import argparse
import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from doc_commands import unknown
from doc_pages import BLOCK_SECONDS, Block, Page, PageError, broken_links, mismatch
from doc_pages import page_paths, read_page
from local_network import Failure, Processes
from run_network import UsualPorts

ROOT = Path(__file__).resolve().parent.parent
NAMESPACE = ("unshare", "--net", *(() if os.geteuid() == 0 else ("--map-root-user",)))
INSIDE = 'ip link set lo up && exec "$@"'
SHELL = """
set -Eeuo pipefail
trap 'echo "$LINENO" >>"$FAILED"' ERR
while read -r -u 9 kind block output; do
	if [ "$kind" = fails ]; then
		trap - ERR
		if (. "$block") 9<&- >"$output" 2>&1; then exit 99; fi
		trap 'echo "$LINENO" >>"$FAILED"' ERR
	else
		. "$block" 9<&- >"$output" 2>&1
	fi
	: >"$output.done"
done
"""
LAST_LINES = 40


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", nargs="*", type=Path, help="default: all with commands")
    parser.add_argument("--jobs", type=int, default=8, help="pages at a time, default: 8")
    parser.add_argument("--check", action="store_true", help="links and options only")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def binaries() -> Path:
    """Where the built programs are."""
    target = os.environ.get("CARGO_TARGET_DIR") or Path.home() / ".cache/sheaf/target"
    return Path(target, "release").absolute()


def plain(text: str) -> str:
    """What a program wrote, without colours."""
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text).replace("\r", "")


class Run:
    """One page being executed."""

    def __init__(self, page: Page, folder: Path):
        self.page = page
        self.folder = folder
        self.clone, self.home, self.out = folder / "sheaf", folder / "home", folder / "out"
        self.processes = Processes(self.out)
        self.seconds = page.options.get("seconds", BLOCK_SECONDS)
        self.shell = None
        self.orders = None

    def prepare(self) -> None:
        """Make the folders: a copy of the repository without what git ignores, and a home."""
        self.out.mkdir(parents=True)
        (self.home / ".cache").mkdir(parents=True)
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "sheaf")
        (self.home / ".cache/sheaf").symlink_to(cache)
        command = [
            "git",
            "-C",
            ROOT,
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]
        listed = subprocess.run(command, check=True, capture_output=True, text=True)
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (self.clone / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.clone / name)
        (self.clone / "target").symlink_to(binaries().parent)

    def environment(self) -> dict:
        """What a reader's shell knows."""
        own = {
            name: Path.home() / f".{name.removesuffix('_HOME').lower()}"
            for name in ("CARGO_HOME", "RUSTUP_HOME")
        }
        return {
            **{name: os.environ.get(name, str(path)) for name, path in own.items()},
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "CARGO_TARGET_DIR": str(binaries().parent),
            "PATH": f"{binaries()}:{os.environ['PATH']}",
            "FAILED": str(self.out / "failed"),
        }

    def execute(self) -> None:
        """Everything that the page says."""
        self.prepare()
        if count := self.page.options.get("network"):
            network = UsualPorts(binaries() / "sheaf-node", self.processes, count)
            network.check_ports()
            network.start()
        self.open_shell()
        for block in self.page.blocks:
            if block.kind == "background":
                self.background(block)
            elif block.kind != "skip":
                self.foreground(block)
            self.nothing_failed_meanwhile()

    def stop(self) -> None:
        """Stop everything that the page started."""
        if self.orders:
            self.orders.close()
        self.processes.stop()

    def open_shell(self) -> None:
        """Start the page's shell, which is told by a pipe what to execute next."""
        reading, writing = os.pipe()
        self.shell = self.processes.start(
            "shell",
            ["bash", "-c", SHELL.replace("-u 9", f"-u {reading}").replace("9<&-", f"{reading}<&-")],
            self.environment(),
            cwd=self.clone,
            pass_fds=(reading,),
        )
        os.close(reading)
        self.orders = os.fdopen(writing, "w")

    def file(self, block: Block) -> Path:
        """The block as a file whose lines have the page's numbers."""
        path = self.out / f"{block.line}.sh"
        path.write_text("\n" * (block.line - 1) + block.text)
        return path

    def foreground(self, block: Block) -> None:
        """Execute a block and wait for its end."""
        output = self.out / f"{block.line}.out"
        self.orders.write(f"{block.kind} {self.file(block)} {output}\n")
        self.orders.flush()
        deadline = time.monotonic() + self.seconds
        done = output.with_name(f"{output.name}.done")
        while not done.exists():
            if self.shell.poll() is not None:
                self.failed(block, output)
            if time.monotonic() > deadline:
                raise Failure(f"{self.at(block)} does not end in {self.seconds} s{shown(output)}")
            time.sleep(0.05)
        if block.expected is not None:
            written = plain(output.read_text(errors="replace"))
            if lacking := mismatch(block.expected, written):
                raise Failure(f"{self.at(block)} does not write '{lacking}'{shown(output)}")

    def at(self, block: Block) -> str:
        """Where a block is, and how it begins."""
        first = next((line for line in block.text.splitlines() if line.strip()), "nothing")
        return f"{self.page.place(block.line)}: `{first.strip()}`"

    def failed(self, block: Block, output: Path) -> None:
        """Say which line of a block failed."""
        if block.kind == "fails":
            raise Failure(f"{self.at(block)} should fail, and does not{shown(output)}")
        marks = self.out / "failed"
        numbers = [int(each) for each in marks.read_text().split()] if marks.exists() else []
        lines = block.text.splitlines()
        inside = [each for each in numbers if 0 <= each - block.line < len(lines)]
        line = inside[-1] if inside else block.line
        command = lines[line - block.line].strip()
        raise Failure(f"{self.page.place(line)}: `{command}` fails{shown(output)}")

    def background(self, block: Block) -> None:
        """Execute a block in a shell of its own, and go on."""
        name = f"line {block.line}"
        command = ["bash", "-euo", "pipefail", self.file(block)]
        process = self.processes.start(name, command, self.environment(), cwd=self.clone)
        deadline = time.monotonic() + self.seconds
        log = self.processes.log(name)
        ended = False
        while block.detail not in plain(log.read_text(errors="replace")):
            if ended or time.monotonic() > deadline:
                why = f"does not write '{block.detail}'"
                raise Failure(f"{self.at(block)} {why}{shown(log)}")
            ended = process.poll() is not None
            time.sleep(0.1)

    def nothing_failed_meanwhile(self) -> None:
        """Fail if something in the background did."""
        for name, code in self.processes.ended():
            if name != "shell" and code != 0:
                log = self.processes.log(name)
                raise Failure(f"{self.page.path}, {name}: ended with {code}{shown(log)}")


def shown(log: Path) -> str:
    """The end of what a program wrote."""
    lines = plain(log.read_text(errors="replace")).splitlines() if log.exists() else []
    kept = [f"    {line}" for line in lines[-LAST_LINES:]]
    return ":\n" + "\n".join(kept) if kept else ", and writes nothing"


def run_here(page: Page) -> None:
    """Execute a page in this process's network, and leave no process and no file behind."""
    folder = Path(tempfile.mkdtemp(prefix="sheaf-docs-"))
    run = Run(page, folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(run.stop)
    run.execute()


def can_separate() -> bool:
    """Whether this account can make network namespaces."""
    command = (*NAMESPACE, "sh", "-c", INSIDE, "sh", "true")
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


class Pages:
    """Executes pages, several at a time where each can have a network of its own."""

    def __init__(self, jobs: int):
        separate = can_separate()
        self.prefix = (*NAMESPACE, "sh", "-c", INSIDE, "sh") if separate else ()
        self.jobs = jobs if separate else 1
        self.lock = threading.Lock()
        self.running = set()
        self.stopping = False

    def run(self, page: Page) -> bool:
        """Execute one page in a process of its own, and say how it went."""
        started = time.monotonic()
        command = [*self.prefix, sys.executable, __file__, "--here", page.path]
        with self.lock:
            if self.stopping:
                return False
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
            process = subprocess.Popen(command, start_new_session=True, **pipes)
            self.running.add(process)
        output, _ = process.communicate()
        with self.lock:
            self.running.discard(process)
        right = process.returncode == 0
        verdict = "passed" if right else "FAILED"
        print(f"{page.path}: {verdict} in {time.monotonic() - started:.0f} s\n{output}", end="")
        sys.stdout.flush()
        return right

    def stop(self) -> None:
        """Stop what runs, orderly."""
        with self.lock:
            self.stopping = True
            for process in self.running:
                process.terminate()

    def run_all(self, pages: list) -> bool:
        """Execute pages; the longest come first."""
        pages = sorted(pages, key=lambda page: -sum(len(block.text) for block in page.blocks))
        with ThreadPoolExecutor(self.jobs) as pool:
            try:
                return all(list(pool.map(self.run, pages)))
            except BaseException:
                self.stop()
                raise


def check(pages: list, chosen: list) -> list:
    """What is wrong with links and commands."""
    problems = broken_links(ROOT, pages)
    for page in chosen:
        for block in page.blocks:
            for problem in unknown(block.text, binaries(), ROOT):
                problems.append(f"{page.place(block.line)}: {problem}")
    return problems


def stopped(number, _frame):
    """Turn a signal into an orderly end."""
    raise SystemExit(128 + number)


def main() -> int:
    """Check, execute, and list what was not executed."""
    arguments = options()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stopped)
    try:
        if arguments.here:
            run_here(read_page(ROOT, arguments.pages[0]))
            return 0
        pages = [read_page(ROOT, path) for path in page_paths(ROOT)]
    except (Failure, PageError) as failure:
        print(failure)
        return 1
    named = {path.absolute().relative_to(ROOT) for path in arguments.pages}
    chosen = [page for page in pages if page.blocks and (not named or page.path in named)]
    for problem in (problems := check(pages, chosen)):
        print(problem)
    to_run = [] if arguments.check else [page for page in chosen if page.runs()]
    right = Pages(arguments.jobs).run_all(to_run) and not problems
    for page in chosen:
        for block in page.blocks:
            if block.kind == "skip":
                print(f"not run: {page.place(block.line)}: {block.detail}")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
