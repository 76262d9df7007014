"""Calls whose name is known when their JSON arguments begin."""

import re

from holmes.models.tool_syntax.base import MORE, Passage, ReadResult, Reply, WrittenCall
from holmes.models.tool_syntax.core.json_text import read_json, skip_blanks
from holmes.models.tool_syntax.core.shapes import bare_name

HEAD_CHARS = 400
"""Characters that a call's head may take before its arguments begin."""


def read_named(reply: Reply, at: int, head: re.Pattern[str], ends: tuple[str, ...]) -> ReadResult:
    """Read a call whose `head` holds its name, as the first group, before a JSON object."""
    begun = head.match(reply.text, at)
    if not begun or not reply.text.startswith("{", begun.end()):
        return reply.undecided(at, HEAD_CHARS)
    return read_arguments(reply, begun.end(), begun[1], ends)


def read_arguments(reply: Reply, at: int, name: str, ends: tuple[str, ...]) -> ReadResult:
    """Read the JSON arguments at `at` of the call of that name, and the end markers."""
    text = reply.text
    found = read_json(text, at, stops=ends, final=reply.final)
    if found == MORE:
        return MORE
    call = WrittenCall(
        name=bare_name(name, reply.offered),
        arguments=found.value,
        raw=found.raw,
        error=found.error,
        repaired=found.repaired,
    )
    end = found.end
    while marker := next((e for e in ends if text.startswith(e, skip_blanks(text, end))), ""):
        end = skip_blanks(text, end) + len(marker)
    return Passage(end=end, calls=(call,))
