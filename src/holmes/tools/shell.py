"""What a command line means to a shell: whether it needs one, and where a value lands in it."""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Quoting: TypeAlias = Literal["bare", "single", "double"]

# Words that are the shell's own, where no program of that name is meant.
_SHELL_WORDS = """
    ! . : [ [[ { alias bg case cd command declare do done elif else esac eval exec exit export
    fg fi for function if local read return select set shift shopt source test then time
    times trap type ulimit umask unset until while
"""
_SPECIAL_BARE = frozenset("|&;<>()$`\\\n*?[]{}~#!")
_SPECIAL_IN_DOUBLE = frozenset("$`\\!")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where in a script a marker stands; `word_start` where nothing of its word comes before."""

    quoting: Quoting
    word_start: bool


def needs_shell(line: str) -> bool:
    """Whether a line is more than a program and its arguments.

    Pipes, redirects, expansions, globs, `;`, several lines, assignments and the shell's own words
    need a shell. A line that can't be read (an open quote) is left to the shell to complain about.
    """
    quote = ""
    for char in line:
        if quote:
            if char == quote:
                quote = ""
            elif quote == '"' and char in _SPECIAL_IN_DOUBLE:
                return True
        elif char in "'\"":
            quote = char
        elif char in _SPECIAL_BARE:
            return True
    if quote:
        return True
    words = shlex.split(line)
    return not words or words[0] in _SHELL_WORDS.split() or bool(_ASSIGNMENT.match(words[0]))


def fill_script(
    script: str, marker: re.Pattern[str], fill: Callable[[re.Match[str], Place], str]
) -> str:
    """Replace each marker with what `fill(match, place)` gives for the place it stands in."""
    scanner = _Scanner()
    parts: list[str] = []
    end = 0
    for match in marker.finditer(script):
        scanner.read(script[end : match.start()])
        parts += (script[end : match.start()], fill(match, scanner.place()))
        scanner.word_start = False
        end = match.end()
    return "".join((*parts, script[end:]))


@dataclass(slots=True)
class _Scanner:
    """Follows quotes, `$(…)` and backquotes through a script.

    It is no parser: case patterns and here-documents can mislead it. That costs a value its quotes
    at worst, never makes code of it, since values travel in variables (see `template`).
    """

    nesting: list[str] = field(default_factory=list)
    word_start: bool = True

    def place(self) -> Place:
        top = self.nesting[-1] if self.nesting else ""
        quoting: Quoting = "single" if top == "'" else "double" if top == '"' else "bare"
        return Place(quoting=quoting, word_start=self.word_start)

    def read(self, text: str) -> None:
        position = 0
        while position < len(text):
            top = self.nesting[-1] if self.nesting else ""
            if top == "'":
                position += self._in_single(text, position)
            elif text[position] == "\\":
                self.word_start = False
                position += 2
            elif top == '"':
                position += self._in_double(text, position)
            else:
                position += self._bare(text, position)

    def _in_single(self, text: str, position: int) -> int:
        if text[position] == "'":
            self.nesting.pop()
        else:
            self.word_start = False
        return 1

    def _in_double(self, text: str, position: int) -> int:
        if text[position] == '"':
            self.nesting.pop()
            return 1
        return self._open_or_text(text, position)

    def _bare(self, text: str, position: int) -> int:
        char = text[position]
        if char == "#" and self.word_start:
            line = text[position:].split("\n", 1)[0]
            return len(line)
        if char in " \t\n|&;<>":
            self.word_start = True
            return 1
        if char in "'\"":
            self.nesting.append(char)
            return 1
        if char == ")" and self.nesting and self.nesting[-1] == "(":
            self.nesting.pop()
            self.word_start = False
            return 1
        if char == "(":
            self.nesting.append("(")
            self.word_start = True
            return 1
        return self._open_or_text(text, position)

    def _open_or_text(self, text: str, position: int) -> int:
        """Open or close a command substitution, or read one plain character."""
        if text.startswith("$(", position):
            self.nesting.append("(")
            self.word_start = True
            return 2
        if text[position] == "`":
            if "`" in self.nesting:
                while self.nesting.pop() != "`":
                    pass
            else:
                self.nesting.append("`")
            self.word_start = True
            return 1
        self.word_start = False
        return 1
