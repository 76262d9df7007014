"""One investigation as readers see it: its events so far, and what is to come of it."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

import anyio

from holmes.core import codec, events
from holmes.core.answer import Answer
from holmes.core.evidence import Evidence
from holmes.core.tool_output import Findings, Json, LogLines, Table, TimeSeries, ToolData
from holmes.server.encoding import sent_event

State: TypeAlias = Literal["queued", "running", "answered", "no answer", "failed", "interrupted"]

_EMPTY: dict[str, ToolData] = {
    each.kind: each
    for each in (
        Findings(findings=()),
        Json(value=None),
        LogLines(lines=()),
        Table(columns=(), rows=()),
        TimeSeries(series=()),
    )
}
"""What stands for data that is left out: a reader learns its kind."""

_FRAMES = 64
"""Encoded events that are kept: many readers of one run are at about the same place."""


class Record:
    """What is known of an investigation, whether it runs here, ran here or is on disk.

    id       the session's
    reason   why there is no answer, where there is none
    """

    def __init__(self, name: str, seen: Sequence[events.Event], state: State) -> None:
        self.id = name
        self.events = list(seen)
        self.state: State = state
        self.reason = ""
        self.model = self.cluster = ""
        self._frames: OrderedDict[tuple[int, bool], bytes] = OrderedDict()
        self._more = anyio.Event()

    @property
    def busy(self) -> bool:
        """Whether more events may come."""
        return self.state in {"queued", "running"}

    def place(self, seq: int) -> int:
        """The place of the first event after the one with that number."""
        return bisect_right(self.events, seq, key=lambda event: event.seq)

    async def more(self, seconds: float) -> bool:
        """Wait for news; False where there was none for so long."""
        with anyio.move_on_after(seconds):
            await self._more.wait()
            return True
        return False

    def frame(self, place: int, *, light: bool) -> bytes:
        """The event at that place as a server-sent event; `light`: without what tools printed."""
        known = self._frames.get((place, light))
        if known is None:
            event = self.events[place]
            data = codec.encode(_lightened(event) if light else event)
            known = sent_event(event.kind, data, event.seq)
            self._frames[place, light] = known
            if len(self._frames) > _FRAMES:
                self._frames.popitem(last=False)
        return known

    @property
    def end(self) -> bytes:
        """The last server-sent event of a stream; it has no number."""
        return sent_event("end", {"state": self.state, "reason": self.reason})

    def evidence(self, number: int) -> Evidence | None:
        """The last result of that number."""
        found = (
            event.evidence
            for event in reversed(self.events)
            if isinstance(event, events.ToolFinished) and event.evidence.number == number
        )
        return next(found, None)

    @property
    def questions(self) -> list[str]:
        """What was asked, in order."""
        return [event.question for event in self.events if isinstance(event, events.Asked)]

    @property
    def turns(self) -> Iterator[tuple[events.Asked, Answer | None]]:
        """Each question with its answer."""
        asked: events.Asked | None = None
        for event in self.events:
            if isinstance(event, events.Asked):
                if asked is not None:
                    yield asked, None
                asked = event
            elif isinstance(event, events.Answered) and asked is not None:
                yield asked, event.answer
                asked = None
        if asked is not None:
            yield asked, None

    @property
    def answer(self) -> Answer | None:
        """The answer to the last question."""
        return next((answer for _, answer in reversed(list(self.turns))), None)

    def wake(self) -> None:
        """There is news."""
        self._more.set()
        self._more = anyio.Event()


def _lightened(event: events.Event) -> events.Event:
    if isinstance(event, events.Asked):
        return replace(event, images=())
    if not isinstance(event, events.ToolFinished):
        return event
    data = event.evidence.output.data
    output = replace(event.evidence.output, text="", data=data and _EMPTY[data.kind])
    return replace(event, evidence=replace(event.evidence, excerpt="", output=output))
