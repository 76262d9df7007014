"""Evidence as records: rows, objects, lines and series with the names that they go by."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, islice, pairwise

from holmes.core.evidence import Evidence
from holmes.core.messages import JsonValue
from holmes.core.quantities import Reading, cell, clocks, printed, same
from holmes.core.tool_output import Findings, Json, LogLines, Table, TimeSeries, ToolData
from holmes.grounding.held import LARGE, Held, contains
from holmes.tools.data import data_of, tables_of
from holmes.tools.outline import document_of

MOST_CLOCKS = 200
FEW_CLOCKS = 40
MOST_LINES = 2000
SHORTEST_TIME = 16
"""Characters; a shorter cell of this form is a span of time, not a time."""
_DEEPEST = 30
_IDENTIFIER = re.compile(r"[A-Za-z][\w.-]*(?:[/:][\w.-]+)*|\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?")
_ENDING = re.compile(r"[\w.-]{1,253}$")
_PAIR = re.compile(r'(?<![\w.-])([A-Za-z_][\w.-]{0,60})=("[^"\n]{0,200}"|[^\s",;()]{1,200})')
_KIND = re.compile(r"\A[A-Z]\w{1,60} (?=\S{1,253}\Z)")
_SEGMENT = re.compile(r"[^\W_]+")
_TIMES = re.compile(
    r"\d{4}-\d\d-\d\d[T ]?|\d{1,2} [A-Z][a-z]{2} \d{4}"
    r"|(?<![\d.:])\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:[+-]\d\d:\d\d|Z)?"
)
_DATE = re.compile(
    r"(?<!\d)(\d{4})[-/](\d\d)[-/](\d\d)(?!\d)|(?<!\d)(\d{1,2})[ /][A-Z][a-z]{2}[ /](\d{4})(?!\d)"
    r"|[A-Z][a-z]{2} {1,2}(\d{1,2}),? (?:[\d:.]{8,18} )?(?:[A-Z]{3,4} )?(\d{4})(?!\d)"
)
_EPOCH = re.compile(r"(?<![\d.])(1[5-9]\d{8})(?:\.?(\d{3}|\d{6}|\d{9}))?(?![\d.])")
# What Kubernetes appends to a name: the hash of a template, five letters for a pod (both from its
# alphabet without vowels, so that they spell no word), or the number in a StatefulSet.
SAFE = "bcdfghjklmnpqrstvwxz2456789"
_GENERATED = re.compile(rf"(.+?)(?:-([{SAFE}]{{6,10}}))?-(?:[{SAFE}]{{5}}|\d{{1,4}})")


def aliases(name: str) -> Iterator[str]:
    """The names under which an object may be told: itself, its workload, the parts of a path."""
    for part in {name, *name.split("/")}:
        yield part
        if generated := _GENERATED.fullmatch(part):
            yield generated[1]
            yield "-".join(filter(None, generated.groups()))


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One row, object, line or series: the names it goes by, (field, text) of all it holds.

    group  the table or list in which it stands
    """

    source: int
    keys: frozenset[str]
    cells: tuple[tuple[str, str], ...]
    group: tuple[int, int]
    _read: list[Reading] = field(default_factory=list)

    def values(self) -> list[Reading]:
        """Its numbers."""
        if not self._read:
            for label, text in self.cells:
                plain = text if len(text) < SHORTEST_TIME else _TIMES.sub(" ", text)
                self._read.extend(cell(label, plain))
        return self._read

    def holds(self, said: Iterable[Reading]) -> bool:
        """Whether one of its numbers is what is said."""
        return any(
            r.dimension == v.dimension and same(r, v.value) for r in said for v in self.values()
        )

    def says(self, text: str) -> bool:
        """Whether a word stands in it, whole, or is a name of it."""
        low = text.casefold()
        said = any(contains(cell.casefold(), low, inside="_-.") for _, cell in self.cells)
        return said or low in self.keys


