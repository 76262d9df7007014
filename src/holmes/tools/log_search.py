"""A search in the logs of a back end, as its tool's arguments ask for it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from holmes.core.messages import JsonObject
from holmes.core.tool_output import LogLine, ToolOutput
from holmes.tools.log_result import READ, SHOWN, Window, log_output, news
from holmes.tools.times import START, moment, span

PARAMETERS: Mapping[str, JsonObject] = {
    "start": START,
    "end": {"type": "string"},
    "limit": {"type": "integer"},
    "new_since": {
        "type": "string",
        "description": "start of the incident: gives the kinds of lines that are new since",
    },
}
"""What every log search takes beside its query."""

_MOST_SHOWN = 1000
_BEFORE = 3600.0  # seconds at least with which the time since an incident is compared


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A line as a back end has it; `time` is RFC 3339, `labels` say who wrote it."""

    time: str
    text: str
    labels: Mapping[str, str]


class ReadLines(Protocol):
    """The search of one back end."""

    async def __call__(
        self, since: float, until: float, most: int, *, newest: bool
    ) -> Sequence[Entry]:
        """At most `most` lines of a time, in its order: the last of them, or the first."""


Clock: TypeAlias = Callable[[], float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What the arguments ask for: a time, how many lines, and since when what is new.

    start, end, incident  seconds since the epoch; no incident is 0
    """

    start: float
    end: float
    shown: int
    incident: float = 0.0

    @classmethod
    def of(cls, arguments: JsonObject, *, ago: float, now: Clock = time.time) -> "Wanted":
        """The arguments read; without a start it is `ago` seconds before the end."""
        since = arguments.get("new_since")
        start, end = span(arguments.get("start"), arguments.get("end"), now=now(), ago=ago)
        limit = arguments.get("limit")
        shown = min(limit, _MOST_SHOWN) if isinstance(limit, int) and limit > 0 else SHOWN
        if since in {None, ""}:
            return cls(start=start, end=end, shown=shown)
        incident = moment(since, base=end, name="new_since")
        if arguments.get("start") in {None, ""} or start >= incident:
            start = incident - max(_BEFORE, end - incident)
        return cls(start=start, end=max(end, incident + 1), shown=shown, incident=incident)


async def searched(wanted: Wanted, read: ReadLines, command: str) -> ToolOutput:
    """The lines that are wanted, or what is new among them since the incident."""
    if not wanted.incident:
        most = max(READ, wanted.shown)
        entries = await read(wanted.start, wanted.end, most, newest=True)
        lines, note = labelled(entries)
        if len(lines) >= most:
            note = f"The last {most:,} lines; there may be more before them. {note}"
        return log_output(lines, shown=wanted.shown, command=command, note=note.strip())
    earlier = await read(wanted.start, wanted.incident, READ, newest=True)
    later = await read(wanted.incident, wanted.end, READ, newest=False)
    lines, note = labelled((*earlier, *later))
    border = len(earlier)
    before = Window(
        lines=lines[:border], start=wanted.start, end=wanted.incident, whole=border < READ
    )
    since = Window(
        lines=lines[border:], start=wanted.incident, end=wanted.end, whole=len(later) < READ
    )
    return news(before, since, command=command, note=note)


def labelled(entries: Sequence[Entry]) -> tuple[list[LogLine], str]:
    """The lines, each with the labels that tell it from others; those that all share are a note."""
    sets = [frozenset(entry.labels.items()) for entry in entries]
    shared = frozenset.intersection(*sets) if sets else frozenset()
    lines = [
        LogLine(
            time=entry.time,
            text=entry.text,
            source="/".join(
                value for pair in entry.labels.items() if pair not in shared for value in pair[1:]
            ),
        )
        for entry in entries
    ]
    said = ", ".join(f"{name}={value}" for name, value in sorted(shared))
    return lines, f"All lines are of {said}." if said else ""
