"""Qwen3-Coder and Nemotron 3, also Seed-OSS: `<function=name><parameter=key>value</parameter>…`.

Form: the chat template of Qwen/Qwen3-Coder-30B-A3B-Instruct. The outer `<tool_call>`
may be missing; Seed-OSS calls it `<seed:tool_call>`. Values are plain text.
"""

import re
from collections.abc import Sequence
from typing import ClassVar

from holmes.core.messages import ToolCall
from holmes.models.tool_syntax.base import MORE, Offered, Outcome, Reading, ToolSyntax
from holmes.models.tool_syntax.core.elements import as_text, read_elements
from holmes.models.tool_syntax.core.json_text import skip_blanks
from holmes.models.tool_syntax.core.shapes import NAME
from holmes.models.tool_syntax.core.tagged import after_opener, dumps

_OUTER = {"<tool_call>": "</tool_call>", "<seed:tool_call>": "</seed:tool_call>"}
_HEAD = re.compile(rf"(?:<(?:seed:)?tool_call>\s*)?<function=\s*({NAME.pattern})\s*>\s*")
_PARAMETER = re.compile(r"<parameter=([^>\n]{1,128})>")
_MAX_HEAD = 300


class Qwen3Coder(ToolSyntax):
    """An element named after the tool, with one element a parameter."""

    name = "qwen3_coder"
    openers: ClassVar[tuple[str, ...]] = (*_OUTER, "<function=")
    result_openers: ClassVar[tuple[str, ...]] = ("<tool_response>",)
    how = "To call a tool, write it in function and parameter tags, and stop:"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read one function element and the outer element where it is there."""
        head = _HEAD.match(text, at)
        if not head or head.end() == len(text):
            return MORE if not final and len(text) - at < _MAX_HEAD else None
        if text[head.end()] != "<":
            return None
        elements = read_elements(
            text,
            head.end(),
            parameter=_PARAMETER,
            value_end="</parameter>",
            ends=("</function>", *_OUTER.values()),
            final=final,
        )
        if elements == MORE:
            return MORE
        if elements.is_nothing:
            return None
        call = elements.call(head[1], offered, text[at : elements.end])
        # The closing tag goes with the call even where the opening one was left out.
        after = skip_blanks(text, elements.end)
        end = after_opener(text, after, tuple(_OUTER.values()))
        return Reading(end=end if end > after else elements.end, calls=(call,))

    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write one outer element a call."""
        return "\n".join(map(_render, calls))

    def render_result(self, name: str, content: str) -> str:
        """Write the result in a `<tool_response>` element."""
        return f"<tool_response>\n{name}:\n{content}\n</tool_response>"


def _render(call: ToolCall) -> str:
    lines = (
        f"<parameter={key}>\n{as_text(value, dumps(value))}\n</parameter>\n"
        for key, value in call.arguments.items()
    )
    return f"<tool_call>\n<function={call.name}>\n{''.join(lines)}</function>\n</tool_call>"


SYNTAX = Qwen3Coder()
