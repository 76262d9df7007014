"""Events on their way to the renderer: recorded, and those from the record marked as such."""

import time
from dataclasses import replace

from holmes.core import events
from holmes.runs import records
from holmes.runs.tape import Tape


class RecordingSink:
    """Passes events on to `emit`.

    What was on record before is not written again. Of it the renderer gets the finished calls and
    the tokens, but no waiting, no streamed text and no notice that was shown before.
    """

    def __init__(self, tape: Tape, emit: events.EventSink) -> None:
        self._tape = tape
        self._emit = emit
        self._replaying = False
        self.found = 0

    def __call__(self, event: events.Event) -> None:
        """Take one event."""
        match event:
            case events.ModelWaiting():
                self._replaying = self._tape.next_is_recorded
                self._emit(replace(event, recorded=self._replaying))
            case events.ModelText() | events.ModelTextVoid():
                if not self._replaying:
                    self._emit(event)
            case events.ModelReplied():
                self._replied(event)
            case events.ToolStarted():
                self._started(event)
            case events.ToolFinished():
                self._finished(event)
            case events.Noticed():
                self._noticed(event)
            case _:
                if isinstance(event, events.Answered):
                    self._tape.append(records.Concluded(at=time.time(), answer=event.answer))
                self._emit(event)

    def _replied(self, event: events.ModelReplied) -> None:
        outcome = self._tape.played.outcome(self._tape.request)
        self._emit(replace(event, seconds=outcome.seconds) if outcome else event)

    def _started(self, event: events.ToolStarted) -> None:
        if self._tape.played.recorded(int(event.key), event.tool, event.arguments):
            return
        self._tape.append(
            records.Started(
                at=time.time(),
                number=int(event.key),
                tool=event.tool,
                arguments=dict(event.arguments),
                command=event.command,
            )
        )
        self._emit(event)

    def _finished(self, event: events.ToolFinished) -> None:
        evidence = event.evidence
        self.found = max(self.found, evidence.number)
        if event.repeated:
            self._repeated(event)
            return
        known = self._tape.played.recorded(evidence.number, evidence.tool, evidence.arguments)
        if known is not None:
            evidence = replace(evidence, seconds=known.seconds)
            self._emit(replace(event, evidence=evidence, recorded=True))
            return
        whole = evidence.excerpt == evidence.output.text
        self._tape.append(
            records.Found(
                at=time.time(),
                number=evidence.number,
                tool=evidence.tool,
                arguments=dict(evidence.arguments),
                seconds=round(evidence.seconds, 3),
                excerpt=None if whole else evidence.excerpt,
                output=evidence.output,
            )
        )
        self._emit(event)

    def _repeated(self, event: events.ToolFinished) -> None:
        key = (self._tape.request, event.evidence.number)
        known = key in self._tape.played.repeats
        if not known:
            request, number = key
            self._tape.append(records.Repeated(at=time.time(), request=request, number=number))
        self._emit(replace(event, recorded=known))

    def _noticed(self, event: events.Noticed) -> None:
        if event.text not in self._tape.played.notices:
            self._tape.append(records.Noted(at=time.time(), text=event.text))
        elif self._replaying:
            return
        self._emit(event)
