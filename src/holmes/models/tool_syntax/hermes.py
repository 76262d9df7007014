"""Hermes and Qwen 2.5/3, also Granite 4: `<tool_call>{"name": …, "arguments": …}</tool_call>`.

Form: the chat templates of NousResearch/Hermes-2-Pro and Qwen/Qwen2.5-Instruct. A missing
closing tag, a missing last brace and an opening tag that should close are read too.
"""

from typing import ClassVar

from holmes.models.tool_syntax.core.tagged import TaggedJson


class Hermes(TaggedJson):
    """One JSON object in a `<tool_call>` element, one element a call."""

    name = "hermes"
    openers: ClassVar[tuple[str, ...]] = ("<tool_call>", "<tool_calls>", "<TOOLCALL>")
    closers: ClassVar[tuple[str, ...]] = ("</tool_call>", "</tool_calls>", "</TOOLCALL>")
    stops: ClassVar[tuple[str, ...]] = ()
    result_openers: ClassVar[tuple[str, ...]] = ("<tool_response>",)
    how = "To call a tool, write its call as JSON in tool_call tags, and stop:"

    def render_result(self, name: str, content: str) -> str:
        """Write the result in a `<tool_response>` element."""
        return f"<tool_response>\n{name}:\n{content}\n</tool_response>"


SYNTAX = Hermes()
