"""Tell an answer's findings apart, and judge each by what the evidence says, not by its tone."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from holmes.core.answer import Finding, Quote, Verdict
from holmes.core.evidence import Evidence
from holmes.grounding import support
from holmes.grounding.checker import Checked
from holmes.grounding.citations import CITATION, numbers
from holmes.grounding.index import Indexed
from holmes.grounding.names import GENERATED
from holmes.grounding.passages import Passage
from holmes.grounding.specifics import MARK, Specific

MOST_QUOTES = 3
"""Lines that are quoted of one piece of evidence for one finding."""

_CAUSE = re.compile(
    r"\b(?:because|since|due to|as (?:it|its|the|no|none)|caused? by|causes?|root cause|reason"
    r"|owing"
    r"|hence|so (?:it|the|that)|therefore|weil|da|wegen|ursache|grund)\b|:",
    re.IGNORECASE,
)
_SYMPTOMS = frozenset(
    {"CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "NotReady", "Pending", "Error"}
    | {"Running", "ContainerCreating", "PodInitializing", "BackOff", "Unhealthy"}
)
_WHY = re.compile(
    r"\b(?:why|causes?|caused|reason|wrong|broken|problems?|diagnos\w+|fail\w*|unhealthy|warum"
    r"|wieso|weshalb|ursache|grund)\b",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]+\Z")
_SUBJECT = re.compile(
    r"\W*(?:The |the )?(?:pods?|deployments?|nodes?|services?|jobs?)\b", re.IGNORECASE
)


@dataclass(kw_only=True, slots=True)
class _Draft:
    """The passages that speak of one object."""

    object: str
    names: list[str]
    passages: list[Passage] = field(default_factory=list)
    checked: list[Checked] = field(default_factory=list)
    cited: list[int] = field(default_factory=list)

    @property
    def own(self) -> list[str]:
        """The names of the object itself."""
        root = support.root(self.object)
        return [self.object, *(name for name in self.names if support.root(name) == root)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """The findings of a text, and the lines that carry what it cites."""

    findings: tuple[Finding, ...]
    quotes: tuple[Quote, ...]
    standing: tuple[bool, ...]


class Judge:
    """Judges the findings of one text."""

    def __init__(
        self, question: str, sources: Sequence[Indexed], evidence: Iterable[Evidence]
    ) -> None:
        self._question = question
        self._sources = {source.number: source for source in sources}
        self._evidence = tuple(evidence)

    def judge(self, text: str, passages: Sequence[Passage], checked: Sequence[Checked]) -> Judged:
        """Every finding with its verdict, and the decisive lines by evidence."""
        drafts = _drafts(text, passages, checked) or self._asked_for(text, passages, checked)
        results = [self._finding(draft) for draft in drafts]
        by: dict[int, dict[str, None]] = {}
        for finding, _ in results:
            for quote in finding.quotes:
                by.setdefault(quote.evidence, {}).update(dict.fromkeys(quote.lines))
        for number, lines in self._unclaimed(text, passages, checked, by).items():
            by.setdefault(number, {}).update(dict.fromkeys(lines))
        return Judged(
            findings=tuple(finding for finding, _ in results),
            quotes=tuple(
                Quote(evidence=number, lines=tuple(lines)) for number, lines in sorted(by.items())
            ),
            standing=tuple(stands for _, stands in results),
        )

    def _asked_for(
        self, text: str, passages: Sequence[Passage], checked: Sequence[Checked]
    ) -> list[_Draft]:
        """Of an answer that names nothing, the object that the question names."""
        objects = {name for source in self._sources.values() for name in source.objects}
        words = re.findall(r"[a-z0-9][a-z0-9.-]*[a-z0-9]", self._question.casefold())
        name = next((word for word in words if word in objects), "")
        claims = [p for p in passages if p.stance == "claim" and p.form != "heading"]
        if not name or not claims:
            return []
        cited = [n for passage in claims for n in _cited_in(text, passage)]
        return [_Draft(object=name, names=[name], passages=claims, checked=[*checked], cited=cited)]

    def _finding(self, draft: _Draft) -> tuple[Finding, bool]:
        cited = tuple(dict.fromkeys(draft.cited)) or self._showing(draft)
        lines = self._lines(draft, cited)
        struck = any(MARK.search(passage.text) for passage in draft.passages)
        verdict = self._verdict(draft, lines)
        if struck and verdict == "confirmed":
            verdict = "likely"
        quotes = _quoted(lines)
        finding = Finding(
            object=draft.object,
            verdict=verdict,
            citations=tuple(sorted(cited)),
            quotes=quotes,
            open=self._open(draft) if verdict == "inconclusive" else "",
        )
        return finding, not (struck and verdict == "inconclusive")

    def _showing(self, draft: _Draft) -> tuple[int, ...]:
        """Evidence of an uncited finding: what has all of it."""
        found = [c.sources - {0} for c in draft.checked if c.sources - {0}]
        return tuple(frozenset.intersection(*map(frozenset, found))) if found else ()

    def _lines(self, draft: _Draft, cited: Sequence[int]) -> dict[int, list[support.Line]]:
        """By sentence, the lines that carry it."""
        found: dict[int, list[support.Line]] = {}
        for passage in draft.passages:
            own = _of(passage, draft.checked)
            wanted = support.statement(_claimed(passage.text), own, draft.own)
            if not (wanted.words or wanted.strong or wanted.quotes):
                continue
            lines = [
                line
                for number in cited
                if number in self._sources
                for line in support.lines(wanted, self._sources[number], draft.own)
            ]
            found.setdefault(passage.sentence, []).extend(
                sorted(lines, key=lambda item: item.score, reverse=True)
            )
        return found

    def _verdict(self, draft: _Draft, lines: Mapping[int, list[support.Line]]) -> Verdict:
        best = [found[0] for found in lines.values() if found]
        stated = [line for line in best if line.states]
        if any(line.quoted or (line.problem and not line.in_table) for line in stated):
            return "confirmed"
        if not _WHY.search(self._question):
            known = draft.checked and all(item.sources for item in draft.checked)
            return "confirmed" if stated or known else "likely" if best else "inconclusive"
        causes = {p.sentence for p in draft.passages if _CAUSE.search(CITATION.sub("", p.text))}
        if not causes:
            # A row that says "Error" is a symptom; the cause is what was asked for.
            symptom = any(line.problem for line in best)
            return "confirmed" if stated and not symptom else "inconclusive"
        caused = [lines[s][0] for s in causes if lines.get(s)]
        consistent = stated or any(line.strong for line in caused) or self._explains(draft)
        return "likely" if consistent else "inconclusive"

    def _explains(self, draft: _Draft) -> bool:
        """Whether a reason that is no mere symptom is named and stands in what is cited."""
        said = {r for p in draft.passages for r in support.REASON.findall(p.text)}
        cited = [self._sources[n] for n in draft.cited if n in self._sources]
        return any(source.has(reason) for source in cited for reason in said - _SYMPTOMS)

    def _open(self, draft: _Draft) -> str:
        """What would decide it: a look that was not taken, or one that failed."""
        roots = {support.root(name) for name in draft.names}
        looks = [e for e in self._evidence if any(root in e.output.command for root in roots)]
        for entry in looks:
            if entry.output.status in {"failed", "timeout", "denied"}:
                return f"{entry.output.command} would decide it; it ended {entry.output.status}"
        if any(source.is_node(draft.object) for source in self._sources.values()):
            return f"kubectl describe node {draft.object} would decide it"
        if any(source.is_namespace(draft.object) for source in self._sources.values()):
            return f"kubectl get pods -n {draft.object} would decide it"
        commands = " ".join(entry.output.command for entry in looks)
        if "logs" not in commands:
            return f"the log of {draft.object} would decide it"
        if "describe" not in commands and "events" not in commands:
            return f"the events of {draft.object} would decide it"
        return f"nothing that was read says why {draft.object} is so"

    def _unclaimed(
        self,
        text: str,
        passages: Sequence[Passage],
        checked: Sequence[Checked],
        by: Mapping[int, object],
    ) -> dict[int, list[str]]:
        """The best line of each cited piece of evidence that no finding quotes."""
        found: dict[int, list[str]] = {}
        for passage in passages:
            for number in _cited_in(text, passage):
                if number in by or number in found or number not in self._sources:
                    continue
                wanted = support.statement(passage.text, _of(passage, checked), ())
                lines = support.lines(wanted, self._sources[number], ())
                if lines:
                    found[number] = [lines[0].text]
        return found


def _drafts(text: str, passages: Sequence[Passage], checked: Sequence[Checked]) -> list[_Draft]:
    drafts: list[_Draft] = []
    in_section = False
    blocks: dict[int, list[Passage]] = {}
    for passage in passages:
        blocks.setdefault(passage.block, []).append(passage)
    for members in blocks.values():
        for group in _groups(members, checked):
            here = [c for passage in group for c in _checked_in(passage, checked)]
            names = _objects(here)
            heading = group[0].form == "heading"
            if heading:
                in_section = bool(names)
            if names and (heading or not in_section) and not _same(drafts, names):
                drafts.append(_Draft(object=_called(names, here), names=names))
            elif not drafts:
                continue
            draft = drafts[-1]
            draft.names += [name for name in names if name not in draft.names]
            draft.checked += here
            draft.passages += [p for p in group if p.stance == "claim" and p.form != "heading"]
            draft.cited += [n for passage in group for n in _cited_in(text, passage)]
    return [draft for draft in drafts if draft.passages]


def _groups(members: Sequence[Passage], checked: Sequence[Checked]) -> list[list[Passage]]:
    """A paragraph, cut where a sentence has another pod as its subject."""
    groups: list[list[Passage]] = [[]]
    subject: set[str] = set()
    for passage in members:
        pods = {s.text for s in _of(passage, checked) if GENERATED.fullmatch(s.text)}
        starts = _SUBJECT.match(passage.text) and pods and passage.form == "prose"
        if starts and subject and pods != subject:
            groups.append([])
        if starts or not subject:
            subject = pods
        groups[-1].append(passage)
    return groups


def _same(drafts: Sequence[_Draft], names: Sequence[str]) -> bool:
    """Whether the last finding speaks of the same object, by its workload's name."""
    if not drafts:
        return False
    return support.root(drafts[-1].object) == support.root(names[0])


