"""gpt-oss: channels, a call being `<|channel|>commentary to=functions.name <|message|>{…}<|call|>`.

Form: OpenAI's "Harmony response format". The recipient stands after the channel or after the
role. Analysis is reasoning and no content; the final channel's text is the content.
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

_STARTS = ("<|start|>", "<|channel|>")
_ENDS = ("<|call|>", "<|end|>", "<|return|>")
_OPENERS = (*_STARTS, *_ENDS, "<|message|>")
_HEADER = re.compile(
    r"(?=<\|)(?:<\|start\|>\s{0,40}\w{0,40})?([^<]{0,200})(?:<\|channel\|>([^<]{0,200}))?"
    r"(?:<\|constrain\|>[^<]{0,60})?<\|message\|>\s{0,40}"
)
_RECIPIENT = re.compile(rf"to=({NAME.pattern})")
_HEADER_CHARS = 600


def _read(reply: Reply, at: int) -> ReadResult:
    """Read one message's header, and the message where it is a call or analysis."""
    text = reply.text
    if not text.startswith(_STARTS, at):
        return Passage(end=after_opener(text, at, _OPENERS))
    header = _HEADER.match(text, at)
    if not header:
        return reply.undecided(at, _HEADER_CHARS) or Passage(end=after_opener(text, at, _STARTS))
    start = header.end()
    if recipient := _RECIPIENT.search(header[0]):
        return _read_call(reply, start, recipient[1])
    if "analysis" in (header[2] or ""):
        end = reply.find(start, *_ENDS, *_STARTS)
        return MORE if end == MORE else Passage(end=end)
    return Passage(end=start)


def _read_call(reply: Reply, at: int, name: str) -> ReadResult:
    if at >= len(reply.text) and not reply.final:
        return MORE
    if reply.text.startswith("{", at):
        return read_arguments(reply, at, name, _ENDS)
    end = reply.find(at, *_ENDS, *_STARTS)
    if end == MORE:
        return MORE
    raw = reply.text[at:end].strip()
    call = WrittenCall(name=bare_name(name, reply.offered), arguments=raw, raw=raw)
    return Passage(end=after_opener(reply.text, end, _ENDS), calls=(call,))


SYNTAX = ToolSyntax(
    name="harmony", openers=_OPENERS, read=_read, result_openers=("<|start|>functions.",)
)
