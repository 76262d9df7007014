"""A call as plain JSON: `{"name": …, "arguments": …}`, the shapes like it, and arrays of them.

Form: captured from Qwen2.5-Coder 1.5B behind vLLM's hermes parser and behind llama.cpp (24 Nov
2026), also with doubled braces as its damaged GGUF template shows them; Llama 3's template asks
for the same with `parameters`; the array is that of Salesforce/Llama-xLAM-2-8b-fc-r. See
`holmes.models.tool_syntax.core.shapes` for all shapes. `{"answer": "…"}` as the whole reply, as
models that were told to write JSON do, becomes content.
"""

from holmes.models.tool_syntax.base import (
    BROKEN,
    MORE,
    Passage,
    ReadResult,
    Reply,
    Skip,
    ToolSyntax,
)
from holmes.models.tool_syntax.core.json_text import JsonText, read_json
from holmes.models.tool_syntax.core.shapes import ANSWER_KEYS, calls_in, may_be_call


def _read(reply: Reply, at: int) -> ReadResult:
    """Read call-shaped JSON, unless it is quoted as code in a sentence."""
    text = reply.text
    if text[max(0, at - 1) : at] == "`":
        return None
    promising = may_be_call(text, at, final=reply.final)
    if promising == MORE:
        return MORE
    if not promising:
        return None
    found = read_json(text, at, final=reply.final)
    if found == MORE:
        return MORE
    calls = calls_in(found, reply.offered)
    if calls and (not found.error or calls[0].name in reply.offered):
        return Passage(end=found.end, calls=calls, certainty="shaped")
    if found.error or found.repaired:
        return BROKEN
    answer = _answer(text, at, found)
    if answer is None:
        return Skip(start=found.end)
    return Passage(end=len(text), text=answer) if reply.final else MORE


def _answer(text: str, at: int, found: JsonText) -> str | None:
    """The text of an answer object that is the whole reply."""
    if text[:at].strip() or text[found.end :].strip():
        return None
    if isinstance(found.value, dict) and len(found.value) == 1:
        key, value = next(iter(found.value.items()))
        return value if key in ANSWER_KEYS and isinstance(value, str) else None
    return None


SYNTAXES = (
    ToolSyntax(name="bare_json", openers=("{",), read=_read),
    ToolSyntax(name="xlam", openers=("[",), read=_read),
)
