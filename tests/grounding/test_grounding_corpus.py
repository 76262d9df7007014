"""How often the check cries wolf, and how often it misses one, on answers made by hand.

The evidence is what the real tools returned against the recording (`grounding_corpus/capture.py`).
"""

import sys
from collections import Counter

import pytest

from grounding.grounding_corpus.corpus import Case, right_answers, wrong_answers
from holmes import grounding

MOST_FALSE_ALARMS = 4
LEAST_CAUGHT = 0.94


def found(case: Case) -> list[str]:
    return [
        f"{item.kind}: {item.text}"
        for item in grounding.unfounded(case.text, case.question, case.log())
    ]


def test_right_answers_raise_no_alarm(capsys: pytest.CaptureFixture[str]) -> None:
    cases = right_answers()
    alarms = {case.name: texts for case in cases if (texts := found(case))}
    with capsys.disabled():
        sys.stdout.write(f"\n{len(alarms)} of {len(cases)} right answers raise a false alarm\n")
    assert len(cases) >= 60
    assert len(alarms) <= MOST_FALSE_ALARMS, alarms


def test_wrong_answers_are_caught_whatever_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    cases = wrong_answers()
    true = {case.name: set(found(case)) for case in right_answers()}
    caught: Counter[str] = Counter()
    missed = []
    for case in cases:
        if set(found(case)) - true[case.name.split("-")[0]]:
            caught[case.kind] += 1
        else:
            missed.append(f"{case.name} {case.kind}: {case.invented}")
    of = Counter(case.kind for case in cases)
    kinds = ", ".join(f"{kind} {caught[kind]}/{number}" for kind, number in sorted(of.items()))
    with capsys.disabled():
        sys.stdout.write(f"\n{caught.total()} of {len(cases)} wrong answers are caught: {kinds}\n")
    assert len(cases) >= 60
    assert caught.total() >= LEAST_CAUGHT * len(cases), missed
