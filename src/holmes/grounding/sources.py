"""Evidence as records: rows, objects, lines and series with the names that they go by."""

import datetime
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import yaml

from holmes.core.evidence import Evidence
from holmes.core.messages import JsonValue
from holmes.core.tool_output import Findings, Json, LogLines, Table, TimeSeries, ToolData
from holmes.grounding import numbers
from holmes.grounding.numbers import Reading
from holmes.grounding.outline import is_outline, outline
from holmes.tools.data import data_of

LARGEST_YAML = 1_000_000
_DEEPEST = 30
MOST_CLOCKS = 200
_IDENTIFIER = re.compile(r"[A-Za-z][\w.-]*(?:[/:][\w.-]+)*")
_DIGEST = re.compile(r"[\"'`\\]+|\s+")
_SEGMENT = re.compile(r"[^\W_]+")
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
_RFC_DATE = re.compile(r"(?<!\d)(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})(?!\d)")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
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
            if generated[2]:
                yield f"{generated[1]}-{generated[2]}"


def folded(text: str) -> str:
    """A text as quotations are compared: without quotes, backslashes, case and line breaks."""
    return _DIGEST.sub(lambda match: " " if match[0].isspace() else "", text).casefold().strip()


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One row, object, line or series.

    keys   the names that it goes by
    cells  (field, text) of all it holds
    group  the table or list whose rows have the same fields
    """

    source: int
    keys: frozenset[str]
    cells: tuple[tuple[str, str], ...]
    group: tuple[object, ...]
    _read: list[tuple[str, Reading]] = field(default_factory=list)

    def values(self) -> list[tuple[str, Reading]]:
        """Its numbers, each with its field."""
        if not self._read and self.cells:
            for label, text in self.cells:
                for quantity in numbers.printed(_without_clocks(text)):
                    self._read.extend((label, reading) for reading in quantity.readings)
        return self._read

    def holds(self, reading: Reading) -> bool:
        """Whether one of its numbers is what is said."""
        return any(
            own.dimension == reading.dimension and numbers.same(reading, own.value)
            for _, own in self.values()
        )

    def says(self, text: str) -> bool:
        """Whether a word stands in it, whole, or is a name of it."""
        low = text.casefold()
        said = any(contains(cell.casefold(), low, inside="_-.") for _, cell in self.cells)
        return said or low in self.keys


class Source:
    """One result: its records and its whole text."""

    def __init__(self, entry: Evidence) -> None:
        output = entry.output
        self.number = entry.number
        self._tool = entry.tool
        self.empty = output.status == "no_data"
        given = [str(value) for value in entry.arguments.values() if isinstance(value, (str, int))]
        self.names = [name for value in given for name in _names(value)]
        self.text = "\n".join([output.text, output.command, output.note, *given])
        self.lower = self.text.casefold()
        self.records: list[Record] = []
        self._groups = 0
        data = output.data or data_of(output.text) or _outlined(output.text)
        self.data = data
        self._add(data, output.text)

    @cached_property
    def digest(self) -> str:
        """The whole text, for quotations."""
        return folded(self.text)

    @cached_property
    def segments(self) -> frozenset[str]:
        """The parts of all its names: what has another part is nowhere in it."""
        return frozenset(_SEGMENT.findall(self.lower))

    @cached_property
    def clocks(self) -> list[int]:
        """The times of day in it, in seconds."""
        found = {seconds for _, _, seconds, _ in numbers.clocks(self.text)}
        labels = (label for record in self.records for label, _ in record.cells if ":" in label)
        found.update(s for label in labels for _, _, s, _ in numbers.clocks(label[-8:]))
        return sorted(found)

    @cached_property
    def spans(self) -> frozenset[int]:
        """The seconds between one time in it and the next, and between the first and the last."""
        times = self.clocks
        if not 1 < len(times) <= MOST_CLOCKS:
            return frozenset()
        steps = {after - before for before, after in zip(times, times[1:], strict=False)}
        return frozenset({*steps, times[-1] - times[0]})

    def spans_like(self, readings: Iterable[Reading]) -> bool:
        """Whether as much time lies between two times in it."""
        spans = self.spans
        return any(
            reading.dimension == "s" and numbers.same(reading, span)
            for reading in readings
            for span in spans
        )

    @cached_property
    def dates(self) -> frozenset[tuple[int, int, int]]:
        """The days that it names."""
        found = {(int(y), int(m), int(d)) for y, m, d in _ISO_DATE.findall(self.text)}
        for day, month, year in _RFC_DATE.findall(self.text):
            if month in _MONTHS:
                found.add((int(year), _MONTHS.index(month) + 1, int(day)))
        return frozenset(found)

    @cached_property
    def _values(self) -> Mapping[str, list[float]]:
        found: dict[str, set[float]] = defaultdict(set)
        for quantity in numbers.printed(_without_clocks(self.text)):
            for reading in quantity.readings:
                found[reading.dimension].add(reading.value)
        return {dimension: sorted(values) for dimension, values in found.items()}

    def holds(self, reading: Reading) -> bool:
        """Whether a number stands anywhere in it, as it is rounded."""
        values = self._values.get(reading.dimension, [])
        slack = max(reading.place, abs(reading.value) * 0.03)
        at = bisect_left(values, reading.value - slack)
        while at < len(values) and values[at] <= reading.value + slack:
            if numbers.same(reading, values[at]):
                return True
            at += 1
        return False

    def says(self, text: str) -> bool:
        """Whether a name stands anywhere in it, whole."""
        low = text.casefold()
        if not self.segments.issuperset(_SEGMENT.findall(low)):
            return False
        return contains(self.lower, low)

    def sets(self, key: str, value: str) -> bool:
        """Whether a value stands behind a key."""
        at = self.lower.find(key)
        while at >= 0:
            line = self.lower.find("\n", at)
            end = self.lower.find("\n", line + 1) if line >= 0 else -1
            if contains(self.lower[at + len(key) : end if end >= 0 else None], value):
                return True
            at = self.lower.find(key, at + 1)
        return False

    def quotes(self, text: str) -> bool:
        """Whether it has a passage, up to quotes, case and white space."""
        return folded(text) in self.digest

    def _add(self, data: ToolData | None, text: str) -> None:
        match data:
            case Table():
                self._table(data.columns, data.rows)
            case Json():
                # Documents that one tool gave of several objects are rows of one table.
                whole = (self._tool,)
                self._tree(data.value, (), frozenset(self.names), whole, 0)
            case TimeSeries():
                group = self._group()
                for series in data.series:
                    cells = [(k, str(v)) for k, v in series.labels.items()]
                    cells += [(_clock(at), str(value)) for at, value in series.points]
                    self._record(series.labels.values(), cells, group)
            case Findings():
                group = self._group()
                for one in data.findings:
                    lines = [("cause", one.cause), *(("evidence", line) for line in one.evidence)]
                    self._record([one.name, one.namespace], [("name", str(one.subject)), *lines], group)
            case LogLines():
                self._lines([f"{line.time} {line.source} {line.text}" for line in data.lines])
            case _:
                self._lines([line for line in text.splitlines() if line.strip()])

    def _lines(self, lines: list[str]) -> None:
        """A text as one record, and each of its lines, so that they can be counted."""
        self._record(self.names, [("", line) for line in lines], self._group())
        group = self._group()
        for line in lines:
            self._record((), [("", line)], group)

    def _group(self) -> tuple[object, ...]:
        self._groups += 1
        return self.number, self._groups

    def _record(
        self, names: Iterable[str], cells: Iterable[tuple[str, str]], group: tuple[object, ...]
    ) -> None:
        keys = frozenset(alias.casefold() for name in names for alias in aliases(name))
        self.records.append(Record(self.number, keys, tuple(cells), group))

    def _table(self, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
        rows = list(rows)
        group, key = self._group(), _key_column(columns, rows)
        for row in rows:
            names = [row[key]] if key is not None else []
            self._record(names, zip(columns, row, strict=False), group)

    def _tree(
        self, node: JsonValue, path: tuple[str, ...], names: frozenset[str], group: tuple[object, ...], depth: int
    ) -> list[tuple[str, str]]:
        """The cells of a document; each object in it is a record of its own."""
        if depth > _DEEPEST:
            return []
        label = ".".join(path[-2:])
        cells: list[tuple[str, str]] = []
        if isinstance(node, dict):
            own = [*names, *_own_names(node)]
            inside = self._group()
            for key, value in node.items():
                inner = frozenset({key}) if _IDENTIFIER.fullmatch(key) else frozenset()
                cells += self._tree(value, (*path, key), inner, inside, depth + 1)
            self._record(own, cells, group)
        elif isinstance(node, list):
            if (sample := _sample(node)) is not None:
                return [sample]
            inside = self._group()
            for item in node:
                cells += self._tree(item, path, frozenset(), inside, depth + 1)
        elif node is not None:
            cells.append((label, str(node)))
        return cells


def contains(text: str, part: str, inside: str = "_") -> bool:
    """Whether a part stands in a text with nothing of a word at either end."""
    at = text.find(part)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(part) : at + len(part) + 1]
        ends = not (after.isalnum() or (after and after in inside)) or not part[-1:].isalnum()
        starts = not (before.isalnum() or (before and before in inside)) or not part[:1].isalnum()
        if ends and starts:
            return True
        at = text.find(part, at + 1)
    return False


def _outlined(text: str) -> ToolData | None:
    if is_outline(text):
        return Json(value=outline(text))
    if re.match(r"[A-Za-z]\w*:(?: |\n)", text) and len(text) <= LARGEST_YAML:
        try:
            value = yaml.load(text, getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506  # strings only
        except (yaml.YAMLError, RecursionError):
            return None
        return Json(value=value) if isinstance(value, dict) else None
    return None


def _own_names(node: Mapping[str, JsonValue]) -> Iterator[str]:
    """The names of an object: its own `name`, else those of what describes it (labels)."""
    fields = {key.casefold(): value for key, value in node.items()}
    inner = [value for value in node.values() if isinstance(value, dict)]
    named = [fields.get("name"), *(value.get("name") for value in inner)]
    labels = [label for value in inner for label in value.values()]
    for value in [one for one in named if one] or labels:
        yield from _names(value) if isinstance(value, str) else ()


def _names(text: str) -> list[str]:
    return [text] if len(text) <= 253 and _IDENTIFIER.fullmatch(text) else []


def _key_column(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> int | None:
    """The column whose names tell the rows apart best."""
    best, most = None, 0
    for at, title in enumerate(columns):
        cells = {row[at] for row in rows if at < len(row)}
        if not all(_IDENTIFIER.fullmatch(cell) for cell in cells if cell):
            continue
        if len(cells) > most or (len(cells) == most and title.casefold() == "name"):
            best, most = at, len(cells)
    return best


def _sample(node: list[JsonValue]) -> tuple[str, str] | None:
    """A point of a time series: [seconds since the epoch, value]."""
    if len(node) == 2 and isinstance(node[0], (int, float)) and 1e9 < node[0] < 3e9:
        return _clock(node[0]), str(node[1])
    return None


def _clock(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _without_clocks(text: str) -> str:
    """The text without times and dates, whose parts are no quantities."""
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]?|\d{1,2} [A-Z][a-z]{2} \d{4}", " ", text)
    return re.sub(r"(?<![\d.:])\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:[+-]\d\d:\d\d|Z)?", " ", text)
