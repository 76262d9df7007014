"""Kimi K2: `<|tool_call_begin|>functions.name:0<|tool_call_argument_begin|>{…}<|tool_call_end|>`.

Form: "Tool Call Guidance" of moonshotai/Kimi-K2-Instruct. The id carries name and number; some
servers lose the section tokens around the calls.
"""

import re
from collections.abc import Sequence
from typing import ClassVar

from holmes.core.messages import ToolCall
from holmes.models.tool_syntax.base import MORE, Offered, Outcome, Reading, ToolSyntax
from holmes.models.tool_syntax.core.tagged import after_opener, dumps, read_arguments

_BEGIN, _ARGUMENTS, _END = (
    "<|tool_call_begin|>",
    "<|tool_call_argument_begin|>",
    "<|tool_call_end|>",
)
_NOISE = (
    "<|tool_calls_section_begin|>",
    "<|tool_calls_section_end|>",
    "<|tool_call_section_begin|>",
    "<|tool_call_section_end|>",
)
_HEAD = re.compile(
    rf"{re.escape(_BEGIN)}\s*(?:functions\.)?([A-Za-z_][\w./-]{{0,127}})(?::\d{{1,6}})?\s*"
    rf"{re.escape(_ARGUMENTS)}\s*"
)
_MAX_HEAD = 300


class Kimi(ToolSyntax):
    """One pair of call tokens a call, all of them in a section."""

    name = "kimi"
    openers: ClassVar[tuple[str, ...]] = (_BEGIN, *_NOISE)
    result_openers: ClassVar[tuple[str, ...]] = ("## Return of",)
    how = "To call a tool, write its name and its arguments as JSON between the tokens, and stop:"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read one call, or drop the tokens around several."""
        if text.startswith(_NOISE, at):
            return Reading(end=after_opener(text, at, _NOISE))
        head = _HEAD.match(text, at)
        if not head or text[head.end() : head.end() + 1] != "{":
            return MORE if not final and len(text) - at < _MAX_HEAD else None
        return read_arguments(
            text, head.end(), name=head[1], ends=(_END,), offered=offered, final=final
        )

    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write one section."""
        marks = (_BEGIN, _ARGUMENTS, _END, *_NOISE)
        inner = "".join(
            f"{_BEGIN}functions.{c.name}:{i}{_ARGUMENTS}"
            f"{dumps(dict(c.arguments), protect=marks)}{_END}"
            for i, c in enumerate(calls)
        )
        return f"{_NOISE[0]}{inner}{_NOISE[1]}"

    def render_result(self, name: str, content: str) -> str:
        """Write the result under the heading of Kimi's template."""
        return f"## Return of {name}\n{content}"


SYNTAX = Kimi()
