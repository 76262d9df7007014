"""A call as plain JSON: `{"name": …, "arguments": …}` and the shapes like it.

Form: captured from Qwen2.5-Coder 1.5B behind vLLM's hermes parser and behind llama.cpp (24 Nov
2026), also with doubled braces as its damaged GGUF template shows them; Llama 3's template asks
for the same with `parameters`. See `holmes.models.tool_syntax.core.shapes` for all shapes.
`{"answer": "…"}` as the whole reply, as models that were told to write JSON do, becomes content.
"""

from collections.abc import Sequence
from typing import ClassVar

from holmes.core.messages import ToolCall
from holmes.models.tool_syntax.base import (
    MORE,
    RUIN,
    Offered,
    Outcome,
    Reading,
    Skip,
    ToolSyntax,
)
from holmes.models.tool_syntax.core.json_text import JsonText, read_json
from holmes.models.tool_syntax.core.shapes import ANSWER_KEYS, calls_in, may_be_call
from holmes.models.tool_syntax.core.tagged import dumps


class BareJson(ToolSyntax):
    """A JSON object in the open text."""

    name = "bare_json"
    openers: ClassVar[tuple[str, ...]] = ("{",)
    how = "To call a tool, write nothing but its call as JSON:"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read one object, unless it is quoted as code in a sentence."""
        if text[max(0, at - 1) : at] == "`":
            return None
        return read_open(text, at, offered=offered, final=final)

    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write one object a line."""
        return "\n".join(dumps({"name": c.name, "arguments": dict(c.arguments)}) for c in calls)

    def render_result(self, name: str, content: str) -> str:
        """Write the result with the tool's name before it."""
        return f"Result of {name}:\n{content}"


def read_open(text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
    """Read call-shaped JSON at `at`."""
    promising = may_be_call(text, at, final=final)
    if promising == MORE:
        return MORE
    if not promising:
        return None
    found = read_json(text, at, final=final)
    if found == MORE:
        return MORE
    calls = calls_in(found, offered)
    if calls and (not found.error or calls[0].name in offered):
        return Reading(end=found.end, calls=calls, certainty="shaped")
    if found.error or found.repaired:
        return RUIN
    answer = _answer(text, at, found)
    if answer is None:
        return Skip(start=found.end)
    return Reading(end=len(text), text=answer) if final else MORE


def _answer(text: str, at: int, found: JsonText) -> str | None:
    """The text of an answer object that is the whole reply."""
    if text[:at].strip() or text[found.end :].strip():
        return None
    if isinstance(found.value, dict) and len(found.value) == 1:
        key, value = next(iter(found.value.items()))
        return value if key in ANSWER_KEYS and isinstance(value, str) else None
    return None


SYNTAX = BareJson()