def _objects(checked: Sequence[Checked]) -> list[str]:
    """The names of objects, pairs first: no variables, addresses and settings."""
    found = [
        item.specific
        for item in checked
        if item.specific.kind == "name"
        and item.sources
        and not _VARIABLE.match(item.specific.text)
        and not re.search(r"[=:«_]|\.\w|^/", item.specific.text)
    ]
    ordered = sorted(found, key=lambda s: (len(s.value) < 2, s.start))
    return list(dict.fromkeys(_name_of(specific) for specific in ordered))


def _name_of(specific: Specific) -> str:
    return "/".join(part for part in specific.value if part != "?")


def _called(names: Sequence[str], checked: Sequence[Checked]) -> str:
    """The first name, with the namespace that the same paragraph names."""
    spaces = [c.specific.value[0] for c in checked if c.specific.kind == "namespace"]
    if "/" not in names[0] and len(set(spaces)) == 1:
        return f"{spaces[0]}/{names[0]}"
    return names[0]


def _claimed(text: str) -> str:
    """What a sentence gives as the cause, where it gives one; else the sentence."""
    cues = list(_CAUSE.finditer(text))
    rest = text[cues[-1].end() :] if cues else ""
    return rest if len(re.findall(r"\w{3,}", CITATION.sub("", rest))) > 1 else text


def _of(passage: Passage, checked: Sequence[Checked]) -> list[Specific]:
    return [item.specific for item in _checked_in(passage, checked) if item.sources]


def _checked_in(passage: Passage, checked: Sequence[Checked]) -> list[Checked]:
    start, end = passage.places[0], passage.places[-1]
    return [item for item in checked if start <= item.specific.start < end]


def _cited_in(text: str, passage: Passage) -> list[int]:
    part = text[passage.places[0] : passage.places[-1]]
    return [number for match in CITATION.finditer(part) for number in numbers(match)]


def _quoted(lines: Mapping[int, list[support.Line]]) -> tuple[Quote, ...]:
    """By evidence, the lines that say most: each one more than those before it."""
    quotes = []
    every = [line for found in lines.values() for line in found]
    for number in sorted({line.evidence for line in every}):
        own = [line for line in every if line.evidence == number]
        kept: dict[str, None] = {}
        said: set[str] = set()
        for line in sorted(own, key=lambda item: item.score, reverse=True):
            if len(kept) < MOST_QUOTES and (not kept or line.strong - said):
                kept[line.text] = None
                said |= line.strong
        quotes.append(Quote(evidence=number, lines=tuple(kept)))
    return tuple(quotes)
