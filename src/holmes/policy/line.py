"""One command line as a model writes it, split into programs and words without a shell.

Quotes, backslashes and pipes mean what they mean to a shell. Everything that would make a shell
do more than start the programs that are named is refused: redirections, substitutions, several
commands, variables, comments, several lines.
"""

import unicodedata
from collections.abc import Sequence

from holmes.policy.tables import Refusal

MAX_LENGTH = 4000
MAX_STAGES = 8

_REFUSED = {
    ";": 'only one command runs, and ";" begins another',
    "&": 'only one command runs, and "&" begins another',
    "<": 'redirections ("<") are not allowed',
    ">": 'redirections (">", also to /dev/null) are not allowed',
    "`": "command substitution (backquotes) is not allowed",
    "(": "subshells and functions are not allowed; quote a literal parenthesis",
    ")": "subshells and functions are not allowed; quote a literal parenthesis",
}
_DOLLAR = (
    'variables and substitution ("$") are not allowed; quote a literal dollar in single quotes'
)
# After a dollar these begin nothing: the end of a regular expression, mostly.
_HARMLESS_AFTER_DOLLAR = frozenset(" \t|/")


def split(line: str) -> tuple[tuple[str, ...], ...] | Refusal:
    """The stages of a pipeline as words, or why the line is refused."""
    line = line.strip()
    if not line:
        return "the command is empty"
    if len(line) > MAX_LENGTH:
        return f"the command is longer than {MAX_LENGTH} characters"
    if refused := _odd_character(line):
        return refused
    splitter = _Splitter(line)
    stages = splitter.split()
    if isinstance(stages, Refusal):
        return stages
    if len(stages) > MAX_STAGES:
        return f"more than {MAX_STAGES} programs in one pipe are not allowed"
    if not all(stages):
        return "a program is missing before or after a pipe"
    return tuple(tuple(stage) for stage in stages)


def _odd_character(line: str) -> Refusal:
    """Refuse line breaks, control characters and what looks like nothing or like a space."""
    for char in line:
        if char in "\n\r\v\f\x85\u2028\u2029":
            return "a line break is not allowed: one command line, please"
        category = unicodedata.category(char)
        if (char != " " and category[0] in "CZ" and char != "\t") or category == "Mn":
            return f"the character U+{ord(char):04X} is not allowed"
    return ""


class _Splitter:
    """One pass over a line."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._at = 0
        self._word: list[str] | None = None
        self._stages: list[list[str]] = [[]]

    def split(self) -> Sequence[Sequence[str]] | Refusal:
        while self._at < len(self._line):
            char = self._line[self._at]
            self._at += 1
            refused = self._take(char)
            if refused:
                return refused
        self._end_word()
        return self._stages

    def _take(self, char: str) -> Refusal:
        refused = _REFUSED.get(char, "")
        if char in " \t":
            self._end_word()
        elif char == "|":
            refused = self._pipe()
        elif char == "'":
            refused = self._single()
        elif char == '"':
            refused = self._double()
        elif char == "\\":
            refused = self._escaped()
        elif char == "#" and self._word is None:
            refused = "comments are not allowed"
        elif char == "$":
            refused = self._dollar()
        else:
            self._add(char)
        return refused

    def _add(self, text: str) -> None:
        if self._word is None:
            self._word = []
        self._word.append(text)

    def _end_word(self) -> None:
        if self._word is not None:
            self._stages[-1].append("".join(self._word))
            self._word = None

    def _pipe(self) -> Refusal:
        if self._line[self._at : self._at + 1] in {"|", "&"} and self._at < len(self._line):
            return 'only one command runs: "||" and "|&" are not allowed'
        self._end_word()
        self._stages.append([])
        return ""

    def _single(self) -> Refusal:
        end = self._line.find("'", self._at)
        if end < 0:
            return "a quote is not closed"
        self._add(self._line[self._at : end])
        self._at = end + 1
        return ""

    def _double(self) -> Refusal:
        self._add("")
        while self._at < len(self._line):
            char = self._line[self._at]
            self._at += 1
            if char == '"':
                return ""
            refused = self._in_double(char)
            if refused:
                return refused
        return "a quote is not closed"

    def _in_double(self, char: str) -> Refusal:
        if char == "`":
            return _REFUSED["`"]
        if char == "$":
            return self._dollar(end='"')
        following = self._line[self._at : self._at + 1]
        if char == "\\" and following and following in '"\\$`':
            char = following
            self._at += 1
        self._add(char)
        return ""

    def _dollar(self, end: str = "") -> Refusal:
        following = self._line[self._at : self._at + 1]
        if following and following not in _HARMLESS_AFTER_DOLLAR and following != end:
            return _DOLLAR
        self._add("$")
        return ""

    def _escaped(self) -> Refusal:
        if self._at >= len(self._line):
            return "a backslash at the end of the line is not allowed"
        self._add(self._line[self._at])
        self._at += 1
        return ""
