"""What a transcript gives to the run that goes on from it."""

import json
from collections import deque
from collections.abc import Iterable
from itertools import count, takewhile
from typing import TypeAlias

from holmes.core import events
from holmes.core.messages import JsonObject
from holmes.core.tool_output import ToolOutput
from holmes.runs import records

Outcome: TypeAlias = records.Reply | records.Failure
Said: TypeAlias = events.ToolRepeated | events.Answered | events.Noticed | events.Asked


class Replay:
    """Outcomes of requests by their place in the run, results by tool and arguments.

    Requests go out one after the other, so that their place tells which is which; parallel calls
    end in any order. An outcome that is missing ends the recorded part: what follows it in the
    record led from a reply that is not there. Of a conversation only what came after its last
    `Settled` is replayed: `settled` requests were made before.
    """

    def __init__(self, lines: Iterable[records.Line] = ()) -> None:
        self.window: records.Window | None = None
        self.counts: dict[str, int] = {}
        self.results: dict[int, events.ToolFinished] = {}
        self.replied: dict[int, events.ModelReplied] = {}
        self.last_seq = 0
        self._outcomes: dict[int, Outcome] = {}
        self._waiting: dict[str, deque[ToolOutput]] = {}
        self._said: dict[tuple[str, str], Said] = {}
        self._request = 0
        self.settled = 0
        for line in lines:
            if isinstance(line, records.Settled):
                self.settle(line.request)
            self._take(line)
        for found in (line.evidence for line in self.results.values()):
            if found.output.invalid:
                continue  # nothing ran, and the same call is refused again in the same way
            waiting = self._waiting.setdefault(_call_key(found.tool, found.arguments), deque())
            waiting.append(found.output)

    @property
    def replies(self) -> int:
        """How many requests, from the first on, are answered from the record."""
        numbers = takewhile(self._outcomes.__contains__, count(self.settled + 1))
        return sum(1 for _ in numbers)

    def outcome(self, request: int) -> Outcome | None:
        """How that request ended."""
        return self._outcomes.get(request)

    def another_model(self) -> None:
        """Forget what was known of the model's server."""
        self.window = None
        self.counts.clear()

    def settle(self, request: int) -> None:
        """What a conversation went on from is not run again."""
        self.settled = request
        self.results.clear()
        self.replied.clear()
        self._said.clear()
        self._outcomes.clear()
        self._waiting.clear()

    def end_before(self, request: int) -> None:
        """From that request on the run is live."""
        for later in [number for number in self._outcomes if number >= request]:
            del self._outcomes[later]
            self.replied.pop(later, None)

    def result(self, tool: str, arguments: JsonObject) -> ToolOutput | None:
        """The result of such a call, taken from the record: the same call again runs."""
        waiting = self._waiting.get(_call_key(tool, arguments))
        return waiting.popleft() if waiting else None

    def finished(self, number: int, tool: str, arguments: JsonObject) -> events.ToolFinished | None:
        """The event that already holds this evidence under this number."""
        known = self.results.get(number)
        if known is None:
            return None
        then = _call_key(known.evidence.tool, known.evidence.arguments)
        return known if then == _call_key(tool, arguments) else None

    def again(self, event: Said, request: int) -> Said | None:
        """The event that said the same."""
        return self._said.get(_words(event, request))

    def _take(self, line: records.Line) -> None:
        if not isinstance(line, records.Record):
            self.last_seq = max(self.last_seq, line.seq)
        match line:
            case records.Window():
                self.window = line
            case records.TokenCount():
                self.counts[line.text] = line.tokens
            case records.Request():
                self._request = line.request
            case records.Reply() | records.Failure(overflow=True):
                self.end_before(line.request)
                self._outcomes[line.request] = line
            case events.ModelReplied():
                self.replied[line.step] = line
            case events.ToolFinished():
                self.results[line.evidence.number] = line
            case events.ToolRepeated() | events.Answered() | events.Noticed() | events.Asked():
                self._said[_words(line, self._request)] = line
            case _:
                pass


def _words(event: Said, request: int) -> tuple[str, str]:
    match event:
        case events.ToolRepeated(number=number):
            said = f"{request} {number}"
        case events.Answered(answer=answer):
            said = f"{answer.state} {answer.text} {answer.reason}"
        case events.Asked(question=said) | events.Noticed(text=said):
            pass
    return event.kind, said


def _call_key(tool: str, arguments: JsonObject) -> str:
    """The same for the same call, in whatever order its arguments stand."""
    return f"{tool} {json.dumps(arguments, sort_keys=True)}"
