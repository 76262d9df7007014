"""Llama 3.2 and 4, LFM2 and OLMo 3: calls as Python, `[get_pods(namespace="web")]`.

Form: Meta's "Llama 3.2 prompt formats" (zero-shot function calling), the chat template of
LiquidAI/LFM2-1.2B (`<|tool_call_start|>[…]<|tool_call_end|>`), Llama 4's `<|python_start|>`, and
allenai/OLMo-3 (`<function_calls>`, a call a line). Parsed with `ast`, never evaluated.
"""

import re

from holmes.models.tool_syntax.base import (
    BROKEN,
    MORE,
    Passage,
    ReadResult,
    Reply,
    ToolSyntax,
    after_opener,
)
from holmes.models.tool_syntax.core.python_text import NotData, call_end, calls_in_python

_CLOSERS = {
    "<|tool_call_start|>": "<|tool_call_end|>",
    "<|python_start|>": "<|python_end|>",
    "<function_calls>": "</function_calls>",
}
_LIST = re.compile(r"\[\s{0,40}[A-Za-z_][\w.]{0,127}\(")
_LIST_BEGUN = re.compile(r"\[\s{0,40}(?:[A-Za-z_][\w.]{0,127})?")


def _read(reply: Reply, at: int) -> ReadResult:
    """Read a list in the open, or whatever stands between tokens."""
    text = reply.text
    if not text.startswith("[", at):
        return _read_tagged(reply, at)
    if not _LIST.match(text, at):
        return MORE if not reply.final and _LIST_BEGUN.fullmatch(text, at) else None
    end = call_end(text, at, final=reply.final)
    if end == MORE:
        return MORE
    if end < 0:
        return BROKEN
    try:
        calls = calls_in_python(text[at:end], reply.offered)
    except NotData:
        return BROKEN
    return Passage(end=end, calls=calls, certainty="shaped")


def _read_tagged(reply: Reply, at: int) -> ReadResult:
    opener = next(o for o in _CLOSERS if reply.text.startswith(o, at))
    start = at + len(opener)
    end = reply.find(start, _CLOSERS[opener])
    if end == MORE:
        return MORE
    try:
        calls = calls_in_python(reply.text[start:end], reply.offered)
    except NotData:
        return BROKEN
    return Passage(end=after_opener(reply.text, end, (_CLOSERS[opener],)), calls=calls)


SYNTAX = ToolSyntax(
    name="pythonic",
    openers=("[", *_CLOSERS),
    read=_read,
    result_openers=("<|tool_response_start|>", "<function_output>"),
)
