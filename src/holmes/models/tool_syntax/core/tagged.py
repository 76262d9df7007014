"""The commonest kind of syntax: an opening marker, JSON calls, perhaps a closing marker."""

import json
from collections.abc import Sequence
from typing import ClassVar, Literal

from holmes.core.messages import JsonValue, ToolCall
from holmes.models.tool_syntax.base import (
    MORE,
    RUIN,
    Found,
    More,
    Offered,
    Outcome,
    Reading,
    ToolSyntax,
)
from holmes.models.tool_syntax.core.json_text import read_json, read_values, skip_blanks
from holmes.models.tool_syntax.core.shapes import bare_name, calls_in


def dumps(value: object, *, protect: Sequence[str] = ()) -> str:
    """Write JSON on one line; a marker in `protect` is escaped so that it can't end the call."""
    text = json.dumps(value, ensure_ascii=False)
    for marker in protect:
        text = text.replace(marker, f"\\u{ord(marker[0]):04x}{marker[1:]}")
    return text


def after_opener(text: str, at: int, openers: Sequence[str]) -> int:
    """The offset after the longest opener at `at`."""
    return at + max((len(o) for o in openers if text.startswith(o, at)), default=0)


def read_arguments(
    text: str, at: int, *, name: str, ends: Sequence[str], offered: Offered, final: bool
) -> Reading | More:
    """Read the JSON arguments at `at` of a call whose name is known, and the end marker."""
    found = read_json(text, at, stops=ends, final=final)
    if found == MORE:
        return MORE
    call = Found(
        name=bare_name(name, offered),
        arguments=found.value,
        raw=found.raw,
        error=found.error,
        repaired=found.repaired,
    )
    end = skip_blanks(text, found.end)
    marker = next((e for e in ends if text.startswith(e, end)), "")
    return Reading(end=end + len(marker) if marker else found.end, calls=(call,))


class TaggedJson(ToolSyntax):
    """JSON objects, or an array of them, between markers.

    closers         markers that end the calls and belong to them
    stops           markers that end the calls and belong to what follows
    needs_closer    without its closer this is another syntax's call
    argument_key    the key that holds the arguments
    shape           "each" call in markers of its own, or all in one "array"
    """

    closers: ClassVar[tuple[str, ...]]
    stops: ClassVar[tuple[str, ...]] = ()
    needs_closer: ClassVar[bool] = False
    name_key: ClassVar[str] = "name"
    argument_key: ClassVar[str] = "arguments"
    shape: ClassVar[Literal["each", "array"]] = "each"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read the JSON values after the opener; None where there is no JSON."""
        start = after_opener(text, at, self.openers)
        ends = (*self.closers, *self.stops, *self.openers)
        outcome = read_values(text, start, stops=ends, final=final)
        if outcome == MORE:
            return MORE
        values, end, stop = outcome
        closed = stop in self.closers
        if not values or stop in self.stops or (self.needs_closer and not closed):
            return None
        calls = tuple(call for value in values for call in calls_in(value, offered))
        if not calls:
            return RUIN
        # An opening tag with nothing after it opened nothing: it was meant to close.
        closed = closed or (stop != "" and final and not text[end + len(stop) :].strip())
        return Reading(end=end + len(stop) * closed, calls=calls)

    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write each call between the first opener and the first closer."""
        shown: list[JsonValue] = [
            {self.name_key: c.name, self.argument_key: dict(c.arguments)} for c in calls
        ]
        marks = (*self.openers, *self.closers, *self.stops)
        closer = self.closers[0] if self.closers else ""
        values: list[JsonValue] = [shown] if self.shape == "array" else shown
        return "\n".join(self.openers[0] + dumps(v, protect=marks) + closer for v in values)