class Source(Held):
    """One result: its records and its whole text."""

    def __init__(self, entry: Evidence) -> None:
        output = entry.output
        self.number = entry.number
        given = [str(v) for v in entry.arguments.values() if isinstance(v, (str, int))]
        self._names = [name for value in given for name in _names(value)]
        super().__init__("\n".join([output.text, output.command, output.note, *given]))
        self.records: list[Record] = []
        self._groups = 0
        self.data: ToolData | None = output.data or data_of(output.text) or document_of(output.text)
        several = tables_of(output.text.splitlines()) if self.data is None else []
        for table in several:
            self._add(table, "")
        if not several:
            self._add(self.data, output.text)

    def asked_for(self, name: str) -> bool:
        """Whether a name was given to the call, as a namespace is."""
        return name in self._names

    @cached_property
    def clocks(self) -> list[float]:
        """The times of day in it, in seconds."""
        points = (
            label[11:]
            for record in self.records
            for label, _ in record.cells
            if label[10:11] == "T"
        )
        found = {at for text in (self.text, *points) for _, _, at, _ in clocks(text)}
        return sorted(found | {seconds % 86400 for seconds in self._epochs})

    @cached_property
    def _epochs(self) -> list[float]:
        """The times that are written as seconds since 1970, or thousandths and so on of them."""
        return [float(f"{match[1]}.{match[2] or 0}") for match in _EPOCH.finditer(self.text)]

    def spans(self, said: Iterable[Reading]) -> bool:
        """Whether as much time lies between two times in it; of many, those that are neighbours."""
        times = self.clocks if len(self.clocks) <= MOST_CLOCKS else []
        if len(times) <= FEW_CLOCKS:
            steps = {round(b - a, 6) for a, b in combinations(times, 2)}
        else:
            steps = {b - a for a, b in pairwise(times)} | {times[-1] - times[0]}
        return any(r.dimension == "s" and same(r, step) for r in said for step in steps)

    @cached_property
    def dates(self) -> list[set[int]]:
        """The days that it names, as their numbers: a month in words is not read."""
        found = [{int(part) for part in match if part} for match in set(_DATE.findall(self.text))]
        days = {dt.datetime.fromtimestamp(seconds, dt.UTC).date() for seconds in self._epochs}
        return found + [{day.year, day.month, day.day} for day in days]

    @cached_property
    def _segments(self) -> frozenset[str]:
        """The parts of all its names: what has another part is nowhere in it."""
        return frozenset(_SEGMENT.findall(self.lower))

    def _readings(self) -> Iterator[Reading]:
        """The numbers of its text and of its records."""
        yield from (r for q in printed(_TIMES.sub(" ", self.text)) for r in q.readings)
        yield from (r for record in self.records for r in record.values())

    def says(self, text: str) -> bool:
        """Whether a name stands anywhere in it, whole."""
        low = text.casefold()
        start, dots, end = low.replace("...", "…").partition("…")
        if dots:
            return any(
                name.startswith(start)
                for match in re.finditer(rf"{re.escape(end)}(?![\w-])", self.lower)
                for name in _ENDING.findall(self.lower[max(0, match.end() - 253) : match.end()])
            )
        if len(self.text) <= LARGE and not self._segments.issuperset(_SEGMENT.findall(low)):
            return False
        return contains(self.lower, low)

    def sets(self, key: str, value: str) -> bool:
        """Whether a value stands behind a key, on its line or the next, or in its column."""
        pair = {key, value}
        if any(
            (key, value) in record.cells or pair <= {text for _, text in record.cells}
            for record in self.records
        ):
            return True
        pattern = re.compile(rf"{re.escape(key.casefold())}([^\n]*(?:\n[^\n]*)?)")
        return any(contains(m[1], value.casefold()) for m in pattern.finditer(self.lower))

    def _add(self, data: ToolData | None, text: str) -> None:
        group = self._group()
        match data:
            case Table():
                key = _key_column(data.columns, data.rows)
                firsts = {row[0] for row in data.rows}
                numbered = len(firsts) == len(data.rows) and all(f.isdigit() for f in firsts)
                for row in data.rows:
                    names = [_KIND.sub("", row[key])] if key is not None else []
                    names += row[:1] if numbered else ()
                    self._record(names, zip(data.columns, row, strict=False), group)
            case Json():
                self._tree(data.value, (), frozenset(self._names), group)
            case TimeSeries():
                for series in data.series:
                    points = ((_clock(at), str(value)) for at, value in series.points)
                    self._record(series.labels.values(), [*series.labels.items(), *points], group)
            case Findings():
                for one in data.findings:
                    lines = [("cause", one.cause), *(("evidence", line) for line in one.evidence)]
                    self._record([one.name], [("name", str(one.subject)), *lines], group)
            case LogLines():
                told = ((one.source, f"{one.time} {one.source} {one.text}") for one in data.lines)
                self._lines(told, group)
            case _:
                self._lines((("", line) for line in text.splitlines() if line.strip()), group)

    def _lines(self, lines: Iterable[tuple[str, str]], group: tuple[int, int]) -> None:
        for name, line in islice(lines, MOST_LINES):
            self._record([name] if name else (), _fields(line), group)

    def _group(self) -> tuple[int, int]:
        self._groups += 1
        return self.number, self._groups

    def _record(
        self, names: Iterable[str], cells: Iterable[tuple[str, str]], group: tuple[int, int]
    ) -> None:
        keys = frozenset(alias.casefold() for name in names for alias in aliases(name))
        self.records.append(Record(self.number, keys, tuple(cells), group))

    def _tree(
        self, node: JsonValue, path: tuple[str, ...], names: frozenset[str], group: tuple[int, int]
    ) -> list[tuple[str, str]]:
        """The cells of a document; each object in it is a record of its own."""
        cells: list[tuple[str, str]] = []
        if len(path) > _DEEPEST:
            return cells
        if isinstance(node, dict):
            inside = self._group()
            for key, value in node.items():
                cells += self._tree(value, (*path, key), frozenset(_names(key)), inside)
            self._record([*names, *_own_names(node)], cells, group)
        elif isinstance(node, list):
            if len(node) == 2 and isinstance(node[0], (int, float)) and 1e9 < node[0] < 3e9:
                return [(_clock(node[0]), str(node[1]))]  # a point of a time series
            inside = self._group()
            for item in node:
                cells += self._tree(item, (*path, ""), frozenset(), inside)
        elif node is not None:
            cells.append((".".join([part for part in path if part][-2:]), str(node)))
        return cells


