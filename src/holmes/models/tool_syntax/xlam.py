"""Salesforce xLAM: a bare JSON array, `[{"name": …, "arguments": …}]`.

Form: the model card of Salesforce/Llama-xLAM-2-8b-fc-r. The array is the whole reply, or follows
the thinking.
"""

from collections.abc import Sequence
from typing import ClassVar

from holmes.core.messages import ToolCall
from holmes.models.tool_syntax.bare_json import read_open
from holmes.models.tool_syntax.base import Offered, Outcome, ToolSyntax
from holmes.models.tool_syntax.core.tagged import dumps


class XLam(ToolSyntax):
    """All calls in one JSON array in the open text."""

    name = "xlam"
    openers: ClassVar[tuple[str, ...]] = ("[",)
    how = "To call tools, write nothing but a JSON array of calls:"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read one array."""
        if text[max(0, at - 1) : at] == "`":
            return None
        return read_open(text, at, offered=offered, final=final)

    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write one array."""
        return dumps([{"name": c.name, "arguments": dict(c.arguments)} for c in calls])

    def render_result(self, name: str, content: str) -> str:
        """Write the result with the tool's name before it."""
        return f"Result of {name}:\n{content}"


SYNTAX = XLam()
