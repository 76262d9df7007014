"""What the log search of a back end gives: its lines, or what is new among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from operator import attrgetter, itemgetter

from holmes.core.tool_output import LogLine, LogLines, Series, Table, TimeSeries, ToolOutput
from holmes.tools.data import rendered
from holmes.tools.log_templates import LogPatterns, Pattern
from holmes.tools.times import rfc3339, said_seconds, seconds_of

SHOWN = 100
"""Lines shown whole, where nobody asks for another number."""

READ = 2000
"""Lines read of one search: of those that are not shown, each kind is, with its count."""

_MOST_KINDS = 40
_MOST_SERIES = 30
_BARS = "▁▂▃▄▅▆▇█"
_CERTAIN = 3.0
"""Standard deviations by which a count must lie above what the time before makes likely.

Counts of independent lines vary by the root of what is expected (Poisson); at 3 one kind in some
700 that did not change would be listed. That a line comes in bursts is not known: what jumps is
listed below what is new.
"""
_TIMES = 2.0  # and how often as many: 10,400 after 10,000 are certain, but no news


def log_output(
    lines: Sequence[LogLine], *, shown: int = SHOWN, command: str, note: str = ""
) -> ToolOutput:
    """The last lines whole; of the ones before them, one of each kind with its count.

    `lines` are in the order of time.
    """
    if not lines:
        return ToolOutput(status="no_data", command=command, note=note or "no line matches")
    earlier, last = lines[: max(0, len(lines) - shown)], lines[max(0, len(lines) - shown) :]
    kept, texts = list(last), [_told(line) for line in last]
    if earlier:
        mined = LogPatterns()
        _feed(mined, earlier)
        kinds = mined.patterns() + ([mined.others] if mined.others else [])
        examples = [earlier[kind.last_at] for kind in kinds]
        said = f"[… before these: {len(earlier):,} lines, here one of each kind …]"
        counted = [
            f"{_told(line)} [{kind.count:,} lines like this]" if kind.count > 1 else _told(line)
            for line, kind in zip(examples, kinds, strict=True)
        ]
        kept, texts = [*examples, *kept], [said, *counted, "[… the last ones whole …]", *texts]
    return ToolOutput(
        status="ok",
        text="\n".join(texts) + "\n",
        command=command,
        note=note,
        data=LogLines(lines=tuple(kept)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Log lines of a stretch of time, in its order; `whole` where there are no more of them.

    start, end  seconds since the epoch
    """

    lines: Sequence[LogLine]
    start: float
    end: float
    whole: bool = True

    @property
    def seconds(self) -> float:
        """How long a time these lines cover: less than the whole where there are more of them."""
        if self.whole or not self.lines:
            return max(1.0, self.end - self.start)
        return max(1.0, seconds_of(self.lines[-1].time) - seconds_of(self.lines[0].time))


def news(before: Window, since: Window, *, command: str, note: str = "") -> ToolOutput:
    """The kinds of lines that appeared or jumped after a moment, against the time before it.

    New ones come first, then what grew most. `before` holds the lines nearest to the moment, and so
    does `since`, where there are more than were read.
    """
    mined = LogPatterns()
    _feed(mined, before.lines)
    known = {id(kind): kind.count for kind in mined.patterns()}
    _feed(mined, since.lines)
    factor = since.seconds / before.seconds
    kinds = [
        _Kind(pattern=each, before=known.get(id(each), 0), factor=factor)
        for each in mined.patterns()
    ]
    found = sorted((each for each in kinds if each.is_news), key=attrgetter("rank"))
    note = f"{_compared(before, since)} {note}".strip()
    if not found:
        return ToolOutput(
            status="no_data", command=command, note=f"No kind of line is new or jumped. {note}"
        )
    lines = (*before.lines, *since.lines)
    rows = tuple(_row(each, lines) for each in found[:_MOST_KINDS])
    table = Table(
        columns=("CHANGE", "BEFORE", "SINCE", "FIRST", "SOURCE", "LINE"),
        rows=rows,
        of="kinds of lines",
    )
    if len(found) > _MOST_KINDS:
        note += f" Left out: {len(found) - _MOST_KINDS} more kinds."
    return ToolOutput(status="ok", text=rendered(table), command=command, note=note, data=table)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """A kind of line, how often it came before, and the factor that makes that the time since."""

    pattern: Pattern
    before: int
    factor: float

    @property
    def since(self) -> int:
        return self.pattern.count - self.before

    @property
    def expected(self) -> float:
        return self.before * self.factor

    @property
    def is_news(self) -> bool:
        if not self.before:
            return self.since > 0
        # The expectation is itself a count, and as uncertain.
        doubt = sqrt(self.expected + self.before * self.factor**2)
        return self.since >= max(_TIMES * self.expected, self.expected + _CERTAIN * doubt)

    @property
    def rank(self) -> tuple[bool, bool, float]:
        grown = self.since / (self.expected + 1)
        return self.before > 0, not self.pattern.telling, -grown


def _row(kind: _Kind, lines: Sequence[LogLine]) -> tuple[str, ...]:
    new = not kind.before
    line = lines[kind.pattern.first_at if new else kind.pattern.last_at]
    change = "new" if new else f"{kind.since / kind.expected:.0f} times as often"
    text = _one_line(line.text)
    first = line.time if new else ""
    return change, str(kind.before), str(kind.since), first, line.source, text


def _compared(before: Window, since: Window) -> str:
    said = (
        f"Compared: {len(since.lines):,} lines of {said_seconds(since.seconds)} since "
        f"{rfc3339(since.start, 0)} with {len(before.lines):,} of {said_seconds(before.seconds)} "
        "before."
    )
    if not (before.whole and since.whole):
        said += " There are more lines than were read: these are the nearest to that moment."
    return said


def _feed(mined: LogPatterns, lines: Sequence[LogLine]) -> None:
    if lines:
        text = "\n".join(_one_line(line.text) for line in lines)
        mined.feed(text.encode("utf-8", "replace"))
        mined.close()


def _one_line(text: str) -> str:
    """A line as one, whatever it holds: places of kinds are counted in lines."""
    return text.replace("\n", " ") if "\n" in text else text


def _told(line: LogLine) -> str:
    return " ".join(filter(None, (line.time, line.source, line.text.rstrip("\n"))))


def counts_output(series: Sequence[Series], command: str, note: str = "") -> ToolOutput:
    """How often lines came, over time: a line for each series with a small picture."""
    told = [line for line in map(_curve, series) if line]
    if not told:
        return ToolOutput(status="no_data", command=command, note=note or "no line matches")
    if len(told) > _MOST_SERIES:
        note = f"{note} Left out: {len(told) - _MOST_SERIES} further series.".strip()
    return ToolOutput(
        status="ok",
        text="\n".join(told[:_MOST_SERIES]) + "\n",
        command=command,
        note=note,
        data=TimeSeries(series=tuple(series[:_MOST_SERIES])),
    )


def _curve(series: Series) -> str:
    points = [(at, value) for at, value in series.points if value is not None]
    if not points:
        return ""
    labels = ", ".join(f"{key}={value}" for key, value in series.labels.items()) or "all"
    peak_at, peak = max(points, key=itemgetter(1))
    picture = "".join(_BARS[round(7 * value / peak)] if peak > 0 else " " for _, value in points)
    return (
        f"{labels}: {sum(value for _, value in points):g} in all, {points[0][1]:g} at first, "
        f"at most {peak:g} at {rfc3339(peak_at, 0)}, {points[-1][1]:g} at last  {picture}"
    )
