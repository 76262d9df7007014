"""A call in a code fence: JSON under ```` ```json ````, Python under ```` ```tool_code ````.

Form: captured from Qwen2.5-Coder 0.5B and 1.5B on llama.cpp, llama-cpp-python and the Text
Generation WebUI (24 Nov 2026), one fence a call; Gemma 3's documentation has the `tool_code`
fence. Fences of other languages, such as a kubectl command under bash, are never calls.
"""

import re
from collections.abc import Sequence

from holmes.models.tool_syntax.base import (
    MORE,
    More,
    Passage,
    ReadResult,
    Reply,
    Skip,
    ToolSyntax,
    WrittenCall,
    after_opener,
)
from holmes.models.tool_syntax.core.json_text import read_values, skip_blanks
from holmes.models.tool_syntax.core.python_text import NotData, calls_in_python
from holmes.models.tool_syntax.core.shapes import calls_in, may_be_call

_FENCE = "```"
_HEAD = re.compile(r"`{3,8}[ \t]{0,4}([\w+#.-]{0,40})\s*")
_LANGUAGES = ("", "json", "json5", "jsonc", "tool", "tool_call", "tool_calls", "tool_code")
_PYTHON = ("python", "py", "tool_code", "tool_call")
_MARKUP = ("", "xml", "html", "tool_call", "tool_calls", "text", "plaintext")
_PYTHON_CALL = re.compile(r"\[?[A-Za-z_][\w.]{0,127}\(")


def _read(reply: Reply, at: int) -> ReadResult:
    """Read a fence whose language and first characters may hold a call."""
    head = _HEAD.match(reply.text, at)
    if not head:
        return None
    start = head.end()
    if start == len(reply.text) and not reply.final:
        return MORE
    language = head[1].lower()
    plain = Skip(start=head.end(1), until=_FENCE)
    if language in _LANGUAGES and reply.text.startswith(("{", "["), start):
        found = _read_json(reply, start)
        if found is not None:
            return found
    if language in _PYTHON:
        return _read_python(reply, start) or plain
    if language in _MARKUP and reply.text.startswith("<", start):
        return _read_markup(reply, start) or plain
    return plain


def _read_json(reply: Reply, start: int) -> Passage | More | None:
    promising = may_be_call(reply.text, start, final=reply.final)
    if promising is False:
        return None
    if promising == MORE:
        return MORE
    found = read_values(reply.text, start, stops=(_FENCE,), final=reply.final)
    if found == MORE:
        return MORE
    values, end, stop = found
    calls = [calls_in(value, reply.offered) for value in values]
    if not all(calls) or not calls or (not stop and end < len(reply.text)):
        return None
    return _passage(reply.text, end, [call for several in calls for call in several])


def _read_python(reply: Reply, start: int) -> Passage | More | None:
    end = reply.find(start, _FENCE)
    if end == MORE:
        return MORE
    source = reply.text[start:end]
    if not _PYTHON_CALL.match(source):
        return None
    try:
        calls = calls_in_python(source, reply.offered)
    except NotData:
        return None
    if not calls or any(call.name not in reply.offered for call in calls):
        return None
    return _passage(reply.text, end, calls)


def _read_markup(reply: Reply, start: int) -> Passage | More | None:
    """Read a tagged call that a model put into a fence as well."""
    from holmes.models.tool_syntax.core.scanner import Scanner  # noqa: PLC0415  # it imports us

    end = reply.find(start, _FENCE)
    if end == MORE:
        return MORE
    scanner = Scanner(reply.offered)
    scanner.advance(reply.text[start:end], final=True)
    calls = [call for _, _, passage in scanner.passages for call in passage.calls]
    return _passage(reply.text, end, calls) if calls else None


def _passage(text: str, end: int, calls: Sequence[WrittenCall]) -> Passage:
    end = after_opener(text, skip_blanks(text, end), (_FENCE,))
    return Passage(end=end, calls=tuple(calls), certainty="shaped")


SYNTAX = ToolSyntax(name="fenced", openers=(_FENCE,), read=_read)
