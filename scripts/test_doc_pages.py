#!/usr/bin/env python3
"""Tests of how documentation is read and executed; scripts/test.sh runs them."""

import os
import stat
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import test_docs
from doc_commands import commands, help_text, subcommands, unknown
from doc_pages import PageError, Reader, broken_links, mismatch, read_page
from local_network import Failure

PAGE = Path("docs/page.md")
HELP = """Usage: sheaf [OPTIONS] <COMMAND>

Commands:
  node    Nodes
  bounty  Bounties

Options:
      --json  JSON
"""


def page(text: str):
    """A page with this text."""
    return Reader(PAGE, text).read()


def kinds(text: str) -> list:
    """What is to be done with a page's blocks."""
    return [(block.line, block.kind, block.detail) for block in page(text).blocks]


class Pages(unittest.TestCase):
    """scripts/doc_pages.py: blocks"""

    def test_commands_are_found_with_their_lines(self):
        found = page("# A\n\n```sh\none\ntwo\n```\n\n- b\n  ```sh\n  three\n  ```\n").blocks
        self.assertEqual(
            [(each.line, each.text) for each in found], [(4, "one\ntwo\n"), (10, "three\n")]
        )

    def test_other_blocks_are_no_commands(self):
        self.assertEqual(kinds("```json\n{}\n```\n~~~~text\n```sh\n~~~~\n"), [])

    def test_a_comment_is_about_the_block_that_follows(self):
        text = "<!-- test: {} -->\n\n```sh\na\n```\n```sh\nb\n```\n"
        for comment, wanted in (
            ("background", ("background", "")),
            ("background until all is well", ("background", "all is well")),
            ("not run: it takes hours", ("skip", "it takes hours")),
            ("fails", ("fails", "")),
        ):
            self.assertEqual(kinds(text.format(comment)), [(4, *wanted), (7, "run", "")])

    def test_hidden_commands_run_in_their_place(self):
        text = (
            "<!-- test: run\none\ntwo\n-->\n\n```sh\nthree\n```\n<!-- test: background\nfour\n-->\n"
        )
        self.assertEqual(kinds(text), [(2, "run", ""), (7, "run", ""), (10, "background", "")])
        self.assertEqual(page(text).blocks[0].text, "one\ntwo\n")

    def test_what_the_test_does_not_understand_is_refused(self):
        block = "```sh\na\n```\n"
        for text in (
            f"<!-- test: sometimes -->\n{block}",
            f"<!-- test: not run: -->\n{block}",
            f"<!-- test: network=many -->\n{block}",
            f"<!-- test: colour=3 -->\n{block}",
            f"{block}<!-- test: network=4 -->\n",
            f"<!-- test: fails -->\nProse between.\n\n{block}",
            "<!-- test: fails -->\n",
            f"<!-- test: fails -->\n<!-- test: fails -->\n{block}",
            "<!-- test: run\nno end\n",
            "```sh\nno end\n",
        ):
            with self.assertRaises(PageError, msg=text):
                page(text)

    def test_options_are_the_pages(self):
        read = page("<!-- test: network=4 seconds=9 -->\n```sh\na\n```\n")
        self.assertEqual(read.options, {"network": 4, "seconds": 9})

    def test_output_is_promised_right_behind_commands_only(self):
        promised = "```sh\na\n```\n\n```text\nb\n```\n"
        self.assertEqual(page(promised).blocks[0].expected, "b\n")
        between = "```sh\na\n```\nProse.\n```text\nb\n```\n"
        self.assertIsNone(page(between).blocks[0].expected)


class Output(unittest.TestCase):
    """scripts/doc_pages.py: promised output"""

    def test_dots_stand_for_what_varies(self):
        for promised, written in (
            ("a\nb\n", "a \nb\n\n"),
            ("block ... is final\n", "block 17 is final\n"),
            ("...\nb\n", "x\na\nb\n"),
            ("a\n...\n", "a\n"),
            ("a\n...\nb\n...\nc", "a\nb\nb\nx\nc"),
            ("...end", "the end"),
        ):
            self.assertIsNone(mismatch(promised, written), promised)

    def test_everything_else_must_be_there(self):
        for promised, written in (
            ("a\n", "b\n"),
            ("a\n", "a\nb\n"),
            ("a\nb\n", "a\n"),
            ("a\n...\nc\n", "a\nb\n"),
            ("a.c\n", "abc\n"),
            ("...\nb\n", "b\nc\n"),
        ):
            self.assertIsNotNone(mismatch(promised, written), promised)


