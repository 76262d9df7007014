"""One command as `code_programs` judges it, and the table of programs."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePath
from typing import Any, TypeAlias

import yaml

from holmes.policy.tables import names
from holmes.tools.shell_words import Word

TYPED = "declare the parameter as `type: integer` or with an `enum`"
WRITE_IT = "write it yourself, or declare the parameter with an `enum`"
ASSIGNED = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<index>\[[^\]]*\])?\+?=")
# A file that the author names whole; /dev/stdin is none.
OWN_FILE = re.compile(r"/(?!dev/|proc/)[\w./@+:,=-]+")
# Where a model's value stands in the text of a word; \0 is what the author filled in.
HELD = "\1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A value that would be code: on which line, what reads it so, and how to write it."""

    line: int
    what: str
    instead: str = TYPED


Judge: TypeAlias = Callable[[str, int], Iterator[Problem]]
"""The problems of a program in a text that begins on a line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One command: its words, which of them hold what a model chose, and its here-document.

    script  the problems of a script that a shell reads
    ran     notes a file that is run; it must not be one that the script could have written
    plain   whether the whole template is this one command, which is judged again when filled
    """

    words: Sequence[Word]
    held: Sequence[bool]
    script: Judge
    ran: Callable[[Word], None]
    here: tuple[Word, bool] | None = None
    plain: bool = False

    @property
    def texts(self) -> list[str]:
        """The words as they are written, with a sign for what is filled in."""
        return [
            word.text.replace("\0", HELD) if held else word.text
            for word, held in zip(self.words, self.held, strict=True)
        ]

    @property
    def name(self) -> str:
        """The program's name."""
        return program_name(self.words[0].text)

    def cut(self, start: int, end: int | None = None) -> "Call":
        """The command of these words alone."""
        return replace(self, words=self.words[start:end], held=self.held[start:end])

    def operand(self, at: int, takes: Mapping[str, int]) -> int:
        """Where the first word from `at` is that is no option; `takes` counts words of values."""
        texts = self.texts
        while at < len(texts) and texts[at][:1] in {"-", "+"} and texts[at] not in {"-", "--"}:
            at += 1 + takes.get(texts[at], 0)
        return at + (texts[at : at + 1] == ["--"])

    def problem(self, at: int, what: str, instead: str = TYPED) -> Problem:
        """What is wrong with one word."""
        line = self.words[min(at, len(self.words) - 1)].line
        return Problem(line=line, what=what, instead=instead)


@cache
def table() -> dict[str, Any]:
    """The programs of code_programs.yaml: kinds by name, and the rest as it is written."""
    text = Path(__file__).with_name("code_programs.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    starters = {name: own for own, listed in read["starters"].items() for name in names(listed)}
    kinds = {name: kind for kind, listed in read["kinds"].items() for name in names(listed)}
    read["kinds"] = kinds | dict.fromkeys(starters, "starter") | {"xargs": "xargs"}
    read["starters"] = starters
    return read


def program_name(path: str) -> str:
    """A program's name, without a folder or a version: python for /usr/bin/python3.11."""
    name = PurePath(path).name
    return name if name in table()["kinds"] else re.sub(r"(?<=[a-z])[0-9.]+$", "", name)
