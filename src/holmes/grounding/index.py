"""All results of an investigation, by the names and the values in them."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence

from holmes.core.evidence import Evidence
from holmes.grounding.numbers import Reading, same
from holmes.grounding.sources import Record, Source, folded

MOST_VALUES = 2000
"""Different values of one field that are compared."""


class Index:
    """Each piece of evidence once, in the order in which it came."""

    def __init__(self, evidence: Iterable[Evidence]) -> None:
        self._evidence = evidence
        self.sources: list[Source] = []
        self._by_key: dict[str, list[Record]] = defaultdict(list)
        self._by_field: dict[str, dict[str, None]] = defaultdict(dict)
        self._words: dict[str, frozenset[int]] = {}

    def update(self) -> None:
        """Take in what has come since."""
        known = len(self.sources)
        for entry in list(self._evidence)[known:]:
            source = Source(entry)
            self.sources.append(source)
            self._words.clear()
            for record in source.records:
                for field, text in record.cells:
                    if field and len(self._by_field[field]) < MOST_VALUES:
                        self._by_field[field][text] = None
                for key in record.keys:
                    self._by_key[key].append(record)

    def among(self, numbers: Collection[int]) -> list[Source]:
        """The results with these numbers, or all where none is given."""
        return [s for s in self.sources if s.number in numbers] if numbers else self.sources

    def records(self, name: str) -> list[Record]:
        """What goes by a name."""
        return self._by_key.get(name.casefold(), [])

    def saying(self, text: str) -> frozenset[int]:
        """The results in which a name stands."""
        if text not in self._words:
            held = {s.number for s in self.sources if s.says(text)}
            first, slash, last = text.rpartition("/")
            if slash and not held:
                held = {r.source for r in self.records(last) if r.says(first)}
            host, svc, _ = text.partition(".svc")
            host, colon, port = (text if not svc else host).partition(":")
            if not held and (svc or colon):
                # A host name of the cluster is its Service and its namespace.
                parts = [*(host.split(".") if svc else [host]), *filter(None, [port])]
                held = {s.number for s in self.sources if all(s.says(part) for part in parts)}
            self._words[text] = frozenset(held)
        return self._words[text]

    def setting(self, key: str, value: str) -> frozenset[int]:
        """The results that have a value on the line of its key, or on the next one."""
        return frozenset(s.number for s in self.sources if s.sets(key.casefold(), value.casefold()))

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
            for field, mine in record.cells:
                if not field or not mine or mine.casefold() in record.keys:
                    continue
                if any(says(text) for text in self._by_field[field] if text != mine):
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
