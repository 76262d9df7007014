"""Qwen3-Coder and Nemotron 3, also Seed-OSS: `<function=name><parameter=key>value</parameter>…`.

Form: the chat template of Qwen/Qwen3-Coder-30B-A3B-Instruct. The outer `<tool_call>`
may be missing; Seed-OSS calls it `<seed:tool_call>`. Values are plain text.
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
from holmes.models.tool_syntax.core.json_text import skip_blanks
from holmes.models.tool_syntax.core.named import HEAD_CHARS
from holmes.models.tool_syntax.core.shapes import NAME

_OUTER = {"<tool_call>": "</tool_call>", "<seed:tool_call>": "</seed:tool_call>"}
_HEAD = re.compile(
    rf"(?:<(?:seed:)?tool_call>\s{{0,40}})?<function=\s{{0,40}}({NAME.pattern})\s{{0,40}}>\s{{0,40}}"
)
_PARAMETER = re.compile(r"<parameter=([^>\n]{1,128})>")


def _read(reply: Reply, at: int) -> ReadResult:
    """Read one function element and the outer element where it is there."""
    head = _HEAD.match(reply.text, at)
    if not head or head.end() == len(reply.text):
        return reply.undecided(at, HEAD_CHARS)
    if reply.text[head.end()] != "<":
        return None
    elements = read_elements(
        reply,
        head.end(),
        parameter=_PARAMETER,
        value_end="</parameter>",
        ends=("</function>", *_OUTER.values()),
    )
    if elements == MORE:
        return MORE
    if elements.is_nothing:
        return None
    # The closing tag goes with the call even where the opening one was left out.
    after = skip_blanks(reply.text, elements.end)
    end = after_opener(reply.text, after, tuple(_OUTER.values()))
    call = elements.call(reply, at, head[1])
    return Passage(end=end if end > after else elements.end, calls=(call,))


SYNTAX = ToolSyntax(
    name="qwen3_coder",
    openers=(*_OUTER, "<function="),
    read=_read,
    result_openers=("<tool_response>",),
)
