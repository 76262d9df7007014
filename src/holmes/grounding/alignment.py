"""Tables of an answer laid over the tables of results: which cell is another row's.

No title is read. Rows that go by the same names belong together, and a column belongs to the
field that most of its cells stand in.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from holmes.core.quantities import Reading, cell, same
from holmes.grounding.held import contains
from holmes.grounding.sources import Record

FEWEST = 2
FEWEST_NUMBERS = 3
"""Rows whose numbers must agree with a field before another row's is wrong."""
MOST_RECORDS = 100
MOST_FIELDS = 24
K = TypeVar("K")


def misplaced(
    cells: Sequence[Sequence[str]],
    key: int,
    own: Mapping[int, Record],
    records: Sequence[Record],
) -> dict[tuple[int, int], tuple[int, str]]:
    """The cells, by row and column, that hold what other rows have: the result, and its value."""
    found: dict[tuple[int, int], tuple[int, str]] = {}
    for part in range(max(map(len, cells))):
        told = {at: cells[at][part] for at in own if part < len(cells[at]) and cells[at][part]}
        if part == key or len(told) <= FEWEST:
            continue
        field, right = _field(told, own)
        wrong = [at for at in told if at not in right]
        if len(right) < FEWEST or len(wrong) * 2 > len(right):
            continue
        others = {text.casefold() for one in records for text in _texts(one, field)}
        for at in wrong:
            mine = next(_texts(own[at], field), "")
            if mine and not own[at].says(told[at]) and any(_fits(told[at], t) for t in others):
                found[at, part] = own[at].source, mine
    return found


def unlike(
    columns: Mapping[K, Mapping[int, Sequence[Reading]]], own: Mapping[int, Record]
) -> Iterator[tuple[K, int, int, str]]:
    """The numbers that are not what their rows have, where most of their column are: the column,
    the row, the result and its value."""
    for column, told in columns.items():
        held: dict[str, set[int]] = defaultdict(set)
        for at, said in told.items():
            for label, text in own[at].cells[:MOST_FIELDS] if at in own else ():
                if label and _is(said, label, text):
                    held[label].add(at)
        field, right = max(held.items(), key=lambda item: len(item[1]), default=("", set()))
        wrong = [at for at in told if at in own and at not in right]
        if len(right) < FEWEST_NUMBERS or len(wrong) * FEWEST_NUMBERS > len(right):
            continue
        for at in wrong:
            mine = next(_texts(own[at], field), "")
            kinds = {reading.dimension for reading in told[at]}
            if any(r.dimension in kinds for r in cell(field, mine)):
                yield column, at, own[at].source, mine


def _is(said: Sequence[Reading], label: str, text: str) -> bool:
    return any(
        r.dimension == v.dimension and same(r, v.value) for v in cell(label, text) for r in said
    )


def assigned(
    cells: Sequence[Sequence[str]], records: Sequence[Record]
) -> tuple[int, dict[int, Record]]:
    """The column whose cells name most rows of a result, and the record of each; none for few."""
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
    return best if len(best[1]) >= max(FEWEST, len(cells) / 2) else (0, {})


def _field(told: Mapping[int, str], own: Mapping[int, Record]) -> tuple[str, set[int]]:
    """The field in which most cells of a column stand, and the rows of these."""
    held: dict[str, set[int]] = defaultdict(set)
    for at, cell in told.items():
        for label, text in own[at].cells[:MOST_FIELDS]:
            if label and _fits(cell, text.casefold()):
                held[label].add(at)
    return max(held.items(), key=lambda item: len(item[1]), default=("", set()))


def _texts(record: Record, field: str) -> Iterator[str]:
    return (text for label, text in record.cells[:MOST_FIELDS] if label == field)


def _fits(cell: str, text: str) -> bool:
    return cell == text or contains(text, cell)


def bare(cell: str) -> str:
    """A cell without marks, and its numbers without commas."""
    return re.sub(r"(?<=\d),(?=\d{3})", "", cell.strip(" *_`~")).casefold()
