"""ReAct: `Action: name` and `Action Input: {…}` on lines of their own.

Form: Yao et al. 2022 as the LangChain and Qwen 1.5 prompts spell it. A model that goes on with
`Observation:` invents the tool's result: everything from there on is dropped.
"""

import re
from collections.abc import Sequence
from typing import ClassVar

from holmes.core.messages import ToolCall
from holmes.models.tool_syntax.base import MORE, Found, Offered, Outcome, Reading, ToolSyntax
from holmes.models.tool_syntax.core.shapes import NAME, bare_name
from holmes.models.tool_syntax.core.tagged import after_opener, dumps, read_arguments

_HEAD = re.compile(
    rf"Action:\s{{0,8}}[`\"*]{{0,3}}({NAME.pattern})(?:\(\))?[`\"*]{{0,3}}[ \t]*\r?\n\s{{0,8}}"
    r"Action[ _]Input:[ \t]*(?:\r?\n[ \t]*)?(?:```(?:json)?\s{0,8})?"
)
_HEAD_BEGUN = re.compile(
    rf"Action:\s{{0,8}}[`\"*]{{0,3}}"
    rf"(?:{NAME.pattern}[()`\"*]{{0,5}}[ \t]*\r?(?:\n\s{{0,8}}(.{{0,14}}))?)?"
)
_INPUT = ("Action Input:", "Action_Input:")


class ReAct(ToolSyntax):
    """Two lines a call, the second with JSON arguments or the only argument as text."""

    name = "react"
    openers: ClassVar[tuple[str, ...]] = ("Action:",)
    result_openers: ClassVar[tuple[str, ...]] = ("Observation:",)
    how = "To call a tool, write these two lines, and stop:"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read both lines; an action without its input is prose."""
        if text[max(0, at - 1) : at].strip():
            return None
        head = _HEAD.match(text, at)
        if not head:
            return MORE if not final and _may_begin(text, at) else None
        if head.end() == len(text) and not final:
            return MORE
        if text.startswith(("{", "["), head.end()):
            return read_arguments(
                text, head.end(), name=head[1], ends=("```",), offered=offered, final=final
            )
        end = text.find("\n", head.end())
        if end < 0 and not final:
            return MORE
        end = end if end >= 0 else len(text)
        raw = text[head.end() : end].strip()
        plain = "" if raw.lower() in ("none", "n/a", "null") else raw.strip("\"'`")
        call = Found(name=bare_name(head[1], offered), arguments=plain, raw=raw)
        return Reading(end=after_opener(text, end, ("```",)), calls=(call,))

    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write two lines a call."""
        return "\n".join(
            f"Action: {c.name}\nAction Input: {dumps(dict(c.arguments))}" for c in calls
        )

    def render_result(self, name: str, content: str) -> str:
        """Write the result as an observation."""
        return f"Observation: {name}:\n{content}"


def _may_begin(text: str, at: int) -> bool:
    """Tell a call's first line from an action item in prose, as early as can be."""
    begun = _HEAD_BEGUN.fullmatch(text, at)
    return begun is not None and any(line.startswith(begun[1] or "") for line in _INPUT)


SYNTAX = ReAct()
