"""A whole reply to content and calls, and the same for a reply that is still being written."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from holmes.core.messages import ToolCall, ToolDefinition
from holmes.models.tool_syntax.base import Offered
from holmes.models.tool_syntax.core.arguments import tool_calls
from holmes.models.tool_syntax.core.scanner import Placed, Scanner, syntaxes
from holmes.models.tool_syntax.core.selection import select

_STRAY_FENCES = re.compile(r"^[ \t]*`{3,}[ \t]*$", re.MULTILINE)
_EAGER_CHARS = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """A reply taken apart.

    content  the text without the calls
    calls    in the order in which they were written
    syntax   name of the syntax of the first call, "" where there is none
    """

    content: str
    calls: tuple[ToolCall, ...] = ()
    syntax: str = ""


def parse(text: str, tools: Collection[ToolDefinition]) -> Parsed:
    """Find the tool calls in a reply's text, in whatever syntax; never raises.

    A call of a tool that was not offered is returned under the name that the model gave it where
    it is unmistakably a call (see `selection`). Time is linear in the length of the text.
    """
    offered = {tool.name: tool for tool in tools}
    scanner = Scanner(offered)
    scanner.advance(text, final=True)
    return _assemble(text, select(text, scanner.passages, offered), offered)


class StreamFilter:
    """Shows a reply while it is written and never any part of a call.

    What `feed` returned altogether is the beginning of the content that `finish` returns, which
    is that of `parse` over the whole reply. From the first call on nothing more is shown.
    """

    def __init__(self, tools: Collection[ToolDefinition]) -> None:
        self._tools = tuple(tools)
        self._scanner = Scanner({tool.name: tool for tool in self._tools})
        self._text = ""
        self._next_try = 0
        self._taken = 0
        self._used = 0
        self._blanks = ""
        self._begun = False

    def feed(self, delta: str) -> str:
        """Take the next piece of the reply and return the text that may be shown now."""
        self._text += delta
        if len(self._text) < self._next_try or self._call_found():
            return ""
        self._scanner.advance(self._text, final=False)
        # An undecided start is read again from its beginning: waiting for a tenth more text
        # keeps a long call, fed character by character, linear.
        waiting = len(self._text) - self._scanner.at
        self._next_try = len(self._text) + (waiting // 10 if waiting > _EAGER_CHARS else 0)
        return self._emit()

    def finish(self) -> Parsed:
        """Parse the whole reply."""
        return parse(self._text, self._tools)

    def _call_found(self) -> bool:
        return any(passage.calls for _, _, passage in self._scanner.passages)

    def _emit(self) -> str:
        passages = self._scanner.passages[self._used :]
        fresh = self._blanks + _plain(self._text, passages, self._taken, self._scanner.at)
        self._used += len(passages)
        self._taken = self._scanner.at
        if not self._begun:
            fresh = fresh.lstrip()
        safe = fresh.rstrip()
        self._blanks = fresh[len(safe) :]
        self._begun = self._begun or bool(safe)
        return safe


def _plain(text: str, passages: Sequence[Placed], at: int, end: int) -> str:
    """The content between `at` and `end`, as far as the first call."""
    parts = []
    for start, _, passage in passages:
        parts.append(text[at:start])
        if passage.calls:
            return "".join(parts)
        parts.append(passage.text)
        at = passage.end
    return "".join((*parts, text[at:end]))


def _assemble(text: str, passages: Sequence[Placed], offered: Offered) -> Parsed:
    passages, text = _before_invented(text, passages)
    found = [call for _, _, passage in passages for call in passage.calls]
    if not found:
        return Parsed(content=_plain(text, passages, 0, len(text)).strip())
    first = next(i for i, (_, _, passage) in enumerate(passages) if passage.calls)
    parts = [_plain(text, passages, 0, len(text)).strip()]
    at = passages[first][2].end
    for start, _, passage in passages[first + 1 :]:
        parts.append(_tidy(text[at:start]) if passage.calls else text[at:start])
        parts.append(passage.text)
        at = passage.end
    parts.append(_tidy(text[at:]))
    content = "\n\n".join(part.strip() for part in parts if part.strip())
    calls = tool_calls(found, offered, text)
    return Parsed(content=content, calls=calls, syntax=passages[first][1])


def _tidy(text: str) -> str:
    """Drop lone fences after a call.

    46 of them followed one: Qwen2.5-Coder 1.5B on llama.cpp, `tool_choice: required`, 24 Nov 2026.
    """
    return _STRAY_FENCES.sub("", text)


def _before_invented(text: str, passages: Sequence[Placed]) -> tuple[list[Placed], str]:
    """Cut a reply at the first tool result that the model itself wrote after its call."""
    results = {s.name: s.result_openers for s in syntaxes()}
    calls = [placed for placed in passages if placed[2].calls]
    for number, (_, name, passage) in enumerate(calls):
        limit = calls[number + 1][0] if number + 1 < len(calls) else len(text)
        found = (text.find(opener, passage.end, limit) for opener in results.get(name, ()))
        cut = min((at for at in found if at >= 0), default=-1)
        if cut >= 0:
            return [placed for placed in passages if placed[0] < cut], text[:cut]
    return list(passages), text
