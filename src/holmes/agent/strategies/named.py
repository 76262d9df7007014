"""Which findings a question is about, by the names that it holds: data, never a list of words.

People name what they see by words that also stand in the names of objects: "user profiles" is
Deployment users/profile, "the orders migration" is Job orders-migrate-42.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from holmes.core.finding import Finding
from holmes.core.ranking import Ranking, terms
from holmes.core.tool_output import Findings

MOST = 5
"""Findings that a question is taken to be about at most."""

NEAR_BEST = 0.5
"""Of the best fit by name, from which on a finding is meant as well: "checkout" fits the namespace
and what runs in it. Tuned on the questions of the recorded scenarios (evals/scenarios, 30 Nov
2026)."""

_NAME = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
_SHORTEST = 3  # letters of a part of a name that names something by itself: no "db", no "2"
_ENDING = 2  # letters that an inflection adds: "profiles"; "configmap" is a compound, not "config"
_SHARED = 0.6  # of the longer word, from its beginning, where both end differently: "migration"


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """What of a first look a question names: what is wrong, or else what is well; or neither."""

    findings: tuple[Finding, ...] = ()
    healthy: tuple[str, ...] = ()


def named_in(question: str, look: Findings) -> Named:
    """The findings whose objects the question names, those that it fits best first."""
    names = [list(_of_finding(each)) for each in look.findings]
    names += [list(_names(each)) for each in look.healthy]
    asked = tuple(_names(question))
    known = {word for each in names for word in each}
    meant = [word for word in known if any(_same(word, each) for each in asked)]
    fits = Ranking(names).scores(meant)
    best = max(fits, default=0.0)
    if not best:
        return Named()
    found = len(look.findings)
    if best not in fits[:found]:
        healthy = zip(look.healthy, fits[found:], strict=True)
        return Named(healthy=tuple(n for n, fit in healthy if fit >= NEAR_BEST * best)[:MOST])
    texts = [terms(_text(each)) for each in look.findings]
    by_text = Ranking(texts).scores(terms(question))
    near = [place for place in range(found) if fits[place] >= NEAR_BEST * best]
    near.sort(key=lambda place: -(fits[place] + by_text[place]))
    return Named(findings=tuple(look.findings[place] for place in near[:MOST]))


def by_words(question: str, look: Findings, most: int) -> tuple[Finding, ...]:
    """The findings that fit a question best by all their words; the first ones where none does."""
    places = Ranking(terms(_text(each)) for each in look.findings).best(terms(question), most)
    return tuple(look.findings[place] for place in places) or look.findings[:most]


def _of_finding(finding: Finding) -> Iterator[str]:
    # What suffers is named as often as what is to blame, and less telling: once instead of twice.
    own = f"{finding.namespace} {finding.name} "
    beside = " ".join(f"{each.namespace} {each.name}" for each in finding.affected)
    for word in _names(own * 2 + beside):
        if word != finding.kind.casefold():  # "nodes" names no node
            yield word


def _names(text: str) -> Iterator[str]:
    """Whole names, marked as such, and their parts."""
    for name in _NAME.findall(text.casefold()):
        parts = re.split(r"[-.]", name)
        if len(parts) > 1:
            yield f"={name}"
        for part in parts:
            if len(part) >= _SHORTEST:
                yield part


def _same(one: str, other: str) -> bool:
    """Whether two words are one, but for how they end."""
    if one == other or "=" in one + other:
        return one == other
    shared = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    shorter, longer = sorted((len(one), len(other)))
    if shared == shorter:
        return shorter > _SHORTEST and longer - shorter <= _ENDING
    return shared > _SHORTEST and shared >= _SHARED * longer


def _text(finding: Finding) -> str:
    affected = " ".join(str(each) for each in finding.affected)
    said = " ".join((finding.cause, *finding.chain, *finding.evidence))
    return f"{finding.subject} {affected} {said}"
