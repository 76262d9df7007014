"""The end of an investigation."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

AnswerState: TypeAlias = Literal["answered", "none"]
Verdict: TypeAlias = Literal["confirmed", "likely", "inconclusive"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """The lines of one piece of evidence that decide, as they stand there (long ones are cut)."""

    evidence: int
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What an answer says of one object, and how well the evidence carries it.

    object   as the answer names it, "namespace/name" where it names both
    verdict  set by code from the evidence, whatever the answer's tone. "confirmed": a result states
             it; "likely": results agree with it, the cause is inferred; "inconclusive": `open` says
             what would decide it
    """

    object: str
    verdict: Verdict
    citations: tuple[int, ...] = ()
    quotes: tuple[Quote, ...] = ()
    open: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What is printed at the end.

    text       the model's words, markdown; empty where state is "none" and nothing was said
    state      "none": no usable answer, and `reason` says why
    citations  the evidence numbers that the text names and that exist, in order
    reason     one sentence where the answer is missing, cut or was written under a limit
    findings   one for each object that the text says something of, in its order
    quotes     the decisive lines of the evidence that the text cites
    gaps       one line for each call that gave nothing and whose question no other call answered
    """

    text: str
    state: AnswerState
    citations: tuple[int, ...] = ()
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    quotes: tuple[Quote, ...] = ()
    gaps: tuple[str, ...] = ()
