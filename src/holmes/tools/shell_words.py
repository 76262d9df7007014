"""The words of a script, as `shell` reads them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Quoting: TypeAlias = Literal["bare", "single", "double", "ansi", "literal"]
Piece: TypeAlias = tuple[Literal["text", "value", "bare", "quoted"], str]
"""A part of a word: text, the marker of a value, or the name of a variable, bare or in quotes.

What a command substitution gives is a variable named `OUTPUT`, unless it can only be a number or
the name of a temporary file.
"""
OUTPUT = "()"
# Commands that print nothing but numbers, or a name of their own making, by their words.
_HARMLESS = re.compile(
    r"wc( -[a-z]+)*|nproc|seq( [^-]\S*)+|date( .*)? \+%s|true|:|mktemp( -[a-z]+)*( [^\0 ]+)?"
    r"|grep -[EFiqvwx]*c[EFivwx]*( -[eEFivwx]+)?( --)? \S+"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where in a script a marker stands; `word_start` where nothing of its word comes before."""

    quoting: Quoting
    word_start: bool


@dataclass(kw_only=True, slots=True)
class Word:
    """One word of a command, with the line that it begins on."""

    line: int
    pieces: list[Piece] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its literal text, with U+0000 for whatever is filled in."""
        return "".join(part if kind == "text" else "\0" for kind, part in self.pieces)


@dataclass(frozen=True, kw_only=True, slots=True)
class CodePlace:
    """A place where the shell itself reads values as code; `names` are variables that it reads."""

    line: int
    what: str
    values: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()


def harmless_output(commands: Sequence[Sequence[Word]]) -> bool:
    """Whether all that these commands print is a number or the name of a temporary file."""
    shown = [
        " ".join(word.text.replace(" ", "") for word in command if word.text[:2] != "<<")
        for command in commands
    ]
    return bool(shown) and all(map(_HARMLESS.fullmatch, shown))
