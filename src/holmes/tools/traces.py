"""A trace as what took its time: the critical path, the slowest span and the one that failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from holmes.core.tool_output import Table, ToolOutput
from holmes.tools.data import rendered
from holmes.tools.times import rfc3339, said_seconds

_MOST_ROWS = 40
_MOST_FAILED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """One span; `start` and `end` are seconds since the epoch.

    failed   what says that it failed: its status, or its error; empty where it did not
    details  what it says of itself: the statement, the URL, the status
    """

    id: str
    parent: str
    name: str
    service: str
    start: float
    end: float
    failed: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """A part of the critical path: how long the trace waited for nothing but this span itself."""

    span: Span
    own: float


def trace_output(trace: str, spans: Sequence[Span], *, command: str) -> ToolOutput:
    """The critical path of a trace as a table, and in words what was slowest and what failed."""
    if not spans:
        return ToolOutput(status="no_data", command=command, note=f'no spans of trace "{trace}"')
    path = critical_path(spans)
    slowest = max(path, key=attrgetter("own"))
    failed = first_failures(spans)
    start = min(each.start for each in spans)
    seconds = max(each.end for each in spans) - start
    services = {each.service for each in spans}
    said = [
        (
            f"trace {trace} at {rfc3339(start)}: {said_seconds(seconds)}, {len(spans)} spans of "
            f"{', '.join(sorted(services)[:10])}; {_counted_failures(spans)}"
        ),
        (
            f"slowest: {_told(slowest.span)}: {said_seconds(slowest.own)} of its own, "
            f"{100 * slowest.own / seconds if seconds else 100:.0f} % of the trace"
        ),
        *(f"failed first: {_told(each)}: {each.failed}" for each in failed[:_MOST_FAILED]),
    ]
    rows, left_out = _rows(path, slowest, failed, start)
    table = Table(
        columns=("STARTS", "TOOK", "OWN", "SERVICE", "SPAN", "MARK"), rows=rows, of="spans"
    )
    known = {each.id for each in spans}
    lost = sum(bool(each.parent) and each.parent not in known for each in spans)
    notes = ["The spans on the critical path; OWN is the time that nothing below it explains."]
    if left_out:
        notes.append(f"Left out: {left_out} of the shortest.")
    if lost:
        notes.append(f"The trace has gaps: spans whose parent is missing: {lost}.")
    return ToolOutput(
        status="ok",
        text="\n".join([*said, "", rendered(table)]),
        command=command,
        note=" ".join(notes),
        data=table,
    )


def critical_path(spans: Sequence[Span]) -> list[Stretch]:
    """The spans for which the trace waited, each with the time that it took of its own, by time.

    From the end of a span backwards it waits for the child that ended last before that moment, and
    so on; what lies between two children is its own. The times add up to the length of the trace.
    """
    known = {each.id for each in spans}
    children: dict[str, list[Span]] = {}
    for each in spans:
        children.setdefault(each.parent if each.parent in known else "", []).append(each)
    for siblings in children.values():
        siblings.sort(key=attrgetter("end", "start"))
    roots = children.get("") or [min(spans, key=attrgetter("start"))]  # each other's parents
    whole = (min(each.start for each in roots), max(each.end for each in roots))
    waiting, _ = _waited_for(roots, *whole)
    found: list[Stretch] = []
    seen: set[str] = set()
    while waiting:
        span, since, until = waiting.pop()
        if span.id in seen:  # spans that are each other's parents
            continue
        seen.add(span.id)
        below, own = _waited_for(children.get(span.id, ()), since, until)
        found.append(Stretch(span=span, own=own))
        waiting += below
    # A trace that took no time has nothing to wait for.
    return sorted(found, key=lambda each: each.span.start) or [Stretch(span=roots[0], own=0.0)]


def _waited_for(
    children: Sequence[Span], start: float, end: float
) -> tuple[list[tuple[Span, float, float]], float]:
    """The children on the path between two moments, each with its part, and the time between them.

    `children` are in the order of their ends.
    """
    found: list[tuple[Span, float, float]] = []
    cursor, own = end, 0.0
    for child in reversed(children):
        if child.start >= cursor or child.end <= start:
            continue
        since, until = max(child.start, start), min(child.end, cursor)
        own += cursor - until
        found.append((child, since, until))
        cursor = since
    return found, own + max(0.0, cursor - start)


def first_failures(spans: Sequence[Span]) -> list[Span]:
    """The spans that failed though nothing below them did, by time: where a failure began."""
    above = {each.parent for each in spans if each.failed}
    return sorted(
        (each for each in spans if each.failed and each.id not in above), key=attrgetter("start")
    )


def _rows(
    path: Sequence[Stretch], slowest: Stretch, failed: Sequence[Span], start: float
) -> tuple[tuple[tuple[str, ...], ...], int]:
    shown = sorted(path, key=attrgetter("own"), reverse=True)[:_MOST_ROWS]
    own = {each.span.id: each.own for each in shown}
    origins = {each.id for each in failed}
    listed = [each.span for each in shown]
    listed += [each for each in failed[:_MOST_FAILED] if each.id not in own]
    rows = []
    for span in sorted(listed, key=attrgetter("start")):
        marks = [
            "slowest" if span is slowest.span else "",
            "failed first" if span.id in origins else "failed" if span.failed else "",
            "" if span.id in own else "beside the path",
        ]
        rows.append(
            (
                f"+{said_seconds(span.start - start)}",
                said_seconds(span.end - span.start),
                said_seconds(own[span.id]) if span.id in own else "",
                span.service,
                span.name,
                ", ".join(filter(None, marks)),
            )
        )
    return tuple(rows), len(path) - len(shown)


def _counted_failures(spans: Sequence[Span]) -> str:
    count = sum(bool(each.failed) for each in spans)
    return f"{count} failed" if count else "none failed"


def _told(span: Span) -> str:
    details = ", ".join(f"{key}={value}" for key, value in span.details.items())
    return f'"{span.name}" of {span.service}' + (f" ({details})" if details else "")


def compared(
    traces: Mapping[str, Sequence[Span]], said: Sequence[str], *, command: str
) -> ToolOutput:
    """Where traces spend their time, beside each other: own times on their critical paths.

    The last trace is the one that is explained: its longest come first.
    """
    own: dict[tuple[str, str], dict[str, float]] = {}
    for name, spans in traces.items():
        for stretch in critical_path(spans) if spans else ():
            times = own.setdefault((stretch.span.service, stretch.span.name), {})
            times[name] = times.get(name, 0.0) + stretch.own
    last = list(traces)[-1]
    places = sorted(own, key=lambda place: own[place].get(last, 0.0), reverse=True)
    columns = tuple(reversed(list(traces)))
    table = Table(
        columns=("SERVICE", "SPAN", *columns),
        rows=tuple(
            (
                *place,
                *(said_seconds(own[place][name]) if name in own[place] else "" for name in columns),
            )
            for place in places[:_MOST_ROWS]
        ),
        of="spans",
    )
    failed = [
        f"failed first in {name.lower()}: {_told(span)}: {span.failed}"
        for name, spans in traces.items()
        for span in first_failures(spans)[:2]
    ]
    note = "Own times on the critical path of each."
    if len(places) > _MOST_ROWS:
        note += f" Left out: {len(places) - _MOST_ROWS} of the shortest."
    text = "\n".join([*said, *failed, "", rendered(table)])
    return ToolOutput(status="ok", text=text, command=command, note=note, data=table)
