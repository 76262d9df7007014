"""LM Studio's default for models without a tool template: `[TOOL_REQUEST]{…}[END_TOOL_REQUEST]`.

Form: LM Studio's documentation of tool use ("default tool use format"); it reaches the client as
content where the server's own parser fails.
"""

from typing import ClassVar

from holmes.models.tool_syntax.core.tagged import TaggedJson


class LMStudio(TaggedJson):
    """One JSON object a call between two bracketed words."""

    name = "lm_studio"
    openers: ClassVar[tuple[str, ...]] = ("[TOOL_REQUEST]",)
    closers: ClassVar[tuple[str, ...]] = ("[END_TOOL_REQUEST]",)
    result_openers: ClassVar[tuple[str, ...]] = ("[TOOL_RESULT]",)
    how = "To call a tool, write its call as JSON between the two bracketed words, and stop:"

    def render_result(self, name: str, content: str) -> str:
        """Write the result between the words of LM Studio's default format."""
        return f"[TOOL_RESULT]{name}:\n{content}[END_TOOL_RESULT]"


SYNTAX = LMStudio()
