"""Tables of an answer laid over the tables of results: which cell is not what its row has.

No title is read. Rows that go by the same names belong together, and a column belongs to the
field that most of its cells stand in.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from holmes.core.quantities import Reading, cell, same
from holmes.grounding.held import contains
from holmes.grounding.sources import Record

FEWEST = 2
"""Rows that must have what is told of them before another row's cell is wrong."""
FEWEST_NUMBERS = 3
"""The same for numbers, which are alike by chance more often."""
MOST_RECORDS = 100
MOST_FIELDS = 24

Told: TypeAlias = str | Sequence[Reading]
"""The text of a cell, or what one of its numbers says."""
Place: TypeAlias = tuple[int, int]
"""A column, and which of the numbers in its cells."""


def odd_cells(
    rows: Sequence[Sequence[str]],
    numbers: Mapping[Place, Mapping[int, Sequence[Reading]]],
    records: Sequence[Record],
) -> Iterator[tuple[int, Place, int, str]]:
    """The cells that are not what their rows have: row, place, result and its value.

    Text must be what another row has; a number that is not its own is wrong by itself.
    """
    records = records[:MOST_RECORDS]
    texts = [[_plain(text) for text in row] for row in rows]
    key, own = _assigned(texts, records)
    if len(own) < max(FEWEST, len(rows) / 2):
        return
    columns: list[tuple[Place, Mapping[int, Told]]] = [
        ((part, 0), {at: texts[at][part] for at in own if texts[at][part : part + 1] > [""]})
        for part in range(max(map(len, texts)))
        if part != key
    ]
    columns += numbers.items()
    for place, found in columns:
        told = {at: one for at, one in found.items() if at in own}
        field, right = _field(told, own)
        wrong = [at for at in told if at not in right]
        least = FEWEST if isinstance(next(iter(told.values()), ""), str) else FEWEST_NUMBERS
        if len(told) <= least or len(right) < least or len(wrong) * least > len(right):
            continue
        others = {text.casefold() for one in records for text in _texts(one, field)}
        for at in wrong:
            mine = next(_texts(own[at], field), "")
            if mine and _differs(told[at], own[at], (field, mine), others):
                yield at, place, own[at].source, mine


def _assigned(
    cells: Sequence[Sequence[str]], records: Sequence[Record]
) -> tuple[int, dict[int, Record]]:
    """The column whose cells name most rows of a result, and the record of each."""
    by: dict[str, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        for label, text in record.cells[:MOST_FIELDS]:
            by[label][text.casefold()].append(record)
        for name in record.keys:
            by[""][name].append(record)
    best: tuple[int, dict[int, Record]] = (0, {})
    for part in range(max(map(len, cells))):
        for named in by.values():
            hits = [
                (at, named[row[part]])
                for at, row in enumerate(cells)
                if part < len(row) and row[part] in named
            ]
            own = {at: hit[0] for at, hit in hits if len(hit) == 1}
            if len(own) > len(best[1]) and len({id(one) for one in own.values()}) == len(own):
                best = part, own
    return best


def _field(told: Mapping[int, Told], own: Mapping[int, Record]) -> tuple[str, set[int]]:
    """The field in which most cells of a column stand, and the rows of these."""
    held: dict[str, set[int]] = defaultdict(set)
    for at, one in told.items():
        for label, text in own[at].cells[:MOST_FIELDS]:
            if label and _fits(one, label, text):
                held[label].add(at)
    return max(held.items(), key=lambda item: len(item[1]), default=("", set()))


def _texts(record: Record, field: str) -> Iterator[str]:
    return (text for label, text in record.cells[:MOST_FIELDS] if label == field)


def _fits(told: Told, label: str, text: str) -> bool:
    if isinstance(told, str):
        return told == text.casefold() or contains(text.casefold(), told)
    values = cell(label, text)
    return any(r.dimension == v.dimension and same(r, v.value) for v in values for r in told)


def _differs(told: Told, own: Record, mine: tuple[str, str], others: Iterable[str]) -> bool:
    """Whether a cell is told in place of what its own row has."""
    if isinstance(told, str):
        return not own.says(told) and any(_fits(told, "", text) for text in others)
    kinds = {reading.dimension for reading in told}
    return any(value.dimension in kinds for value in cell(*mine))


def _plain(text: str) -> str:
    """A cell without marks, and its numbers without commas."""
    return re.sub(r"(?<=\d),(?=\d{3})", "", text.strip(" *_`~")).casefold()
