"""All results of an investigation, by the names and the values in them."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence

from holmes.core.evidence import Evidence
from holmes.core.quantities import Reading, same
from holmes.grounding.held import LARGE, folded
from holmes.grounding.sources import Record, Source
from holmes.grounding.totals import PRECISE, paired, totals

MOST_PAIRED_ROWS = 100
MOST_VALUES = 2000
"""Different values of one field that are compared."""


class Index:
    """Each piece of evidence once, in the order in which it came."""

    def __init__(self, evidence: Iterable[Evidence]) -> None:
        self._evidence = evidence
        self.sources: list[Source] = []
        self._by_key: dict[str, list[Record]] = defaultdict(list)
        self._by_field: dict[str, dict[str, int]] = defaultdict(dict)
        self._said: dict[str, frozenset[int]] = {}
        self._totals: dict[int, list[Reading]] = {}
        self.groups: dict[tuple[int, int], list[Record]] = defaultdict(list)

    def update(self) -> None:
        """Take in what has come since."""
        for entry in list(self._evidence)[len(self.sources) :]:
            source = Source(entry)
            self.sources.append(source)
            self._said.clear()
            for record in source.records:
                self.groups[record.group].append(record)
                for field, text in record.cells:
                    known = self._by_field[field]
                    if field and (text in known or len(known) < MOST_VALUES):
                        known[text] = known.get(text, 0) + 1
                for key in record.keys:
                    self._by_key[key].append(record)

    def among(self, numbers: Collection[int]) -> list[Source]:
        """The results with these numbers, or all where none is given."""
        return [s for s in self.sources if s.number in numbers] if numbers else self.sources

    def records(self, name: str) -> list[Record]:
        """What goes by a name, which may be abbreviated, like checkout-…-ddg6b."""
        start, dots, end = name.casefold().replace("...", "…").partition("…")
        if not dots:
            return self._by_key.get(start) or self._by_key.get(start.rpartition("/")[2], [])
        keys = (k for k in self._by_key if k.startswith(start) and k.endswith(end))
        return next((self._by_key[key] for key in keys), [])

    def saying(self, text: str) -> frozenset[int]:
        """The results in which a name stands; that of a path or host may stand in parts."""
        if text not in self._said:
            held = {s.number for s in self.sources if s.says(text)}
            host, service, _ = text.partition(".svc")
            parts = [p for p in re.split(r"[.:]" if service else r":", host) if p]
            if not held and len(parts) > 1:
                each = [{s.number for s in self.sources if s.says(part)} for part in parts]
                held = set.intersection(*each) or (each[0] if all(each) and not service else set())
            first, slash, last = text.rpartition("/")
            if not held and slash:
                named = self._by_key.get(last.casefold(), [])
                scopes = {s.number for s in self.sources if s.asked_for(first)}
                held = {r.source for r in named if r.says(first) or r.source in scopes}
                if not named:
                    held = {n for n in scopes if self.sources[n - 1].says(last)}
            self._said[text] = frozenset(held)
        return self._said[text]

    def quoting(self, text: str) -> frozenset[int]:
        """The results that have a quotation; what is left out may be marked by an ellipsis."""
        parts = [folded(part).strip(" .,:;") for part in re.split(r"…|\.\.\.", text)]
        parts = [part for part in parts if part]
        held = {s.number for s in self.sources if parts and all(p in s.digest for p in parts)}
        words = [word.strip(":,") for word in text.split()]
        if not held and len(words) <= 4:
            held = {s.number for s in self.sources if all(s.says(word) for word in words)}
        return frozenset(held)

    def holding(self, said: Sequence[Reading], written: str) -> frozenset[int]:
        """The results in which a quantity stands."""
        return frozenset(s.number for s in self.sources if s.holds(said, written))

    def follows(self, said: Sequence[Reading], digits: int, near: Collection[int]) -> set[int]:
        """The results whose columns add up to a quantity, or in which two values of a row do."""
        found = set()
        for source in self.among(near):
            if len(source.text) > LARGE:
                continue
            if source.number not in self._totals:
                self._totals[source.number] = totals(source.records)
            if any(
                r.dimension == t.dimension and same(r, t.value)
                for r in said
                for t in self._totals[source.number]
            ) or (digits >= PRECISE and paired(said, source.records[:MOST_PAIRED_ROWS])):
                found.add(source.number)
        return found

    def contradiction(
        self, own: Iterable[Record], told: str, says: Callable[[str], bool], *, rare: bool
    ) -> tuple[int, str] | None:
        """The result and the value that an object has where others have what is said of it.

        told  the name by which the object is told
        rare  whether what most others have is no contradiction: "the only one above 1m"
        """
        name = told.casefold().rpartition("…")[2].strip("-.")
        for record in own:
            for field, mine in record.cells:
                if not field or not mine or name in mine.casefold():
                    continue
                others = self._by_field[field]
                most = sum(others.values()) * 0.75 if rare else len(others) * MOST_VALUES
                if any(says(t) for t, number in others.items() if t != mine and number <= most):
                    return record.source, mine
        return None
