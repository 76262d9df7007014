"""Which findings a question is about, by the names that it holds: data, never a list of words.

People name what they see by words that also stand in the names of objects: "user profiles" is
Deployment users/profile, "the orders migration" is Job orders-migrate-42.
"""

import re
from collections.abc import Iterator, Sequence
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
    """What of a first look a question names: what is wrong, what is well, both or neither.

    `whole` says whether it has a whole name of any of it: "shop" is but a part of shop-cart.
    """

    findings: tuple[Finding, ...] = ()
    healthy: tuple[str, ...] = ()
    whole: bool = False


def told_of(answer: str, look: Findings) -> Named:
    """What of a look an earlier answer told of, by whole names."""
    findings = tuple(
        each
        for each in look.findings
        if _stands_in(each.subject.path, answer)
        or any(_stands_in(ref.name, answer) for ref in each.affected)
    )
    healthy = tuple(name for name in look.healthy if _stands_in(name, answer))
    return Named(findings=findings, healthy=healthy[:MOST], whole=bool(findings or healthy))


def _stands_in(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w./-]){re.escape(name)}(?![\w-])", text) is not None


def named_in(question: str, look: Findings) -> Named:
    """The findings and healthy objects that the question names, those that it fits best first.

    A healthy object that shares its words with a finding is not meant beside it, nor the other way
    round: "cart in shop" names shop/cart, and not what else is in the namespace.
    """
    names = [list(_of_finding(each)) for each in look.findings]
    names += [list(_of_healthy(each, look)) for each in look.healthy]
    asked = tuple(_names(question))
    known = {word for each in names for word in each}
    meant = {word for word in known if any(_same(word, each) for each in asked)}
    fits = Ranking(names).scores(meant)
    best = max(fits, default=0.0)
    if not best:
        return Named()
    found = len(look.findings)
    near = [place for place, fit in enumerate(fits) if fit >= NEAR_BEST * best]
    first = best in fits[:found]
    leading = [meant & set(names[place]) for place in near if (place < found) is first]
    near = [
        place
        for place in near
        if (place < found) is first or not any(meant & set(names[place]) <= its for its in leading)
    ]
    by_text = _by_text(question, look)
    wrong = [place for place in near if place < found]
    wrong.sort(key=lambda place: -(fits[place] + by_text[place]))
    return Named(
        whole=any(_is_whole(name, asked) for name in _full(look, near)),
        findings=tuple(look.findings[place] for place in wrong[:MOST]),
        healthy=tuple(look.healthy[place - found] for place in near if place >= found)[:MOST],
    )


def nearest(question: str, look: Findings) -> tuple[Finding, ...]:
    """The findings that fit a question best by all their words, then the worst of the others."""
    fits = _by_text(question, look)
    order = sorted(range(len(fits)), key=lambda place: -fits[place])
    return tuple(look.findings[place] for place in order[:MOST])


def _by_text(question: str, look: Findings) -> list[float]:
    return Ranking(terms(_text(each)) for each in look.findings).scores(terms(question))


def _of_finding(finding: Finding) -> Iterator[str]:
    # What suffers is named as often as what is to blame, and less telling: once instead of twice.
    own = f"{finding.namespace} {finding.name} "
    beside = " ".join(f"{each.namespace} {each.name}" for each in finding.affected)
    for word in _names(own * 2 + beside):
        if word != finding.kind.casefold():  # "nodes" names no node
            yield word


def _of_healthy(name: str, look: Findings) -> Iterator[str]:
    kind = look.looks[name].arguments.get("kind") if name in look.looks else ""
    return (word for word in _names(name) if word != kind)


def _full(look: Findings, places: Sequence[int]) -> Iterator[str]:
    """The full names and namespaces of findings and healthy objects, by their places."""
    found = len(look.findings)
    for place in places:
        if place >= found:
            yield from look.healthy[place - found].casefold().split("/")
            continue
        finding = look.findings[place]
        for ref in (finding.subject, *finding.affected):
            yield from (ref.name.casefold(), ref.namespace.casefold())


def _is_whole(name: str, asked: Sequence[str]) -> bool:
    """Whether a question has a name, and not just a part of it."""
    if re.search(r"[-.]", name):
        return f"={name}" in asked
    return any(_same(name, each) for each in asked)


def says_whole(question: str, name: str) -> bool:
    """Whether a question has the whole name of an object; its namespace alone does not count."""
    return _is_whole(name.rpartition("/")[2].casefold(), tuple(_names(question)))


def rows_named(question: str, rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The rows of a table that the question names something in, or all where it names none."""
    asked = tuple(_names(question))
    words = [set(_names(" ".join(row))) for row in rows]
    named = [any(_same(word, each) for word in has for each in asked) for has in words]
    return [row for row, meant in zip(rows, named, strict=True) if meant or not any(named)]


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
