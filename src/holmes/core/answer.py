"""The end of an investigation."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

AnswerState: TypeAlias = Literal["answered", "none"]
Verdict: TypeAlias = Literal["confirmed", "likely", "inconclusive"]
SpecificStatus: TypeAlias = Literal["verified", "computed", "unverified", "contradicted"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """The lines of one piece of evidence that decide, as they stand there (long ones are cut)."""

    evidence: int
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Specific:
    """Something in an answer that can be looked up: a name, an image, a value, a quoted line.

    text         as it stands in the answer
    status       "verified": a result holds it; "computed": it follows from values that results
                 hold; "contradicted": results hold another value for the same thing;
                 "unverified": none of these
    evidence     the results that hold it, or that contradict it
    calculation  of a computed one: how it follows, like "13 / 20 = 65 %"
    instead      of a contradicted one: the value that the evidence has
    """

    text: str
    kind: str
    status: SpecificStatus
    evidence: tuple[int, ...] = ()
    calculation: str = ""
    instead: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A sentence of an answer that says why something is so, and how well evidence carries it.

    verdict  set by code, whatever the answer's tone. "confirmed": a result states it; "likely":
             results agree with it, the cause is inferred; "inconclusive": `open` says what would
             decide it

    One that code makes of a finding has an `object`, and says the same in parts:

    problem  what is seen to be wrong, in a phrase; may be empty where `cause` says it
    cause    why
    pods     the pods that suffer
    impact   who else suffers, and what still works
    changed  what changed before it began
    next     the command that shows more, or of what is confirmed one that would mend it
    """

    text: str
    verdict: Verdict
    citations: tuple[int, ...] = ()
    quotes: tuple[Quote, ...] = ()
    open: str = ""
    object: str = ""
    problem: str = ""
    cause: str = ""
    pods: str = ""
    impact: str = ""
    changed: str = ""
    next: str = ""

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """The parts below the first line that are known, each with its label."""
        parts = ("cause", "pods", "impact", "changed", "next")
        return tuple((name, said) for name in parts if (said := str(getattr(self, name))))


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What is printed at the end.

    text        the whole answer, markdown: the model's words, with a mark behind each specific that
                no result holds; or what code states, then `more` and `explanation`. Empty where
                state is "none" and nothing was said
    more        one line on what was found besides, where code states only the worst of it
    explanation the model's words about what code states
    state       "none": no usable answer, and `reason` says why
    citations   the evidence numbers that the text names and that exist, in order
    reason      one sentence where the answer is missing, cut or was written under a limit
    specifics   what of the text can be looked up, in its order
    statements  its statements of cause, in its order; none where nothing is diagnosed
    gaps        one line for each call that gave nothing and whose question no other call answered
    """

    text: str
    state: AnswerState
    citations: tuple[int, ...] = ()
    reason: str = ""
    specifics: tuple[Specific, ...] = ()
    statements: tuple[Statement, ...] = ()
    gaps: tuple[str, ...] = ()
    more: str = ""
    explanation: str = ""

    @property
    def stated(self) -> tuple[Statement, ...]:
        """The statements that code made, root causes first."""
        return tuple(each for each in self.statements if each.object)
