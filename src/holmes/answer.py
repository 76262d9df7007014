"""The end of an investigation."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

AnswerState: TypeAlias = Literal["answered", "none"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What is printed at the end.

    text       the model's words, markdown; empty where state is "none"
    state      "none": no usable answer, and `reason` says why
    citations  the evidence numbers that the text names and that exist, in order
    reason     one sentence where the answer is missing, cut or was written under a limit
    """

    text: str
    state: AnswerState
    citations: tuple[int, ...] = ()
    reason: str = ""
