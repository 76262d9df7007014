"""ReAct: `Action: name` and `Action Input: {…}` on lines of their own.

Form: Yao et al. 2022 as the LangChain and Qwen 1.5 prompts spell it. A model that goes on with
`Observation:` invents the tool's result: everything from there on is dropped.
"""

import re

from holmes.models.tool_syntax.base import (
    MORE,
    Passage,
    ReadResult,
    Reply,
    ToolSyntax,
    WrittenCall,
    after_opener,
)
from holmes.models.tool_syntax.core.named import read_arguments
from holmes.models.tool_syntax.core.shapes import NAME, bare_name

_HEAD = re.compile(
    rf"Action:\s{{0,8}}[`\"*]{{0,3}}({NAME.pattern})(?:\(\))?[`\"*]{{0,3}}[ \t]*\r?\n\s{{0,8}}"
    r"Action[ _]Input:[ \t]*(?:\r?\n[ \t]*)?(?:```(?:json)?\s{0,8})?"
)
_HEAD_BEGUN = re.compile(
    rf"Action:\s{{0,8}}[`\"*]{{0,3}}"
    rf"(?:{NAME.pattern}[()`\"*]{{0,5}}[ \t]*\r?(?:\n\s{{0,8}}(.{{0,14}}))?)?"
)
_INPUT = ("Action Input:", "Action_Input:")


def _read(reply: Reply, at: int) -> ReadResult:
    """Read both lines; an action without its input is prose."""
    text = reply.text
    if text[max(0, at - 1) : at].strip():
        return None
    head = _HEAD.match(text, at)
    if not head:
        return MORE if not reply.final and _may_begin(text, at) else None
    if head.end() == len(text) and not reply.final:
        return MORE
    if text.startswith(("{", "["), head.end()):
        return read_arguments(reply, head.end(), head[1], ("```",))
    end = reply.find(head.end(), "\n")
    if end == MORE:
        return MORE
    raw = text[head.end() : end].strip()
    plain = "" if raw.lower() in ("none", "n/a", "null") else raw.strip("\"'`")
    call = WrittenCall(name=bare_name(head[1], reply.offered), arguments=plain, raw=raw)
    return Passage(end=after_opener(text, end, ("```",)), calls=(call,))


def _may_begin(text: str, at: int) -> bool:
    """Tell a call's first line from an action item in prose, as early as can be."""
    begun = _HEAD_BEGUN.fullmatch(text, at)
    return begun is not None and any(line.startswith(begun[1] or "") for line in _INPUT)


SYNTAX = ToolSyntax(
    name="react", openers=("Action:",), read=_read, result_openers=("Observation:",)
)
