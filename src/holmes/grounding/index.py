"""All results of an investigation, by the names and the values in them."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence

from holmes.core.evidence import Evidence
from holmes.grounding.numbers import Reading, same
from holmes.grounding.sources import Record, Source, folded

MOST_ROWS = 5000
"""Rows of one table that are compared with each other."""


class Index:
    """Each piece of evidence once, in the order in which it came."""

    def __init__(self, evidence: Iterable[Evidence]) -> None:
        self._evidence = evidence
        self.sources: list[Source] = []
        self._by_key: dict[str, list[Record]] = defaultdict(list)
        self._by_group: dict[tuple[object, ...], list[Record]] = defaultdict(list)
        self._words: dict[str, frozenset[int]] = {}

    def update(self) -> None:
        """Take in what has come since."""
        known = len(self.sources)
        for entry in list(self._evidence)[known:]:
            source = Source(entry)
            self.sources.append(source)
            self._words.clear()
            for record in source.records:
                self._by_group[record.group].append(record)
                for key in record.keys:
                    self._by_key[key.casefold()].append(record)

    def among(self, numbers: Collection[int]) -> list[Source]:
        """The results with these numbers, or all where none is given."""
        return [s for s in self.sources if s.number in numbers] if numbers else self.sources

    def records(self, name: str) -> list[Record]:
        """What goes by a name."""
        return self._by_key.get(name.casefold(), [])

    def rows(self, record: Record) -> Sequence[Record]:
        """The table or list in which a record stands."""
        return self._by_group[record.group]

    def saying(self, text: str) -> frozenset[int]:
        """The results in which a name stands."""
        if text not in self._words:
            held = {s.number for s in self.sources if s.says(text)}
            first, slash, last = text.rpartition("/")
            if slash and not held:
                held = {r.source for r in self.records(last) if r.says(first)}
            self._words[text] = frozenset(held)
        return self._words[text]

    def quoting(self, text: str) -> frozenset[int]:
        """The results that have a quotation; what is left out may be marked by an ellipsis."""
        parts = [folded(part) for part in re.split(r"…|\.\.\.", text)]
        parts = [part.strip(" .,:;") for part in parts if part.strip(" .,:;")]
        whole = {s.number for s in self.sources if parts and all(p in s.digest for p in parts)}
        words = text.split()
        if not whole and len(words) <= 4:
            whole = {s.number for s in self.sources if all(s.says(w.strip(":,")) for w in words)}
        return frozenset(whole)

    def holding(self, readings: Iterable[Reading]) -> frozenset[int]:
        """The results in which a quantity stands."""
        wanted = list(readings)
        return frozenset(s.number for s in self.sources if any(s.holds(r) for r in wanted))

    def matching(self, pattern: str) -> frozenset[int]:
        """The results that have an object whose name is abbreviated so, like checkout-…-ddg6b."""
        start, _, end = pattern.replace("...", "…").partition("…")
        return frozenset(
            record.source
            for key, records in self._by_key.items()
            if key.startswith(start) and key.endswith(end)
            for record in records
        )

    def named(self, pattern: str) -> list[str]:
        """The names that an abbreviation stands for."""
        start, _, end = pattern.replace("...", "…").partition("…")
        return [key for key in self._by_key if key.startswith(start) and key.endswith(end)]

    def contradiction(
        self, own: Iterable[Record], says: Callable[[str], bool]
    ) -> tuple[int, str] | None:
        """The result and the value that an object has where others have what is said of it."""
        for record in own:
            rows = self.rows(record)
            if not 2 <= len(rows) <= MOST_ROWS:
                continue
            cells = dict(record.cells)
            others = {cell for row in rows if row is not record for cell in row.cells}
            for field, text in sorted(others):
                mine = cells.get(field, "")
                if mine and mine != text and mine.casefold() not in record.keys and says(text):
                    return record.source, mine
        return None


def says_quantity(readings: Sequence[Reading], record: Record) -> bool:
    """Whether one of a record's numbers is what is said."""
    return any(record.holds(reading) for reading in readings)


def of_text(readings: Sequence[Reading], values: Iterable[Reading]) -> bool:
    """Whether any of these values is what is said."""
    return any(
        said.dimension == value.dimension and same(said, value.value)
        for value in values
        for said in readings
    )
