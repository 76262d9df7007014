"""DeepSeek V3, R1 and V3.1: `<|tool_call_begin|>…<|tool_sep|>…<|tool_call_end|>`, in its own signs.

Form: the chat templates of deepseek-ai/DeepSeek-V3 and R1 (`function`, separator, name, a JSON
fence) and DeepSeek-V3.1 (name, separator, JSON). The bars are full-width and the low lines are
U+2581; ASCII in their place is read too.
"""

import re
from collections.abc import Sequence
from typing import ClassVar

from holmes.core.messages import ToolCall
from holmes.models.tool_syntax.base import MORE, Offered, Outcome, Reading, ToolSyntax
from holmes.models.tool_syntax.core.shapes import NAME
from holmes.models.tool_syntax.core.tagged import after_opener, dumps, read_arguments


def _token(words: str) -> tuple[str, str]:
    """A token in DeepSeek's own spelling and in ASCII."""
    return f"<\uff5c{words.replace(' ', chr(0x2581))}\uff5c>", f"<|{words.replace(' ', '_')}|>"


_BEGIN, _SEP, _END = _token("tool call begin"), _token("tool sep"), _token("tool call end")
_NOISE = (*_token("tool calls begin"), *_token("tool calls end"), *_token("end of sentence"))
_HEAD = re.compile(
    rf"(?:{'|'.join(map(re.escape, _BEGIN))})\s*"
    rf"(?:function\s*(?:{'|'.join(map(re.escape, _SEP))}))?\s*({NAME.pattern})\s*"
    rf"(?:{'|'.join(map(re.escape, _SEP))})?\s*(?:```(?:json)?\s*)?"
)
_MAX_HEAD = 400


class DeepSeek(ToolSyntax):
    """One pair of call tokens a call, the name before the separator or after it."""

    name = "deepseek"
    # The ASCII spelling of the call token without its section is Kimi K2's.
    openers: ClassVar[tuple[str, ...]] = (*_BEGIN, *_NOISE)
    result_openers: ClassVar[tuple[str, ...]] = _token("tool outputs begin")
    how = "To call a tool, write its name and its arguments as JSON between the tokens, and stop:"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read one call, or drop the tokens around several."""
        if text.startswith(_NOISE, at):
            return Reading(end=after_opener(text, at, _NOISE))
        head = _HEAD.match(text, at)
        if not head or text[head.end() : head.end() + 1] != "{":
            return MORE if not final and len(text) - at < _MAX_HEAD else None
        ends = ("```", *_END)
        reading = read_arguments(
            text, head.end(), name=head[1], ends=ends, offered=offered, final=final
        )
        if reading == MORE:
            return MORE
        end = reading.end
        after = end + len(text[end : end + 8]) - len(text[end : end + 8].lstrip())
        closed = after_opener(text, after, _END)
        return Reading(end=closed if closed > after else end, calls=reading.calls)

    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write the form of V3.1."""
        marks = (*_BEGIN, *_END, *_NOISE, "```")
        inner = "".join(
            f"{_BEGIN[0]}{c.name}{_SEP[0]}{dumps(dict(c.arguments), protect=marks)}{_END[0]}"
            for c in calls
        )
        return f"{_NOISE[0]}{inner}{_NOISE[2]}"

    def render_result(self, name: str, content: str) -> str:
        """Write the result in output tokens."""
        begin, end = _token("tool output begin")[0], _token("tool output end")[0]
        return f"{begin}{name}:\n{content}{end}"


SYNTAX = DeepSeek()
