"""Phi-4-mini: `<|tool_call|>[{…}]<|/tool_call|>`, or `functools[{…}]` under vLLM's template.

Form: the model card of microsoft/Phi-4-mini-instruct, and vLLM's tool_chat_template_phi4_mini,
which asks for the `functools` marker without an end marker. `</|tool_call|>` is read too (it is
the spelling in llama.cpp pull request 12288).
"""

from typing import ClassVar

from holmes.models.tool_syntax.base import Offered, Outcome
from holmes.models.tool_syntax.core.tagged import TaggedJson


class Phi4(TaggedJson):
    """A JSON array of calls between `<|tool_call|>` and its end, or after `functools`."""

    name = "phi4"
    openers: ClassVar[tuple[str, ...]] = ("<|tool_call|>", "functools[")
    closers: ClassVar[tuple[str, ...]] = ("<|/tool_call|>", "</|tool_call|>")
    needs_closer = True
    result_openers: ClassVar[tuple[str, ...]] = ("<|tool_response|>",)
    shape = "array"
    how = "To call tools, write a JSON array of calls in tool_call marks, and stop:"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read either form; the bracket of `functools[` belongs to the array."""
        if text.startswith("functools[", at):
            return _FUNCTOOLS.read(text, at, offered=offered, final=final)
        return super().read(text, at, offered=offered, final=final)

    def render_result(self, name: str, content: str) -> str:
        """Write the result in `<|tool_response|>` marks."""
        return f"<|tool_response|>{name}:\n{content}<|/tool_response|>"


class _Functools(Phi4):
    openers: ClassVar[tuple[str, ...]] = ("functools",)
    needs_closer = False

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        return TaggedJson.read(self, text, at, offered=offered, final=final)


_FUNCTOOLS = _Functools()
SYNTAX = Phi4()
