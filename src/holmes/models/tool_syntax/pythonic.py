"""Llama 3.2 and 4, LFM2 and OLMo 3: calls as Python, `[get_pods(namespace="web")]`.

Form: Meta's "Llama 3.2 prompt formats" (zero-shot function calling), the chat template of
LiquidAI/LFM2-1.2B (`<|tool_call_start|>[…]<|tool_call_end|>`), Llama 4's `<|python_start|>`, and
allenai/OLMo-3 (`<function_calls>`, a call a line). Parsed with `ast`, never evaluated.
"""

import re
from collections.abc import Sequence
from typing import ClassVar

from holmes.core.messages import ToolCall
from holmes.models.tool_syntax.base import (
    MORE,
    RUIN,
    Offered,
    Outcome,
    Reading,
    ToolSyntax,
)
from holmes.models.tool_syntax.core.python_text import NotData, as_python, call_end, calls_in_python

_CLOSERS = {
    "<|tool_call_start|>": "<|tool_call_end|>",
    "<|python_start|>": "<|python_end|>",
    "<function_calls>": "</function_calls>",
}
_LIST = re.compile(r"\[\s{0,40}[A-Za-z_][\w.]{0,127}\(")
_LIST_BEGUN = re.compile(r"\[\s{0,40}(?:[A-Za-z_][\w.]{0,127})?")


class Pythonic(ToolSyntax):
    """A list of calls with keyword arguments, bare or in tokens."""

    name = "pythonic"
    openers: ClassVar[tuple[str, ...]] = ("[", *_CLOSERS)
    result_openers: ClassVar[tuple[str, ...]] = ("<|tool_response_start|>", "<function_output>")
    how = "To call tools, write a Python list of calls with keyword arguments, and stop:"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read a list in the open, or whatever stands between tokens."""
        if not text.startswith("[", at):
            return _read_tagged(text, at, offered=offered, final=final)
        if not _LIST.match(text, at):
            begun = not final and _LIST_BEGUN.fullmatch(text, at)
            return MORE if begun else None
        end = call_end(text, at, final=final)
        if end == MORE:
            return MORE
        if end < 0:
            return RUIN
        try:
            calls = calls_in_python(text[at:end], offered)
        except NotData:
            return RUIN
        return Reading(end=end, calls=calls, certainty="shaped")

    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write one bare list."""
        return f"[{', '.join(map(as_python, calls))}]"

    def render_result(self, name: str, content: str) -> str:
        """Write the result with the tool's name before it."""
        return f"Result of {name}:\n{content}"


def _read_tagged(text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
    opener = next(o for o in _CLOSERS if text.startswith(o, at))
    closer, start = _CLOSERS[opener], at + len(opener)
    end = text.find(closer, start)
    if end < 0 and not final:
        return MORE
    source = text[start : end if end >= 0 else len(text)]
    try:
        calls = calls_in_python(source, offered)
    except NotData:
        return RUIN
    return Reading(end=end + len(closer) if end >= 0 else len(text), calls=calls)


SYNTAX = Pythonic()
