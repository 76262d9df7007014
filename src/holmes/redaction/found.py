"""What a detector reports."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias


class Found(NamedTuple):
    """A stretch of a text, `start` to `end`, that must not be shown; `kind` names it."""

    start: int
    end: int
    kind: str


Detector: TypeAlias = Callable[[str], Iterable[Found]]


def lowered(text: str) -> str:
    """The text in lower case and of the same length, so that positions hold.

    The dotted capital I (U+0130) is the one character that grows.
    """
    return text.replace("\u0130", "I").lower()
