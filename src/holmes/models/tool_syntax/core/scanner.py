"""One walk over a reply, shared by whole and by streamed text."""

import importlib
import pkgutil
import re
from functools import cache
from typing import TypeAlias

from holmes.models import tool_syntax
from holmes.models.tool_syntax.base import (
    BROKEN,
    MORE,
    Offered,
    Passage,
    ReadResult,
    Reply,
    Skip,
    ToolSyntax,
)

# Reading a broken call may go over all the text that is left. These bounds keep a reply that is
# full of them linear, and soon read; no model has more to say in one reply.
MAX_BROKEN = 16
MAX_PASSAGES = 64
MAX_OPENERS = 10_000

Placed: TypeAlias = tuple[int, str, Passage]
"""Where a passage begins, and the name of its syntax."""


@cache
def syntaxes() -> tuple[ToolSyntax, ...]:
    """All syntaxes, by module: every module of the package with a `SYNTAX` or `SYNTAXES`."""
    names = sorted(m.name for m in pkgutil.iter_modules(tool_syntax.__path__) if not m.ispkg)
    modules = (importlib.import_module(f"{tool_syntax.__name__}.{name}") for name in names)
    found = [
        (*getattr(module, "SYNTAXES", ()), getattr(module, "SYNTAX", None)) for module in modules
    ]
    return tuple(each for several in found for each in several if isinstance(each, ToolSyntax))


class Scanner:
    """Walks over a reply as it grows; `at` is how far it is known what the text is."""

    def __init__(self, offered: Offered) -> None:
        self.at = 0
        self.passages: list[Placed] = []
        self._offered = offered
        self._until = ""
        self._broken = 0
        self._openers = 0

    def advance(self, text: str, *, final: bool) -> None:
        """Walk on; `text` is the reply so far from its beginning, `final` that it is all."""
        reply = Reply(text=text, offered=self._offered, final=final)
        while self.at < len(text):
            if self._until and not self._leave_skipped(reply):
                return
            if self._openers >= MAX_OPENERS:
                self.at = len(text)
                return
            match = _opener_pattern().search(text, self.at)
            if not match:
                tail = text[max(self.at, len(text) - _longest()) :]
                self.at = len(text) - (0 if final else _held_back(tail))
                return
            self.at = match.start()
            if not final and len(text) - self.at < _longest() and text[self.at :] in _prefixes():
                return
            if not self._step(reply):
                return

    def _step(self, reply: Reply) -> bool:
        """Decide about the opener at `at`; false where more text is needed."""
        name, result = self._read(reply)
        if result == MORE:
            return False
        if isinstance(result, Passage):
            self.passages.append((self.at, name, result))
            self.at = max(result.end, self.at + 1)
        elif isinstance(result, Skip):
            self.at = result.start
            self._until = result.until
        else:
            self.at += 1
        return True

    def _read(self, reply: Reply) -> tuple[str, ReadResult]:
        undecided = False
        self._openers += 1
        if self._broken >= MAX_BROKEN or len(self.passages) >= MAX_PASSAGES:
            return "", None
        for syntax in _by_first_character()[reply.text[self.at]]:
            if not reply.text.startswith(syntax.openers, self.at):
                continue
            result = syntax.read(reply, self.at)
            if result == MORE:
                undecided = True
            elif result == BROKEN:
                self._broken += 1
            elif result is not None:
                return syntax.name, result
        return "", MORE if undecided else None

    def _leave_skipped(self, reply: Reply) -> bool:
        end = reply.text.find(self._until, self.at)
        if end >= 0:
            self.at = end + len(self._until)
            self._until = ""
            return True
        length = len(reply.text)
        self.at = length if reply.final else max(self.at, length - len(self._until) + 1)
        return False


def _held_back(tail: str) -> int:
    """How many characters at the end of `tail` may be the beginning of an opener."""
    return next((len(tail) - i for i in range(len(tail)) if tail[i:] in _prefixes()), 0)


@cache
def _all_openers() -> tuple[str, ...]:
    return tuple(sorted({o for s in syntaxes() for o in s.openers}, key=len, reverse=True))


@cache
def _longest() -> int:
    return len(_all_openers()[0])


@cache
def _by_first_character() -> dict[str, tuple[ToolSyntax, ...]]:
    firsts = {o[0] for o in _all_openers()}
    return {f: tuple(s for s in syntaxes() if any(o[0] == f for o in s.openers)) for f in firsts}


@cache
def _opener_pattern() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, _all_openers())))


@cache
def _prefixes() -> frozenset[str]:
    return frozenset(o[:i] for o in _all_openers() for i in range(1, len(o)))
