"""A call in a code fence: JSON under ```` ```json ````, Python under ```` ```tool_code ````.

Form: captured from Qwen2.5-Coder 0.5B and 1.5B on llama.cpp, llama-cpp-python and the Text
Generation WebUI (24 Nov 2026), one fence a call; Gemma 3's documentation has the `tool_code`
fence. Fences of other languages, such as a kubectl command under bash, are never calls.
"""

import re
from collections.abc import Sequence
from typing import ClassVar

from holmes.core.messages import ToolCall
from holmes.models.tool_syntax.base import (
    MORE,
    Found,
    More,
    Offered,
    Outcome,
    Reading,
    Skip,
    ToolSyntax,
)
from holmes.models.tool_syntax.core.json_text import read_values, skip_blanks
from holmes.models.tool_syntax.core.python_text import NotData, calls_in_python
from holmes.models.tool_syntax.core.shapes import calls_in, may_be_call
from holmes.models.tool_syntax.core.tagged import after_opener, dumps

_FENCE = "```"
_HEAD = re.compile(r"`{3,8}[ \t]{0,4}([\w+#.-]{0,40})\s*")
_LANGUAGES = ("", "json", "json5", "jsonc", "tool", "tool_call", "tool_calls", "tool_code")
_PYTHON = ("python", "py", "tool_code", "tool_call")
_MARKUP = ("", "xml", "html", "tool_call", "tool_calls", "text", "plaintext")
_PYTHON_CALL = re.compile(r"\[?[A-Za-z_][\w.]{0,127}\(")


class Fenced(ToolSyntax):
    """One fence a call; the default of the prompted rung."""

    name = "fenced"
    openers: ClassVar[tuple[str, ...]] = (_FENCE,)
    how = "To call a tool, end your reply with its call in a JSON fence:"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read a fence whose language and first characters may hold a call."""
        head = _HEAD.match(text, at)
        if not head:
            return None
        start = head.end()
        if start == len(text) and not final:
            return MORE
        language = head[1].lower()
        plain = Skip(start=head.end(1), until=_FENCE)
        if language in _LANGUAGES and text.startswith(("{", "["), start):
            outcome = _read_json(text, start, offered=offered, final=final)
            if outcome is not None:
                return outcome
        if language in _PYTHON:
            outcome = _read_python(text, start, offered=offered, final=final)
            return outcome or plain
        if language in _MARKUP and text.startswith("<", start):
            return _read_markup(text, start, offered=offered, final=final) or plain
        return plain

    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write one fence a call, with the keys that `action_schema` has."""
        return "\n".join(
            f"{_FENCE}json\n"
            f"{dumps({'tool': c.name, 'arguments': dict(c.arguments)}, protect=(_FENCE,))}"
            f"\n{_FENCE}"
            for c in calls
        )

    def render_result(self, name: str, content: str) -> str:
        """Write the result with the tool's name before it."""
        return f"Result of {name}:\n{content}"


def _read_json(text: str, start: int, *, offered: Offered, final: bool) -> Reading | More | None:
    promising = may_be_call(text, start, final=final)
    if promising is False:
        return None
    if promising == MORE:
        return MORE
    outcome = read_values(text, start, stops=(_FENCE,), final=final)
    if outcome == MORE:
        return MORE
    values, end, stop = outcome
    found = [calls_in(value, offered) for value in values]
    if not all(found) or not found or (not stop and end < len(text)):
        return None
    return _reading(text, end, [call for calls in found for call in calls])


def _read_python(text: str, start: int, *, offered: Offered, final: bool) -> Reading | More | None:
    end = text.find(_FENCE, start)
    if end < 0 and not final:
        return MORE
    end = end if end >= 0 else len(text)
    source = text[start:end]
    if not _PYTHON_CALL.match(source):
        return None
    try:
        calls = calls_in_python(source, offered)
    except NotData:
        return None
    if not calls or any(call.name not in offered for call in calls):
        return None
    return _reading(text, end, calls)


def _read_markup(text: str, start: int, *, offered: Offered, final: bool) -> Reading | More | None:
    """Read a tagged call that a model put into a fence as well."""
    from holmes.models.tool_syntax.core.scanner import Scanner  # noqa: PLC0415  # it imports us

    end = text.find(_FENCE, start)
    if end < 0 and not final:
        return MORE
    end = end if end >= 0 else len(text)
    scanner = Scanner(offered)
    scanner.advance(text[start:end], final=True)
    calls = [call for _, _, reading in scanner.readings for call in reading.calls]
    return _reading(text, end, calls) if calls else None


def _reading(text: str, end: int, calls: Sequence[Found]) -> Reading:
    end = skip_blanks(text, end)
    return Reading(end=after_opener(text, end, (_FENCE,)), calls=tuple(calls), certainty="shaped")


SYNTAX = Fenced()
