"""Older answers, written for the check before this one: right ones, and wrong ones made of them.

The evidence is what the real tools returned against the recording (`grounding_corpus/capture.py`).
"""

from grounding.grounding_corpus.corpus import Case, right_answers, wrong_answers
from holmes.core.answer import Specific
from holmes.grounding import Checker

MOST_MARKED = 0.01
LEAST_CAUGHT = 0.71


def marked(case: Case) -> list[str]:
    return [doubt.said for doubt in Checker(case.question, case.log()).doubts(case.text)[1]]


def specifics(case: Case) -> tuple[Specific, ...]:
    return Checker(case.question, case.log()).review(case.text).answer.specifics


def test_right_answers_are_hardly_marked_and_never_sent_back() -> None:
    cases = right_answers()
    assert len(cases) >= 60
    marks = {case.name: said for case in cases if (said := marked(case))}
    number = sum(len(specifics(case)) for case in cases)
    assert sum(len(said) for said in marks.values()) <= MOST_MARKED * number, marks
    invented = [c.name for c in cases if Checker(c.question, c.log()).review(c.text).invented]
    assert not invented


def test_wrong_answers_are_noticed() -> None:
    cases = wrong_answers()
    right = {case.name: set(marked(case)) for case in right_answers()}
    missed = [c.invented for c in cases if not set(marked(c)) - right[c.name.split("-")[0]]]
    assert len(cases) >= 60
    assert len(missed) <= (1 - LEAST_CAUGHT) * len(cases), missed
