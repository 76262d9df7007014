"""Tables of an answer laid over the tables of results: which cell is another row's.

No title is read. Rows that go by the same names belong together, and a column belongs to the
field that most of its cells stand in.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from holmes.grounding.held import contains
from holmes.grounding.sources import Record

FEWEST = 2
MOST_RECORDS = 100
MOST_FIELDS = 24


def misplaced(
    rows: Sequence[Sequence[str]], records: Sequence[Record]
) -> dict[tuple[int, int], tuple[int, str]]:
    """The cells, by row and column, that hold what other rows have: the result, and its value."""
    found: dict[tuple[int, int], tuple[int, str]] = {}
    cells = [[_plain(cell) for cell in row] for row in rows]
    key, own = _assigned(cells, records[:MOST_RECORDS])
    if len(own) < max(FEWEST, len(rows) / 2):
        return found
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


def _plain(cell: str) -> str:
    """A cell without marks, and its numbers without commas."""
    return re.sub(r"(?<=\d),(?=\d{3})", "", cell.strip(" *_`~")).casefold()
