"""Put the numbers right: each claim has the number of the evidence that shows it.

Works on whole lines, one after the other or all at once with the same result, so that what is
streamed is what is answered.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from holmes.grounding.checker import Checked, Checker
from holmes.grounding.citations import CITATION, numbers
from holmes.grounding.passages import Passage, Reader

_END = re.compile(r"[\s|*_]*\Z")
_STOP = re.compile(r"(?<!\.)[.!?;]\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Unit:
    """One sentence, or one row of a table: its place and what is known of its specifics.

    vague  nothing but lengths of time, which half of all outputs have
    """

    start: int
    end: int
    block: int
    founded: tuple[frozenset[int], ...]
    cited: tuple[int, ...]
    vague: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


class Citer:
    """Adds and corrects citations, line by line; `lead` is what a line before a list cites."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker
        self._reader = Reader()
        self._lead: frozenset[int] = frozenset()

    def line(self, text: str) -> str | None:
        """A whole line with its numbers put right, or None where something in it is unfounded."""
        passages, checked = self._checker.read(text, self._reader)
        if any(not item.sources for item in checked):
            return None
        return self._numbered(text, passages, checked)

    def text(self, text: str) -> str:
        """The same for a whole text, in which what is unfounded was struck before."""
        numbered = []
        for line in text.splitlines(keepends=True):
            passages, checked = self._checker.read(line, self._reader)
            known = [item for item in checked if item.sources]
            numbered.append(self._numbered(line, passages, known))
        return "".join(numbered)

    def _numbered(self, text: str, passages: Sequence[Passage], checked: Sequence[Checked]) -> str:
        units = _units(text, passages, checked)
        edits: list[_Edit] = []
        for index, unit in enumerate(units):
            later = frozenset(
                n for other in units[index + 1 :] if other.block == unit.block for n in other.cited
            )
            edits += self._edits(text, unit, later)
        self._remember(text, units)
        for edit in sorted(edits, key=lambda e: e.start, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text

    def _edits(self, text: str, unit: _Unit, later: frozenset[int]) -> list[_Edit]:
        shown = [sources for sources in unit.founded if 0 not in sources]
        if not shown:
            return []
        common = frozenset.intersection(*shown)
        if not unit.cited:
            covered = common & (later | self._lead)
            if covered or len(common) != 1 or unit.vague:
                return []
            return [_added(text, unit, min(common))]
        lacking = [sources for sources in shown if not sources & set(unit.cited)]
        if not lacking:
            return []
        together = frozenset.intersection(*lacking)
        more = {min(together)} if together else {min(sources) for sources in lacking}
        wrong = set(unit.cited) if len(lacking) == len(shown) else set()
        return _replaced(text, unit, more, wrong)

    def _remember(self, text: str, units: Sequence[_Unit]) -> None:
        """What a line that ends in a colon cites holds for the list under it."""
        bare = text.strip()
        if re.search(r":\W{0,3}\Z", bare):
            self._lead = frozenset(n for unit in units for n in unit.cited)
        elif bare and not re.match(r"[-*+•|>`]|\d{1,2}[.)]\s|\s{2,}", text):
            self._lead = frozenset()


def _units(text: str, passages: Sequence[Passage], checked: Sequence[Checked]) -> list[_Unit]:
    groups: dict[tuple[int, int], list[Passage]] = {}
    for passage in passages:
        if passage.form in {"code", "heading"} or passage.stance == "proposal":
            continue
        sentence = 0 if passage.form == "cell" else passage.sentence
        groups.setdefault((passage.block, sentence), []).append(passage)
    units = []
    for (block, _), members in groups.items():
        start, end = members[0].places[0], members[-1].places[-1]
        sentences = {member.sentence for member in members}
        here = [
            c
            for c in checked
            if c.specific.sentence in sentences and start <= c.specific.start < end
        ]
        cited = dict.fromkeys(n for m in CITATION.finditer(text[start:end]) for n in numbers(m))
        units.append(
            _Unit(
                start=start,
                end=end,
                block=block,
                founded=tuple(c.sources for c in here),
                cited=tuple(cited),
                vague=all(c.specific.kind == "time" for c in here),
            )
        )
    return units


def _added(text: str, unit: _Unit, number: int) -> _Edit:
    tail = _END.search(text, unit.start, unit.end)
    end = tail.start() if tail else unit.end
    if text[end - 1 : end] == ":":
        return _Edit(start=end, end=end, text="")  # what it introduces has its own numbers
    stop = _STOP.search(text, unit.start, end)
    at = stop.start() if stop else end
    return _Edit(start=at, end=at, text=f" [{number}]")


def _replaced(text: str, unit: _Unit, more: set[int], wrong: set[int]) -> list[_Edit]:
    """The last citation of a sentence with what it lacks, the others without what is wrong."""
    matches = list(CITATION.finditer(text, unit.start, unit.end))
    edits = []
    for match in matches:
        kept = [n for n in numbers(match) if n not in wrong]
        if match is matches[-1]:
            kept = sorted({*kept, *more})
        brackets = f"{match[1]}[{', '.join(map(str, kept))}]" if kept else ""
        edits.append(_Edit(start=match.start(), end=match.end(), text=brackets))
    return edits