class Links(unittest.TestCase):
    """scripts/doc_pages.py: links"""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "docs").mkdir()

    def broken(self, text: str) -> int:
        """How many links of a page lead nowhere, beside one with headings."""
        (self.root / "README.md").write_text("# One `sheaf`, two\n\n## A\n\n## A\n```\n# B\n```\n")
        (self.root / PAGE).write_text(text)
        return len(
            broken_links(
                self.root, [read_page(self.root, each) for each in (PAGE, Path("README.md"))]
            )
        )

    def test_links_to_what_exists_are_right(self):
        for target in (
            "../README.md",
            "../README.md#one-sheaf-two",
            "../README.md#a-1",
            "#here",
            "..",
        ):
            self.assertEqual(self.broken(f"# Here\n\n[a]({target})"), 0, target)

    def test_addresses_and_examples_are_not_looked_at(self):
        text = "[a](https://example.org/x) [b](crate::Thing) `[c](nowhere.md)`\n```text\n[d](nowhere.md)\n```\n"
        self.assertEqual(self.broken(text), 0)

    def test_links_to_what_is_missing_are_found(self):
        for target in ("gone.md", "../README.md#b", "../README.md#a-2", "#there"):
            self.assertEqual(self.broken(f"# Here\n\n[a]({target}) [b](../README.md)"), 1, target)


class Commands(unittest.TestCase):
    """scripts/doc_commands.py"""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        program = self.folder / "sheaf"
        program.write_text(
            f'#!/bin/sh\ncase "$*" in *node*) echo "--bond N";; *) cat <<"E"\n{HELP}E\n;; esac\n'
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        help_text.cache_clear()

    def unknown(self, text: str) -> list:
        """What is wrong with a block."""
        return unknown(text, self.folder, self.folder)

    def test_commands_are_told_apart(self):
        text = "A=1 a --b \\\n  c | d 'x; y' > e & # f\nx=$(g h)\ni <<END\nsheaf j\nEND\n"
        self.assertEqual(
            commands(text), [["a", "--b", "c"], ["d", "x; y"], ["e"], ["g", "h"], ["i"]]
        )

    def test_subcommands_are_read_from_the_help(self):
        self.assertEqual(subcommands(HELP), {"node", "bounty"})
        self.assertEqual(subcommands("Options:\n  --json\n"), set())

    def test_what_exists_is_accepted(self):
        for text in (
            "sheaf --json node --bond 3",
            "SHEAF_KEY=x sheaf node --json",
            "other --wrong",
        ):
            self.assertEqual(self.unknown(text), [], text)

    def test_what_does_not_exist_is_found(self):
        for text in (
            "sheaf nodes",
            "sheaf node --wrong=3",
            "x | sheaf --bond 3",
            "scripts/gone.sh",
        ):
            self.assertEqual(len(self.unknown(text)), 1, text)


class Execution(unittest.TestCase):
    """scripts/test_docs.py"""

    def run_page(self, text: str) -> None:
        """Execute a page."""
        with tempfile.TemporaryDirectory() as folder:
            run = test_docs.Run(page(text), Path(folder))
            # No copy of the repository: these pages need none.
            with mock.patch.object(test_docs.subprocess, "run") as listed:
                listed.return_value.stdout = ""
                run.clone.mkdir()
                try:
                    run.execute()
                finally:
                    run.stop()

    def fails(self, text: str) -> str:
        """Execute a page that fails, and return what is said."""
        with self.assertRaises(Failure) as caught:
            self.run_page(text)
        return str(caught.exception)

    def test_blocks_share_a_shell(self):
        self.run_page("```sh\na=1; cd /\n```\n```sh\necho $a $PWD\n```\n```text\n1 /\n```\n")

    def test_a_failure_is_shown_with_its_line(self):
        said = self.fails("```sh\ntrue\necho so\nfalse | true\ntrue\n```\n")
        self.assertIn("docs/page.md:4: `false | true` fails", said)
        self.assertIn("so", said)

    def test_a_failure_in_a_function_and_an_unset_variable_are_failures(self):
        self.assertIn("fails", self.fails("```sh\nf() { false; }\nf\n```\n"))
        self.assertIn("fails", self.fails("```sh\necho $nothing\n```\n"))

    def test_other_output_is_a_failure(self):
        self.assertIn("does not write 'b'", self.fails("```sh\necho a\n```\n```text\nb\n```\n"))

    def test_what_should_fail_must(self):
        comment = "<!-- test: fails -->\n"
        self.run_page(f"{comment}```sh\necho a; exit 3\n```\n```text\na\n```\n```sh\ntrue\n```\n")
        self.assertIn("should fail", self.fails(f"{comment}```sh\ntrue\n```\n"))

    def test_the_background_goes_on_and_must_not_fail(self):
        block = "<!-- test: background until b -->\n```sh\necho a; sleep 0.2; echo b; {}\n```\n"
        after = "```sh\nsleep 0.5\n```\n"
        self.run_page(block.format("sleep 100") + after)
        self.run_page(block.format("true") + after)
        self.assertIn("ended with 3", self.fails(block.format("exit 3") + after))
        self.assertIn("does not write 'b'", self.fails(block.format("").replace("echo b", ":")))

    def test_a_block_that_does_not_end_is_a_failure(self):
        said = self.fails("<!-- test: seconds=1 -->\n```sh\nsleep 60\n```\n")
        self.assertIn("does not end in 1 s", said)

    def test_home_is_not_the_users(self):
        with mock.patch.dict(os.environ, {"HOME": "/elsewhere"}):
            self.run_page('```sh\n[[ $HOME != /elsewhere ]] && test -d "$HOME"\n```\n')


if __name__ == "__main__":
    unittest.main()
