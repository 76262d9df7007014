"""Mistral: `[TOOL_CALLS][{…}]` (v3 tokenizer) and `[TOOL_CALLS]name[ARGS]{…}` (v11 and later).

Form: mistral-common's tokenizers and the chat template of mistralai/Mistral-Small-3.2. Between
name and arguments some versions put `[CALL_ID]`; a plain `name{…}` is read too.
"""

import re
from collections.abc import Sequence
from typing import ClassVar

from holmes.core.messages import ToolCall
from holmes.models.tool_syntax.base import MORE, Offered, Outcome, Reading, ToolSyntax
from holmes.models.tool_syntax.core.json_text import read_values
from holmes.models.tool_syntax.core.shapes import NAME, calls_in
from holmes.models.tool_syntax.core.tagged import dumps, read_arguments

_OPENER = "[TOOL_CALLS]"
_ENDS = ("</s>",)
_HEAD = re.compile(
    rf"(?:\[TOOL_CALLS\])?\s*({NAME.pattern})\s*(?:\[CALL_ID\]\w*)?\s*(?:\[ARGS\])?\s*"
)
_MAX_HEAD = 300


class Mistral(ToolSyntax):
    """A JSON array after `[TOOL_CALLS]`, or one marker, name and arguments a call."""

    name = "mistral"
    openers: ClassVar[tuple[str, ...]] = (_OPENER,)
    result_openers: ClassVar[tuple[str, ...]] = ("[TOOL_RESULTS]",)
    how = "To call a tool, write [TOOL_CALLS], its name, [ARGS] and the arguments as JSON:"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read either form."""
        start = at + len(_OPENER)
        outcome = read_values(text, start, stops=(_OPENER, *_ENDS), final=final)
        if outcome == MORE:
            return MORE
        values, end, stop = outcome
        if not values:
            return _read_named(text, at, offered=offered, final=final)
        calls = tuple(call for value in values for call in calls_in(value, offered))
        end += len(stop) if stop in _ENDS else 0
        return Reading(end=end, calls=calls) if calls else None

    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write the newer form, which needs no ids."""
        return "".join(
            f"{_OPENER}{c.name}[ARGS]{dumps(dict(c.arguments), protect=(_OPENER, *_ENDS))}"
            for c in calls
        )

    def render_result(self, name: str, content: str) -> str:
        """Write the result in TOOL_RESULTS marks."""
        return f"[TOOL_RESULTS]{name}:\n{content}[/TOOL_RESULTS]"


def _read_named(text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
    head = _HEAD.match(text, at)
    if not head or text[head.end() : head.end() + 1] != "{":
        return MORE if not final and len(text) - at < _MAX_HEAD else None
    return read_arguments(text, head.end(), name=head[1], ends=_ENDS, offered=offered, final=final)


SYNTAX = Mistral()
