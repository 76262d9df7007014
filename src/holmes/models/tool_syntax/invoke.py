"""MiniMax M2 and DeepSeek V3.2: `<invoke name="…"><parameter name="…">…</parameter></invoke>`.

Form: the chat template of MiniMaxAI/MiniMax-M2 (inside `<minimax:tool_call>`) and the encoding
that DeepSeek-V3.2's model card describes (each tag marked with DSML between full-width bars).
"""

import re

from holmes.models.tool_syntax.base import (
    MORE,
    Passage,
    ReadResult,
    Reply,
    ToolSyntax,
    after_opener,
)
from holmes.models.tool_syntax.core.elements import read_elements
from holmes.models.tool_syntax.core.named import HEAD_CHARS
from holmes.models.tool_syntax.core.shapes import NAME

_DSML = "\uff5cDSML\uff5c"  # full-width bars, as in all of DeepSeek's tokens
_AROUND = tuple(
    f"<{end}{name}>"
    for name in ("minimax:tool_call", f"{_DSML}function_calls", f"{_DSML}tool_calls")
    for end in ("", "/")
)
_HEAD = re.compile(rf'<({_DSML})?invoke name="({NAME.pattern})"\s{{0,40}}>')


def _read(reply: Reply, at: int) -> ReadResult:
    """Read one `invoke` element, or drop the element around several."""
    if reply.text.startswith(_AROUND, at):
        return Passage(end=after_opener(reply.text, at, _AROUND))
    head = _HEAD.match(reply.text, at)
    if not head:
        return reply.undecided(at, HEAD_CHARS)
    mark = head[1] or ""
    elements = read_elements(
        reply,
        head.end(),
        parameter=re.compile(rf'<{mark}parameter name="([^"]{{1,128}})"[^>]{{0,80}}>'),
        value_end=f"</{mark}parameter>",
        ends=(f"</{mark}invoke>",),
    )
    if elements == MORE:
        return MORE
    return Passage(end=elements.end, calls=(elements.call(reply, at, head[2]),))


SYNTAX = ToolSyntax(
    name="invoke",
    openers=(*_AROUND, "<invoke ", f"<{_DSML}invoke "),
    read=_read,
    result_openers=("<response>", "<function_results>"),
)
