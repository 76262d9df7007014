"""GLM-4.5 to 4.7: `<tool_call>name<arg_key>key</arg_key><arg_value>value</arg_value></tool_call>`.

Form: the chat templates of zai-org/GLM-4.5 (a line break after each element) and GLM-4.7
(none). Values are plain text, anything but strings is JSON.
"""

import re
from collections.abc import Sequence
from typing import ClassVar

from holmes.core.messages import ToolCall
from holmes.models.tool_syntax.base import MORE, Offered, Outcome, Reading, ToolSyntax
from holmes.models.tool_syntax.core.elements import as_text, read_elements
from holmes.models.tool_syntax.core.shapes import NAME
from holmes.models.tool_syntax.core.tagged import dumps

_HEAD = re.compile(rf"<tool_call>\s*({NAME.pattern})\s*(?=<)")
_PARAMETER = re.compile(r"<arg_key>([^<]{1,128})</arg_key>\s{0,8}<arg_value>")
_MAX_HEAD = 300


class Glm(ToolSyntax):
    """The tool's name as text, then pairs of key and value elements."""

    name = "glm"
    openers: ClassVar[tuple[str, ...]] = ("<tool_call>",)
    result_openers: ClassVar[tuple[str, ...]] = ("<tool_response>", "<|observation|>")
    how = "To call a tool, write its name and arguments in tool_call tags, and stop:"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read one `<tool_call>` element that begins with a name."""
        head = _HEAD.match(text, at)
        if not head:
            return MORE if not final and len(text) - at < _MAX_HEAD else None
        elements = read_elements(
            text,
            head.end(),
            parameter=_PARAMETER,
            value_end="</arg_value>",
            ends=("</tool_call>",),
            final=final,
        )
        if elements == MORE:
            return MORE
        if elements.is_nothing:
            return None
        call = elements.call(head[1], offered, text[at : elements.end])
        return Reading(end=elements.end, calls=(call,))

    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write one element a call, with the line breaks of GLM-4.5."""
        return "\n".join(map(_render, calls))

    def render_result(self, name: str, content: str) -> str:
        """Write the result in a `<tool_response>` element."""
        return f"<tool_response>\n{name}:\n{content}\n</tool_response>"


def _render(call: ToolCall) -> str:
    pairs = (
        f"<arg_key>{key}</arg_key>\n<arg_value>{as_text(value, dumps(value))}</arg_value>\n"
        for key, value in call.arguments.items()
    )
    return f"<tool_call>{call.name}\n{''.join(pairs)}</tool_call>"


SYNTAX = Glm()
