"""IBM Granite 3: `<|tool_call|>[{"name": …, "arguments": …}]` without an end marker.

Form: the chat template of ibm-granite/granite-3.1-8b-instruct. vLLM's parser also
knows `<tool_call>[…]`, and Granite 4 has the Hermes form; both are read as Hermes.
"""

from typing import ClassVar

from holmes.models.tool_syntax.core.tagged import TaggedJson


class Granite(TaggedJson):
    """A JSON array of calls after `<|tool_call|>`."""

    name = "granite"
    openers: ClassVar[tuple[str, ...]] = ("<|tool_call|>",)
    closers: ClassVar[tuple[str, ...]] = ()
    # What ends with these is Phi-4's.
    stops: ClassVar[tuple[str, ...]] = ("<|/tool_call|>", "</|tool_call|>")
    result_openers: ClassVar[tuple[str, ...]] = ("<|start_of_role|>tool_response",)
    shape = "array"
    how = "To call tools, write a JSON array of calls after <|tool_call|>, and stop:"

    def render_result(self, name: str, content: str) -> str:
        """Write the result under the role that Granite knows it by."""
        return f"<|start_of_role|>tool_response<|end_of_role|>{name}:\n{content}<|end_of_text|>"


SYNTAX = Granite()
