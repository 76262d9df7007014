"""Calls written as elements, one a parameter, with plain text for values."""

import re
from dataclasses import dataclass

from holmes.core.messages import JsonValue
from holmes.models.tool_syntax.base import MORE, More, Reply, WrittenCall
from holmes.models.tool_syntax.core.json_text import skip_blanks
from holmes.models.tool_syntax.core.shapes import bare_name

_MARKUP_CHARS = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Elements:
    """Parameters as text; `closed` says that an end marker followed, `error` what broke off."""

    values: dict[str, JsonValue]
    end: int
    closed: bool = False
    error: str = ""

    @property
    def is_nothing(self) -> bool:
        """Whether no parameter, no end and no broken value was read: prose, not a call."""
        return not self.values and not self.closed and not self.error

    def call(self, reply: Reply, start: int, name: str) -> WrittenCall:
        """The call that these parameters belong to, which begins at `start`."""
        return WrittenCall(
            name=bare_name(name, reply.offered),
            arguments=self.values,
            raw=reply.text[start : self.end],
            error=self.error,
            textual=True,
        )


def read_elements(
    reply: Reply, at: int, *, parameter: re.Pattern[str], value_end: str, ends: tuple[str, ...]
) -> Elements | More:
    """Read parameters from `at` until one of `ends`.

    `parameter` matches what opens a value, its first group being the name.
    """
    text, values = reply.text, dict[str, JsonValue]()
    while True:
        at = skip_blanks(text, at)
        marker = next((e for e in ends if text.startswith(e, at)), "")
        if marker:
            return Elements(values=values, end=at + len(marker), closed=True)
        opened = parameter.match(text, at)
        if not opened:
            return reply.undecided(at, _MARKUP_CHARS) or Elements(values=values, end=at)
        end, after = _value_bounds(text, opened.end(), value_end, ends)
        if end < 0:
            if not reply.final:
                return MORE
            error = f"the call breaks off in the value of {opened[1]!r}"
            return Elements(values=values, end=len(text), error=error)
        values[opened[1].strip()] = _trim(text[opened.end() : end])
        at = after


def _value_bounds(text: str, at: int, value_end: str, ends: tuple[str, ...]) -> tuple[int, int]:
    end = text.find(value_end, at)
    if end >= 0:
        return end, end + len(value_end)
    end = min((i for i in (text.find(e, at) for e in ends) if i >= 0), default=-1)
    return end, end


def _trim(value: str) -> str:
    """Take off the line break that the templates put on either side of a value."""
    return value.removeprefix("\n").removesuffix("\n")
