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

from holmes.models.tool_syntax.base import Offered, Passage
from holmes.models.tool_syntax.core.scanner import Placed

MAX_PROSE = 800
MAX_ANNOUNCEMENT = 240
_HEADING = re.compile(r"^ {0,3}#{1,6} \S|^\|[ :-]*-{3}", re.MULTILINE)
_ITEM = re.compile(r"^\s{0,8}(?:[-*+]|\d{1,2}[.)]) \S", re.MULTILINE)
_DECORATION = "`\n\r\t .,;:"
_THOUGHT = "</think>"


def select(text: str, passages: Sequence[Placed], offered: Offered) -> list[Placed]:
    """The passages that are calls; the others are content."""
    passages = _without_drafts(text, passages)
    around = _around(text, passages)
    answer = _looks_like_answer(around)
    alone = not around.strip(_DECORATION)
    last_text = _last_text(text, passages)
    kept: list[Placed] = []
    for placed in passages:
        start, _, passage = placed
        known = all(call.name in offered for call in passage.calls)
        last = start >= last_text
        if passage.certainty == "tagged" or alone:
            kept.append(placed)
        elif known:
            kept += [placed] if last or not answer else []
        elif last and not answer and len(around) <= MAX_ANNOUNCEMENT:
            kept += [placed] if _resemble(passage, offered) else []
    return kept


def _looks_like_answer(prose: str) -> bool:
    """Tell an answer from a sentence that announces a step."""
    prose = prose.strip()
    if len(prose) > MAX_PROSE or _HEADING.search(prose):
        return True
    return len(_ITEM.findall(prose)) >= 3


def _around(text: str, passages: Sequence[Placed]) -> str:
    parts, at = [], 0
    for start, _, passage in passages:
        parts.append(text[at:start])
        at = passage.end
    return "".join((*parts, text[at:])).strip()


def _last_text(text: str, passages: Sequence[Placed]) -> int:
    """Where the last text outside all passages begins; what starts later is the last thing."""
    last, at = 0, 0
    for start, _, passage in passages:
        last = at if text[at:start].strip(_DECORATION) else last
        at = passage.end
    return at if text[at:].strip(_DECORATION) else last


def _without_drafts(text: str, passages: Sequence[Placed]) -> list[Placed]:
    thought = _end_of_thinking(text, passages)
    if thought < 0 or not text[thought + len(_THOUGHT) :].strip():
        return list(passages)
    return [r for r in passages if r[0] > thought or not r[2].calls]


def _end_of_thinking(text: str, passages: Sequence[Placed]) -> int:
    """Where the last `</think>` stands that is no part of a whole call's arguments, or -1."""
    inside = [
        (start, passage.end)
        for start, _, passage in passages
        if not any(call.error or call.repaired for call in passage.calls)
    ]
    found = text.rfind(_THOUGHT)
    while any(start <= found < end for start, end in inside):
        found = text.rfind(_THOUGHT, 0, found)
    return found


def _resemble(passage: Passage, offered: Offered) -> bool:
    return all(get_close_matches(call.name, offered, n=1, cutoff=0.6) for call in passage.calls)
