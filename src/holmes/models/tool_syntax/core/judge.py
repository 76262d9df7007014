"""Whether call-shaped JSON in a reply is a call or an example in an answer.

Calls in tags or special tokens are calls, offered or not: nothing else is written that way.
JSON in a fence or in the open is judged by what stands around it:

1. A reply that is nothing else is a call, offered or not (the loop then names the nearest tools).
2. A call of an offered tool is a call where it is the last thing in the reply, or where the text
   around it does not look like an answer (no heading, no table, fewer than three list items,
   at most 800 characters). A mistake this way costs one read-only step; a call taken for an
   answer costs the investigation.
3. A tool that was not offered is a call only as the last thing after at most 240 characters
   of such text, and only if its name is close to an offered one: small models invent names by
   analogy (`describe_deployment`, Qwen2.5-Coder 1.5B, 24 Nov 2026).

Everything else is an example and stays in the content. Calls in `<think>` are drafts unless
nothing follows the thinking.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TypeAlias

from holmes.models.tool_syntax.base import Offered, Reading

Placed: TypeAlias = tuple[int, str, Reading]

MAX_PROSE = 800
MAX_ANNOUNCEMENT = 240
_HEADING = re.compile(r"^ {0,3}#{1,6} \S|^\|[ :-]*-{3}", re.MULTILINE)
_ITEM = re.compile(r"^\s{0,8}(?:[-*+]|\d{1,2}[.)]) \S", re.MULTILINE)
_DECORATION = "`\n\r\t .,;:"
_THOUGHT = "</think>"


def judge(text: str, readings: Sequence[Placed], offered: Offered) -> list[Placed]:
    """Keep the readings that stand; the others are content."""
    readings = _without_drafts(text, readings)
    around = _around(text, readings)
    answer = looks_like_answer(around)
    alone = not around.strip(_DECORATION)
    last_text = _last_text(text, readings)
    kept: list[Placed] = []
    for placed in readings:
        start, _, reading = placed
        known = all(call.name in offered for call in reading.calls)
        last = start >= last_text
        if reading.certainty == "tagged" or alone:
            kept.append(placed)
        elif known:
            kept += [placed] if last or not answer else []
        elif last and not answer and len(around) <= MAX_ANNOUNCEMENT:
            kept += [placed] if _resemble(reading, offered) else []
    return kept


def looks_like_answer(prose: str) -> bool:
    """Tell an answer from a sentence that announces a step."""
    prose = prose.strip()
    if len(prose) > MAX_PROSE or _HEADING.search(prose):
        return True
    return len(_ITEM.findall(prose)) >= 3


def _around(text: str, readings: Sequence[Placed]) -> str:
    parts, at = [], 0
    for start, _, reading in readings:
        parts.append(text[at:start])
        at = reading.end
    return "".join((*parts, text[at:])).strip()


def _last_text(text: str, readings: Sequence[Placed]) -> int:
    """Where the last text outside all readings begins; what starts later is the last thing."""
    last, at = 0, 0
    for start, _, reading in readings:
        last = at if text[at:start].strip(_DECORATION) else last
        at = reading.end
    return at if text[at:].strip(_DECORATION) else last


def _without_drafts(text: str, readings: Sequence[Placed]) -> list[Placed]:
    thought = _end_of_thinking(text, readings)
    if thought < 0 or not text[thought + len(_THOUGHT) :].strip():
        return list(readings)
    return [r for r in readings if r[0] > thought or not r[2].calls]


def _end_of_thinking(text: str, readings: Sequence[Placed]) -> int:
    """Where the last `</think>` stands that is no part of a whole call's arguments, or -1."""
    inside = [
        (start, reading.end)
        for start, _, reading in readings
        if not any(call.error or call.repaired for call in reading.calls)
    ]
    found = text.rfind(_THOUGHT)
    while any(start <= found < end for start, end in inside):
        found = text.rfind(_THOUGHT, 0, found)
    return found


def _resemble(reading: Reading, offered: Offered) -> bool:
    return all(get_close_matches(call.name, offered, n=1, cutoff=0.6) for call in reading.calls)
