"""Earlier questions and answers of a conversation, in few words where the window is short."""

import re
from collections.abc import Sequence

from holmes.agent.shrinking import specifics
from holmes.agent.state import Turn
from holmes.core.messages import AssistantMessage, Message, UserMessage

FOLD_FROM = 0.5
"""Of a request's room, from which on earlier turns are told in few words. Done at the beginning of
a question and then to a third, since a server's prefix cache is lost each time."""

FOLD_TO = 0.3

BRIEF = 0.15
"""Of a request's room, what a led model is told of earlier turns."""

_MOST = 600  # characters of a turn, however few there are
_LEAST = 60  # characters of a turn, below which the oldest turns are left out
_ASKED = 0.35  # of a turn's characters, the question's
_SENTENCE = re.compile(r"(?<=[.!?\]:])\s+|\n+")
_CITATION = re.compile(r"\[\d+(?:, ?\d+)*\]")
_HEADING = "Earlier in this conversation (results are still there under their numbers):"


def folded(turns: Sequence[Turn], room: int) -> list[Message]:
    """The turns in about `room` characters: the last one whole where it fits, the others in brief.

    What can be looked up stays: a turn keeps the sentences with most names, numbers, citations.
    """
    last = turns[-1]
    size = len(last.question) + len(last.answer)
    if size > room // 2:
        return [UserMessage(content=in_brief(turns, room))]
    told = in_brief(turns[:-1], room - size)
    asked = "\n\n".join(filter(None, (told, last.question)))
    return [UserMessage(content=asked), AssistantMessage(content=last.answer)]


def in_brief(turns: Sequence[Turn], room: int) -> str:
    """A line a turn, the oldest left out where there is no room for a line each."""
    if not turns:
        return ""
    kept = turns[-max(1, room // _LEAST) :]
    lines = [_line(turn, min(_MOST, room // len(kept))) for turn in kept]
    if missing := len(turns) - len(kept):
        lines.insert(0, f"- {missing} older questions are left out.")
    return "\n".join([_HEADING, *lines])


def _line(turn: Turn, room: int) -> str:
    asked = _cut(" ".join(turn.question.split()), max(20, int(room * _ASKED)))
    return f"- {asked} → {telling(turn.answer, max(40, room - len(asked) - 5))}"


def telling(text: str, room: int) -> str:
    """The sentences with most names, numbers and citations, in their order, in `room`."""
    sentences = [" ".join(part.split()) for part in _SENTENCE.split(text) if part.strip()]
    worth = [len(specifics(s)) + 2 * len(_CITATION.findall(s)) for s in sentences]
    chosen: set[int] = set()
    for place in sorted(range(len(sentences)), key=lambda n: -worth[n] / (20 + len(sentences[n]))):
        if len(sentences[place]) < room:
            chosen.add(place)
            room -= len(sentences[place]) + 1
    if chosen or not sentences:
        return " ".join(sentences[place] for place in sorted(chosen))
    best = max(range(len(sentences)), key=worth.__getitem__)
    cited = "".join(_CITATION.findall(sentences[best]))
    return f"{_cut(sentences[best], max(20, room - len(cited) - 1))} {cited}".strip()


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
