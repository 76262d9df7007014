"""From the model's last words to an answer: struck, numbered, judged."""

import re
from collections.abc import Sequence

from holmes.core.answer import Answer
from holmes.core.evidence import EvidenceLog
from holmes.grounding import support
from holmes.grounding.checker import Checker, Unfounded, struck
from holmes.grounding.citations import citations, without_dangling
from holmes.grounding.citing import Citer
from holmes.grounding.findings import Judge, Judged
from holmes.grounding.gaps import gaps, looked_at
from holmes.grounding.passages import Passage
from holmes.grounding.specifics import MARK, specifics

MOST_NAMED = 3
"""Things that a reason names; the text has a mark for each."""


def review(text: str, question: str, checker: Checker, evidence: EvidenceLog) -> Answer:
    """The answer in a text, held against the evidence.

    State "none" where what answers the question is among what was struck.
    """
    text = without_dangling(text.strip(), evidence)
    lost = checker.unfounded(text)
    text = Citer(checker).text(struck(text, lost))
    cited = citations(text, evidence)
    if not cited and not lost and (looked := looked_at(evidence)):
        text = f"{text}\n\n{looked}"
        cited = citations(text, evidence)
    passages, checked = checker.read(text)
    judged = Judge(question, checker.sources(), evidence).judge(text, passages, checked)
    holds = not lost or _stands(question, judged, passages)
    return Answer(
        text=text,
        state="answered" if holds else "none",
        citations=cited,
        reason="" if holds else _lost(lost),
        findings=judged.findings,
        quotes=judged.quotes,
        gaps=gaps(evidence),
    )


def _stands(question: str, judged: Judged, passages: Sequence[Passage]) -> bool:
    """Whether what answers the question is left: a finding on what it names, or any finding."""
    asked = [
        standing
        for finding, standing in zip(judged.findings, judged.standing, strict=True)
        if re.search(rf"(?<![\w-]){re.escape(support.root(finding.object))}(?![a-z])", question)
    ]
    if asked or judged.standing:
        return any(asked or judged.standing)
    for passage in passages:
        if MARK.search(passage.text):
            return False
        if passage.stance == "claim" and specifics(passage):
            return True
    return True


def _lost(lost: Sequence[Unfounded]) -> str:
    named = list(dict.fromkeys(item.text for item in lost))
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return (
        "No usable answer: asked twice, the model tells of what no result shows: "
        f"{'; '.join(named[:MOST_NAMED])}{more}."
    )
