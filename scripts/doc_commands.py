"""Checks that the commands on pages exist, with the options that they are given."""

import os
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path

PROGRAMS = ("sheaf", "sheaf-node", "sheaf-adversary")
HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?.*?\n.*?^\s*\1\s*$", re.DOTALL | re.MULTILINE)
SEPARATORS = set("();<>|&\n")
OPTION = re.compile(r"(--[a-z][a-z0-9-]*)")


def commands(text: str) -> list:
    """The simple commands of a piece of shell, as lists of words."""
    text = HEREDOC.sub("\n", text).replace("\\\n", " ")
    text = re.sub(r"[$]\(", " ; ", text)
    found = []
    for line in whole_lines(text):
        words = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
        words.whitespace_split = True
        command = []
        for word in [*words, ";"]:
            if set(word) <= SEPARATORS:
                found.append(command)
                command = []
            elif command or not re.match(r"\w+=", word):
                command.append(word)
    return [command for command in found if command]


def whole_lines(text: str):
    """Lines, joined where a quotation goes over several."""
    waiting = ""
    for line in text.splitlines():
        waiting += line + "\n"
        try:
            shlex.split(waiting, comments=True)
        except ValueError:
            continue
        yield waiting
        waiting = ""
    if waiting:
        yield waiting.replace('"', " ").replace("'", " ")


@cache
def help_text(command: tuple) -> str:
    """What a command says about itself."""
    done = subprocess.run([*command, "--help"], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise ValueError(f"`{' '.join(command)} --help` fails")
    return done.stdout


def subcommands(text: str) -> set:
    """Names under the heading of the subcommands."""
    listed = re.search(r"^Commands:\n((?:  .*\n|\n)*)", text + "\n", re.MULTILINE)
    return set(re.findall(r"^  ([a-z][\w-]*)", listed[1], re.MULTILINE)) if listed else set()


def unknown_options(words: list, program: Path) -> list:
    """Options, or the subcommand, that the program does not have."""
    path, given, known = (str(program),), words[1:], []
    while True:
        text = help_text(path)
        known += OPTION.findall(text)
        below = subcommands(text)
        name = next((word for word in given if word in below), None)
        if name is None or not below:
            break
        given = given[given.index(name) + 1 :]
        path = (*path, name)
    if below and given and re.fullmatch("[a-z][a-z-]*", given[0]):
        return [given[0]]
    options = [found[1] for word in words[1:] if (found := OPTION.match(word))]
    return [option for option in options if option not in known]


def unknown(text: str, binaries: Path, root: Path) -> list:
    """What is wrong with the commands in a block, in a sentence each."""
    problems = []
    for words in commands(text):
        program = binaries / words[0] if words[0] in PROGRAMS else root / words[0]
        is_script = words[0].startswith("scripts/") and os.access(program, os.X_OK)
        if words[0] in PROGRAMS or is_script:
            problems += [f"{words[0]} has no {name}" for name in unknown_options(words, program)]
        elif words[0].startswith("scripts/"):
            problems.append(f"there is no {words[0]} to execute")
    return problems
