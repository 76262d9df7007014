"""MiniMax M2 and DeepSeek V3.2: `<invoke name="…"><parameter name="…">…</parameter></invoke>`.

Form: the chat template of MiniMaxAI/MiniMax-M2 (inside `<minimax:tool_call>`) and the encoding
that DeepSeek-V3.2's model card describes (each tag marked with DSML between full-width bars).
"""

import re
from collections.abc import Sequence
from typing import ClassVar

from holmes.core.messages import ToolCall
from holmes.models.tool_syntax.base import MORE, Offered, Outcome, Reading, ToolSyntax
from holmes.models.tool_syntax.core.elements import as_text, read_elements
from holmes.models.tool_syntax.core.shapes import NAME
from holmes.models.tool_syntax.core.tagged import after_opener, dumps

_DSML = "\uff5cDSML\uff5c"  # full-width bars, as in all of DeepSeek's tokens
_WRAPPERS = (
    "<minimax:tool_call>",
    "</minimax:tool_call>",
    f"<{_DSML}function_calls>",
    f"</{_DSML}function_calls>",
    f"<{_DSML}tool_calls>",
    f"</{_DSML}tool_calls>",
)
_HEAD = re.compile(rf'<({_DSML})?invoke name="({NAME.pattern})"\s*>')
_MAX_HEAD = 300


class Invoke(ToolSyntax):
    """An `invoke` element with a `parameter` element for each argument."""

    name = "invoke"
    openers: ClassVar[tuple[str, ...]] = (*_WRAPPERS, "<invoke ", f"<{_DSML}invoke ")
    result_openers: ClassVar[tuple[str, ...]] = ("<response>", "<function_results>")
    how = "To call a tool, write it in invoke and parameter tags, and stop:"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read one `invoke` element, or drop the element around several."""
        if text.startswith(_WRAPPERS, at):
            return Reading(end=after_opener(text, at, _WRAPPERS))
        head = _HEAD.match(text, at)
        if not head:
            return MORE if not final and len(text) - at < _MAX_HEAD else None
        mark = head[1] or ""
        elements = read_elements(
            text,
            head.end(),
            parameter=re.compile(rf'<{mark}parameter name="([^"]{{1,128}})"[^>]{{0,80}}>'),
            value_end=f"</{mark}parameter>",
            ends=(f"</{mark}invoke>",),
            final=final,
        )
        if elements == MORE:
            return MORE
        call = elements.call(head[2], offered, text[at : elements.end])
        return Reading(end=elements.end, calls=(call,))

    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write all calls in one `<minimax:tool_call>` element."""
        return "\n".join((_WRAPPERS[0], *map(_render, calls), _WRAPPERS[1]))

    def render_result(self, name: str, content: str) -> str:
        """Write the result in a `response` element."""
        return f"<response>{name}:\n{content}</response>"


def _render(call: ToolCall) -> str:
    lines = (
        f'<parameter name="{key}">{as_text(value, dumps(value))}</parameter>\n'
        for key, value in call.arguments.items()
    )
    return f'<invoke name="{call.name}">\n{"".join(lines)}</invoke>'


SYNTAX = Invoke()
