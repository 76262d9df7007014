"""Llama 3.1 and later: `<|python_tag|>{…}` and `<function=name>{…}</function>`.

Form: Meta's "Llama 3.1 prompt formats" (JSON-based tool calling, user-defined custom tool
calling) and the chat template of meta-llama/Llama-3.3-70B-Instruct. Several calls come apart by
semicolons. The bare `{"name": …, "parameters": …}` that the template asks for is read as bare JSON.
"""

import re
from typing import ClassVar

from holmes.models.tool_syntax.base import MORE, Offered, Outcome
from holmes.models.tool_syntax.core.shapes import NAME
from holmes.models.tool_syntax.core.tagged import TaggedJson, read_arguments

_FUNCTION = "<function="
_NAMED = re.compile(rf"<function=({NAME.pattern})>\s*")
_MAX_HEAD = 200


class Llama3(TaggedJson):
    """JSON with `parameters` after the python tag, or in an element named after the tool."""

    name = "llama3"
    openers: ClassVar[tuple[str, ...]] = ("<|python_tag|>", _FUNCTION)
    closers: ClassVar[tuple[str, ...]] = ("<|eom_id|>", "<|eot_id|>")
    result_openers: ClassVar[tuple[str, ...]] = ("<|start_header_id|>ipython",)
    argument_key = "parameters"
    how = "To call a tool, write its call as JSON after <|python_tag|>, and stop:"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read either form."""
        if text.startswith(_FUNCTION, at):
            return _read_element(text, at, offered=offered, final=final)
        return super().read(text, at, offered=offered, final=final)

    def render_result(self, name: str, content: str) -> str:
        """Write the result under the role that Llama 3 knows it by."""
        head = "<|start_header_id|>ipython<|end_header_id|>"
        return f"{head}\n\n{name}:\n{content}<|eot_id|>"


def _read_element(text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
    named = _NAMED.match(text, at)
    if not named or named.end() == len(text):
        return MORE if not final and len(text) - at < _MAX_HEAD else None
    if text[named.end()] != "{":
        return None
    return read_arguments(
        text, named.end(), name=named[1], ends=("</function>",), offered=offered, final=final
    )


SYNTAX = Llama3()