def _own_names(node: Mapping[str, JsonValue]) -> Iterator[str]:
    """The names of an object: its own `name`, else those of what describes it (labels)."""
    fields = {key.casefold(): value for key, value in node.items()}
    inner = [value for value in node.values() if isinstance(value, dict)]
    named = [fields.get("name"), *(value.get("name") for value in inner)]
    labels = [label for value in inner for label in value.values()]
    for value in [one for one in named if one] or labels:
        yield from _names(value) if isinstance(value, str) else ()


def _fields(line: str) -> Iterator[tuple[str, str]]:
    """A line of a log, and what stands in it as key=value."""
    yield "", line
    yield from ((match[1], match[2].strip('"')) for match in _PAIR.finditer(line))


def _names(text: str) -> list[str]:
    return [text] if len(text) <= 253 and _IDENTIFIER.fullmatch(text) else []


def _key_column(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """The column whose names tell the rows apart best."""
    best, most = None, 0
    for at, title in enumerate(columns):
        cells = {row[at] for row in rows if at < len(row)}
        if not all(_IDENTIFIER.fullmatch(_KIND.sub("", cell)) for cell in cells if cell):
            continue
        if len(cells) > most or (len(cells) == most and title.casefold() == "name"):
            best, most = at, len(cells)
    return best


def _clock(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
