"""Cohere Command R7B and A: `<|START_ACTION|>[{"tool_name": …, "parameters": …}]<|END_ACTION|>`.

Form: the chat template of CohereLabs/c4ai-command-r7b-12-2024. Command R before it wrote
`Action:` and a JSON fence, which is read as a fence.
"""

from typing import ClassVar

from holmes.models.tool_syntax.core.tagged import TaggedJson


class CommandR(TaggedJson):
    """A JSON array of `tool_name` and `parameters`."""

    name = "command_r"
    openers: ClassVar[tuple[str, ...]] = ("<|START_ACTION|>",)
    closers: ClassVar[tuple[str, ...]] = ("<|END_ACTION|>",)
    result_openers: ClassVar[tuple[str, ...]] = ("<|START_TOOL_RESULT|>",)
    name_key = "tool_name"
    argument_key = "parameters"
    shape = "array"
    how = "To call tools, write a JSON array of calls in ACTION marks, and stop:"

    def render_result(self, name: str, content: str) -> str:
        """Write the result in TOOL_RESULT marks."""
        return f"<|START_TOOL_RESULT|>{name}:\n{content}<|END_TOOL_RESULT|>"


SYNTAX = CommandR()
