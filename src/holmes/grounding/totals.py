"""What follows from a result without a word of the answer: totals, means, groups, pairs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from holmes.core.quantities import Reading, cell, same
from holmes.grounding.sources import Record

MOST_ROWS = 300
MOST_COLUMNS = 16
MOST_PAIRED = 24
MOST_STEPS = 60
FEWEST_ROWS = 3
TELLING = 10
"""A smaller number stands everywhere, for something."""
PRECISE = 2
"""Digits from which on two values of a row that give a number are no chance."""


def totals(records: Sequence[Record]) -> list[Reading]:
    """The sums, means and ranges of all columns, and their sums by what else stands in the row."""
    groups: dict[tuple[int, int], list[Record]] = defaultdict(list)
    for record in records[: 20 * MOST_ROWS]:
        groups[record.group].append(record)
    return [
        Reading(dimension=dimension, value=value, place=0)
        for rows in groups.values()
        if 1 < len(rows) <= MOST_ROWS
        for dimension, value in _of(rows)
    ]


def _of(rows: Sequence[Record]) -> Iterator[tuple[str, float]]:
    columns = _columns(rows)
    for number, name in enumerate(sorted({name for row in rows for name in row.keys})):
        # What goes by one name, as the pods of a workload do.
        hits = [name if name in row.keys else "" for row in rows]
        if number < MOST_ROWS and 1 < hits.count(name) < len(hits):
            columns["", -1 - number] = hits
    for column in columns.values():
        # Shares of the rows that are alike.
        yield from (("%", 100 * number / len(rows)) for number in Counter(column).values())
    for label, column in columns.items():
        numbers = [_first(label[0], text) for text in column]
        for dimension in {d for values in numbers for d in values}:
            found = [values.get(dimension) for values in numbers]
            yield from _of_column(dimension, [value for value in found if value is not None])
            others = (c for other, c in columns.items() if other != label)
            yield from ((dimension, value) for c in others for value in _by(c, found))


def _of_column(dimension: str, held: Sequence[float]) -> Iterator[tuple[str, float]]:
    if len(held) < 2:
        return
    whole = sum(held)
    yield dimension, whole
    yield dimension, whole / len(held)
    yield dimension, max(held) - min(held)
    if len(held) <= MOST_STEPS:
        yield from ((dimension, abs(b - a)) for a, b in pairwise(held))
    if dimension != "%" and whole:
        yield from (("%", 100 * value / whole) for value in held)


def _by(column: Sequence[str], values: Sequence[float | None]) -> Iterator[float]:
    """The sums of the values whose rows are alike in another column."""
    if 1 < len(set(column)) < len(values):
        by: dict[str, float] = defaultdict(float)
        for key, value in zip(column, values, strict=True):
            by[key] += value or 0
        yield from by.values()


def _columns(rows: Sequence[Record]) -> dict[tuple[str, int], list[str]]:
    """The cells of some rows by field; lines of as many words have a column for each word."""
    found: dict[tuple[str, int], list[str]] = {}
    lines = [
        [("", word) for word in row.cells[0][1].split()]
        if row.cells and not row.cells[0][0]
        else list(row.cells)
        for row in rows
    ]
    shape = [label for label, _ in lines[0]]
    alike = all([label for label, _ in line] == shape for line in lines)
    for at, label in enumerate(shape[:MOST_COLUMNS] if alike else ()):
        found[label, at] = [line[at][1] for line in lines]
    return found


def _first(label: str, text: str) -> dict[str, float]:
    """A cell in each dimension, where it begins with a number."""
    found: dict[str, float] = {}
    for reading in cell(label, text.rpartition("=")[2]) if text[-40:] == text else ():
        found.setdefault(reading.dimension, reading.value)
    return found


def paired(said: Iterable[Reading], records: Iterable[Record]) -> bool:
    """Whether two values of one row give a number, as their sum, difference or ratio."""
    for record in records:
        values = list(dict.fromkeys(record.values()))[:MOST_PAIRED]
        for first, second in combinations(values, 2):
            if first.dimension != second.dimension:
                continue
            a, b = sorted((first.value, second.value))
            for reading in said:
                if reading.dimension == first.dimension:
                    if same(reading, a + b, exact=True) or same(reading, b - a, exact=True):
                        return True
                elif reading.dimension == "%" and b > 0 and same(reading, 100 * a / b, exact=True):
                    return True
    return False


def counted(number: int, rows: Sequence[Record], named: set[str]) -> str:
    """What of some rows there are so many of: all, those that hold a name, values of a field."""
    if number == len(rows) >= FEWEST_ROWS:
        return f"{number} rows"
    chosen = {"": list(rows)}
    for name in named:
        chosen[f" with {name}"] = hits = [row for row in rows if row.says(name)]
        if len(hits) == number:
            return f"{number} rows with {name}"
    for of, hits in chosen.items():
        columns: dict[str, list[str]] = {}
        for label, text in (one for row in hits for one in row.cells if one[0]):
            columns.setdefault(label, []).append(text)
        for label, texts in columns.items():
            told = number >= TELLING or any(text.casefold() in named for text in texts)
            if told and len(set(texts)) == number:
                return f"{number} different {label}{of}"
            alike = Counter(texts).values() if number >= TELLING and not of else ()
            if number in alike or len(rows) - number in alike:
                return f"{number} rows by {label}"
    return ""
