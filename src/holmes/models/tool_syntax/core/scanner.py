"""One walk over a reply, shared by whole and by streamed text."""

import re
from functools import cache

from holmes.models.tool_syntax.base import MORE, RUIN, Offered, Outcome, Reading, Skip, ToolSyntax
from holmes.models.tool_syntax.core.discovery import syntaxes

# Reading a broken call may go over all the text that is left. These two bounds keep a reply that
# is full of them linear; no model has more to say in one reply.
MAX_RUINS = 16
MAX_READINGS = 64


class Scanner:
    """Walks over a reply as it grows; `at` is how far it is known what the text is.

    readings  what was found, as (start, syntax name, reading), in order
    """

    def __init__(self, offered: Offered) -> None:
        self.at = 0
        self.readings: list[tuple[int, str, Reading]] = []
        self._offered = offered
        self._until = ""
        self._ruins = 0

    def advance(self, text: str, *, final: bool) -> None:
        """Walk on; `text` is the reply so far from its beginning, `final` that it is all."""
        while self.at < len(text):
            if self._until and not self._leave_skipped(text, final=final):
                return
            match = _opener_pattern().search(text, self.at)
            if not match:
                self.at = len(text) - (0 if final else held_back(text[self.at :]))
                return
            self.at = match.start()
            if not final and _is_prefix(text[self.at :]):
                return
            if not self._step(text, final=final):
                return

    def _step(self, text: str, *, final: bool) -> bool:
        """Decide about the opener at `at`; false where more text is needed."""
        name, outcome = self._read(text, final=final)
        if outcome == MORE:
            return False
        if isinstance(outcome, Reading):
            self.readings.append((self.at, name, outcome))
            self.at = max(outcome.end, self.at + 1)
        elif isinstance(outcome, Skip):
            self.at = outcome.start
            self._until = outcome.until
        else:
            self.at += 1
        return True

    def _read(self, text: str, *, final: bool) -> tuple[str, Outcome]:
        undecided = False
        if self._ruins >= MAX_RUINS or len(self.readings) >= MAX_READINGS:
            return "", None
        for syntax in _by_first_character()[text[self.at]]:
            if not text.startswith(syntax.openers, self.at):
                continue
            outcome = syntax.read(text, self.at, offered=self._offered, final=final)
            if outcome == MORE:
                undecided = True
            elif outcome == RUIN:
                self._ruins += 1
            elif outcome is not None:
                return syntax.name, outcome
        return "", MORE if undecided else None

    def _leave_skipped(self, text: str, *, final: bool) -> bool:
        end = text.find(self._until, self.at)
        if end >= 0:
            self.at = end + len(self._until)
            self._until = ""
            return True
        self.at = len(text) if final else max(self.at, len(text) - len(self._until) + 1)
        return False


def held_back(tail: str) -> int:
    """How many characters at the end of `tail` may be the beginning of an opener."""
    longest = max(map(len, _all_openers())) - 1
    window = tail[-longest:]
    return next((len(window) - i for i in range(len(window)) if _is_prefix(window[i:])), 0)


def _is_prefix(text: str) -> bool:
    return text in _prefixes()


@cache
def _all_openers() -> tuple[str, ...]:
    return tuple(sorted({o for s in syntaxes() for o in s.openers}, key=len, reverse=True))


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
