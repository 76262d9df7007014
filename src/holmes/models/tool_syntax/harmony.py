"""gpt-oss: channels, a call being `<|channel|>commentary to=functions.name <|message|>{…}<|call|>`.

Form: OpenAI's "Harmony response format". The recipient stands after the channel or after the
role. Analysis is reasoning and no content; the final channel's text is the content.
"""

import re
from collections.abc import Sequence
from typing import ClassVar

from holmes.core.messages import ToolCall
from holmes.models.tool_syntax.base import (
    MORE,
    Found,
    Offered,
    Outcome,
    Reading,
    ToolSyntax,
)
from holmes.models.tool_syntax.core.shapes import NAME, bare_name
from holmes.models.tool_syntax.core.tagged import after_opener, dumps, read_arguments

_STARTS = ("<|start|>", "<|channel|>")
_ENDS = ("<|call|>", "<|end|>", "<|return|>")
_HEADER = re.compile(
    r"(?:<\|start\|>\s*\w*)?([^<]{0,200})(?:<\|channel\|>([^<]{0,200}))?"
    r"(?:<\|constrain\|>[^<]{0,60})?<\|message\|>\s*"
)
_RECIPIENT = re.compile(rf"to=({NAME.pattern})")
_MAX_HEADER = 600


class Harmony(ToolSyntax):
    """Messages with a header of role, channel and recipient."""

    name = "harmony"
    openers: ClassVar[tuple[str, ...]] = (*_STARTS, *_ENDS, "<|message|>")
    result_openers: ClassVar[tuple[str, ...]] = ("<|start|>functions.",)
    how = "To call a tool, write to the commentary channel with the tool as recipient, and stop:"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read one message's header, and the message where it is a call or analysis."""
        if not text.startswith(_STARTS, at):
            return Reading(end=after_opener(text, at, self.openers))
        header = _HEADER.match(text, at)
        if not header:
            if not final and len(text) - at < _MAX_HEADER:
                return MORE
            return Reading(end=after_opener(text, at, _STARTS))
        recipient = _RECIPIENT.search(header[0])
        start = header.end()
        if recipient:
            return _read_call(text, start, recipient[1], offered=offered, final=final)
        if "analysis" in (header[2] or ""):
            end = _message_end(text, start)
            return MORE if end < 0 and not final else Reading(end=end if end >= 0 else len(text))
        return Reading(end=start)

    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write one message a call."""
        return "<|start|>assistant".join(
            f"<|channel|>commentary to=functions.{c.name} <|constrain|>json<|message|>"
            f"{dumps(dict(c.arguments), protect=('<|',))}<|call|>"
            for c in calls
        )

    def render_result(self, name: str, content: str) -> str:
        """Write the result as a message from the tool."""
        head = f"<|start|>functions.{name} to=assistant<|channel|>commentary<|message|>"
        return f"{head}{content}<|end|>"


def _message_end(text: str, at: int) -> int:
    return min((i for i in (text.find(m, at) for m in (*_ENDS, *_STARTS)) if i >= 0), default=-1)


def _read_call(text: str, at: int, name: str, *, offered: Offered, final: bool) -> Outcome:
    if at >= len(text) and not final:
        return MORE
    if text.startswith("{", at):
        return read_arguments(text, at, name=name, ends=_ENDS, offered=offered, final=final)
    end = _message_end(text, at)
    if end < 0 and not final:
        return MORE
    end = end if end >= 0 else len(text)
    raw = text[at:end].strip()
    call = Found(name=bare_name(name, offered), arguments=raw, raw=raw)
    return Reading(end=after_opener(text, end, _ENDS), calls=(call,))


SYNTAX = Harmony()
