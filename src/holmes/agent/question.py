"""The question as a small window takes it: the words whole, what came with them by its kind."""

import re

from holmes.agent.excerpts.excerpt import excerpt

_ATTACHED = re.compile(r"(?ms)^(--- .{1,300} \(data\) ---\n)(.*?)(\n--- end ---)$")
_LEAST = 300  # characters of each file, however many there are


def excerpt_of_question(question: str, room: int, more: str = "") -> str:
    """The question in about `room` characters.

    A file that came with it (`--- NAME (data) ---` to `--- end ---`) is cut by its kind; the words
    around the files stay, unless they alone are too long.
    """
    if len(question) <= room:
        return question
    files = [match[2] for match in _ATTACHED.finditer(question)]
    words = _ATTACHED.sub(r"\1\3", question)
    left = room - len(words)
    if not files or left < _LEAST * len(files):
        return excerpt(question, room, more=more)
    rooms = iter(_shares([len(text) for text in files], left))
    asked = words_of(question)
    return _ATTACHED.sub(
        lambda match: match[1] + excerpt(match[2], next(rooms), asked, more) + match[3], question
    )


def words_of(question: str) -> str:
    """The question without what came with it."""
    return _ATTACHED.sub("", question).strip()


def _shares(sizes: list[int], room: int) -> list[int]:
    """Room for each: small files whole, the rest of the room evenly among the others."""
    shares = [0] * len(sizes)
    left = room
    for rank, index in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        shares[index] = min(sizes[index], left // (len(sizes) - rank))
        left -= shares[index]
    return shares
