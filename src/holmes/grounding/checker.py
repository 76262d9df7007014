"""From the model's words to an answer: marked where no result holds them, never rewritten."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from holmes.core.answer import Answer, Specific
from holmes.core.evidence import EvidenceLog
from holmes.grounding.citations import citations, without_dangling
from holmes.grounding.gaps import gaps
from holmes.grounding.held import Given
from holmes.grounding.index import Index
from holmes.grounding.judge import Judge, Judged
from holmes.grounding.statements import statements

MARK = " (?)"
REPLACED = "(no such name in the results)"
FEWEST_NAMES = 2
_CLOSING = '`*_"”“»」'


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """An answer as the evidence carries it.

    invented  what nobody can know but from a result, and no result holds: a generated pod name, a
              UID, an image, a quoted line
    """

    answer: Answer
    invented: tuple[Specific, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """A place in an answer that does not hold, and what is said of it at the end."""

    start: int
    end: int
    said: str
    marked: bool = True


class Checker:
    """Holds answers against one question and a growing record."""

    def __init__(self, question: str, evidence: EvidenceLog) -> None:
        self._question = Given(question)
        self._evidence = evidence
        self._index = Index(evidence)

    def review(self, text: str) -> Review:
        """The answer in a text, with a mark behind each specific that no result holds."""
        text = without_dangling(text.strip(), self._evidence)
        judge, judged, doubts = self._judged(text)
        answer = Answer(
            text=_marked(text, doubts),
            state="answered",
            citations=citations(text, self._evidence),
            specifics=tuple(item.specific for item in judged),
            statements=statements(text, judge, judged, self._index.sources),
            gaps=gaps(self._evidence),
        )
        return Review(
            answer=answer, invented=tuple(item.specific for item in judged if item.invented)
        )

    def insisted(self, text: str) -> Review:
        """The same for a second reply: a pod name or UID that is still nowhere is replaced."""
        for item in sorted(self.doubts(text)[0], key=lambda j: j.spot.start, reverse=True):
            if item.invented and item.spot.kind in {"pod", "uid"}:
                text = text[: item.spot.start] + REPLACED + text[item.spot.end :]
        return self.review(text)

    def doubts(self, text: str) -> tuple[list[Judged], list[Doubt]]:
        """Every specific of a text, and the places in it that do not hold."""
        _, judged, doubts = self._judged(text)
        return judged, doubts

    def _judged(self, text: str) -> tuple[Judge, list[Judged], list[Doubt]]:
        self._index.update()
        judge = Judge(self._index, self._question, text)
        judged = judge.judge()
        found = [doubt for item in judged if (doubt := _doubt(item))]
        found += self._citations(text, judge, judged)
        return judge, judged, sorted(found, key=lambda doubt: doubt.start)

    def _citations(self, text: str, judge: Judge, judged: Sequence[Judged]) -> Iterable[Doubt]:
        """The citations of results that do not hold what is told with them, where others do."""
        told: dict[int, list[Judged]] = {}
        citations = judge.text.citations
        for item in judged:
            at = judge.text.citation_of(item.spot)
            if item.specific.status == "verified" and at is not None:
                told.setdefault(at, []).append(item)
        for at, items in told.items():
            last = at
            while (
                last + 1 < len(citations) and citations[last + 1].start() == citations[last].end()
            ):
                last += 1
            start, end = citations[at].start(), citations[last].end()
            if said := self._elsewhere(judge, items, start, end):
                yield Doubt(start=start, end=end, said=f"{text[start:end].strip()}: {said}")

    def _elsewhere(self, judge: Judge, items: list[Judged], start: int, end: int) -> str:
        """What of all that is told stands in another result, where nothing stands in the cited."""
        near = set(judge.text.cited(start, end))
        strong = [item for item in items if _telling(item)]
        names = [item for item in items if item.spot.kind in {"name", "pod"}]
        told = strong or (names if len(names) >= FEWEST_NAMES else [])
        if not told or any(near & set(item.specific.evidence) for item in told):
            return ""
        one = told[-1].specific
        right = set(one.evidence)
        for each in (set(item.specific.evidence) for item in items):
            if each & near and not each & right:
                return ""  # what else is told stands in the cited one only
        return f"{one.text} stands in [{min(one.evidence)}]"


def _telling(item: Judged) -> bool:
    """Whether a specific tells one result from another: names and small numbers stand anywhere."""
    kind, quantity = item.spot.kind, item.spot.quantity
    if quantity is not None:
        return quantity.digits > 1
    return kind in {"quote", "address", "version", "image", "time", "ratio"}


def _doubt(item: Judged) -> Doubt | None:
    specific = item.specific
    if specific.status == "contradicted":
        said = f"{specific.text}: result [{specific.evidence[0]}] has {specific.instead}"
    elif specific.status == "unverified":
        said = specific.text
    else:
        return None
    return Doubt(
        start=item.spot.start, end=item.spot.end, said=said, marked=item.spot.block.form != "code"
    )


def _marked(text: str, doubts: Sequence[Doubt]) -> str:
    """The text with its marks, and one line at the end that lists what they stand for."""
    if not doubts:
        return text
    at, parts = 0, []
    for doubt in doubts:
        if not doubt.marked or doubt.end < at:
            continue
        end = doubt.end
        while text[end : end + 1] and text[end] in _CLOSING:
            end += 1
        parts += [text[at:end], MARK]
        at = end
    listed = "; ".join(dict.fromkeys(doubt.said for doubt in doubts))
    return f"{''.join(parts)}{text[at:]}\n\n(?) Not found in the results: {listed}."
