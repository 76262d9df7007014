"""Hold every specific of an answer against the evidence, the question, and what can be counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from holmes.core.evidence import Evidence
from holmes.grounding.index import Indexed, of_evidence
from holmes.grounding.lookup import holds
from holmes.grounding.passages import Passage, Reader
from holmes.grounding.specifics import Kind, Specific, specifics


@dataclass(frozen=True, kw_only=True, slots=True)
class Unfounded:
    """Something specific in an answer that nobody and no tool has said.

    start, end  its place in the text that was checked
    """

    kind: Kind
    text: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """One specific and the numbers of the evidence that shows it; 0 stands for the question."""

    specific: Specific
    sources: frozenset[int]


class Checker:
    """Holds text against one question and a growing record; each piece is indexed once."""

    def __init__(self, question: str, evidence: Iterable[Evidence]) -> None:
        self._question = Indexed(question)
        self._evidence = evidence
        self._indexed: dict[int, Indexed] = {}

    def sources(self) -> list[Indexed]:
        """The evidence that is there by now."""
        for entry in self._evidence:
            if entry.number not in self._indexed:
                self._indexed[entry.number] = of_evidence(entry)
        return list(self._indexed.values())

    def check(self, text: str, reader: Reader | None = None) -> list[Checked]:
        """Every specific of a text, in order; `reader` knows what lies above a part of one."""
        return self.read(text, reader)[1]

    def read(self, text: str, reader: Reader | None = None) -> tuple[list[Passage], list[Checked]]:
        """The passages of a text, and every specific in them."""
        passages = list((reader or Reader()).read(text))
        sources = self.sources()
        checked = [self._look_up(s, sources) for p in passages for s in specifics(p)]
        return passages, _without_proposed_code(_with_own_counts(checked), passages)

    def unfounded(self, text: str, reader: Reader | None = None) -> tuple[Unfounded, ...]:
        """What occurs nowhere, in order."""
        return tuple(
            Unfounded(kind=s.kind, text=s.text, start=s.start, end=s.end)
            for s in (c.specific for c in self.check(text, reader) if not c.sources)
        )

    def _look_up(self, specific: Specific, sources: Sequence[Indexed]) -> Checked:
        if specific.kind == "change" or specific.value[-1:] == ("?",):
            # True unless a source contradicts it.
            against = [s for s in sources if not holds(specific, s)]
            kept = () if against else (s.number for s in sources)
            return Checked(specific=specific, sources=frozenset(kept) | (set() if against else {0}))
        numbers = {source.number for source in sources if holds(specific, source)}
        if holds(specific, self._question):
            numbers.add(0)
        return Checked(
            specific=specific, sources=frozenset(numbers or self._apart(specific, sources))
        )

    def _apart(self, specific: Specific, sources: Sequence[Indexed]) -> set[int]:
        """A pair of names, one of which the question names and a tool the other."""
        if specific.kind != "name" or len(specific.value) != 2:
            return set()
        first, second = (part.casefold() for part in specific.value)
        asked = self._question
        for here, there in ((first, second), (second, first)):
            if asked.names(here):
                return {s.number for s in (*sources, asked) if s.names(there) and not s.names(here)}
        return set()


def unfounded(text: str, question: str, evidence: Iterable[Evidence]) -> tuple[Unfounded, ...]:
    """What a text says specifically and neither the question nor any evidence does.

    Names, images, addresses, codes, amounts, times, counts and quotations in what the text claims;
    not in what it proposes, and not what it says in general.
    """
    return Checker(question, evidence).unfounded(text)


def struck(text: str, found: Iterable[Unfounded]) -> str:
    """The text with a mark in the place of everything that is unfounded."""
    for item in sorted(found, key=lambda u: u.start, reverse=True):
        mark = f"«{item.kind} not found in the evidence»"
        text = text[: item.start] + mark + text[item.end :]
    return text


def _with_own_counts(checked: list[Checked]) -> list[Checked]:
    """A count holds where the answer lists as many, a percentage where its own ratio gives it."""
    listed: dict[int, set[tuple[str, ...]]] = {}
    for item in checked:
        if item.specific.kind == "name" and item.sources:
            listed.setdefault(item.specific.block, set()).add(item.specific.value)
    totals = {len(names) for names in listed.values()} | {len(listed)}
    totals.add(len({name for names in listed.values() for name in names}))
    ratios = [
        (int(c.specific.value[0]), int(c.specific.value[2]))
        for c in checked
        if c.sources and c.specific.kind == "quantity" and "/" in c.specific.value
    ]
    shares = [100 * part / whole for part, whole in ratios if whole]
    result = []
    for item in checked:
        if item.specific.kind == "percentage" and not item.sources:
            said = float(item.specific.value[0].replace(",", "."))
            if any(abs(said - share) < 1 for share in shares):
                result.append(Checked(specific=item.specific, sources=frozenset({0})))
                continue
        is_count = item.specific.kind == "count" and not item.sources
        if is_count and item.specific.noun.rstrip("s") != "restart":
            number = int(item.specific.value[0])
            if number in totals and number > 1:
                result.append(Checked(specific=item.specific, sources=frozenset({0})))
                continue
        result.append(item)
    return result


def _without_proposed_code(checked: list[Checked], passages: list[Passage]) -> list[Checked]:
    """Without the lines of code blocks that repeat nothing: manifests to apply, no quotations."""
    code = {p.block: p.language for p in passages if p.form == "code"}
    by_block: dict[int, list[bool]] = {}
    for item in checked:
        if item.specific.block in code and item.specific.kind == "quote":
            by_block.setdefault(item.specific.block, []).append(bool(item.sources))
    proposed = {
        block
        for block, found in by_block.items()
        if sum(found) * 2 < len(found)
        and (code[block] not in {"", "text", "log", "txt"} or _is_manifest(block, passages))
    }
    return [item for item in checked if item.specific.block not in proposed]


def _is_manifest(block: int, passages: list[Passage]) -> bool:
    lines = [p.text.strip() for p in passages if p.block == block and p.text.strip()]
    settings = [line for line in lines if line.startswith("- ") or line.split(" ")[0].endswith(":")]
    return len(settings) == len(lines)
