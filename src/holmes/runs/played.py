"""What a transcript gives to the run that goes on from it."""

import json
from collections import deque
from collections.abc import Iterable
from itertools import count, takewhile
from typing import TypeAlias

from holmes.core.messages import JsonObject
from holmes.runs import records

Outcome: TypeAlias = records.Replied | records.Overflowed


class Played:
    """Outcomes of requests by their place in the run, results by tool and arguments.

    Requests go out one after the other, so that their place tells which is which; parallel calls
    end in any order. An outcome that is missing ends the recorded part: what follows it in the
    record led from a reply that is not there.
    """

    def __init__(self, lines: Iterable[records.Record] = ()) -> None:
        self.windows: list[int | None] = []
        self.counts: dict[str, int] = {}
        self.numbers: dict[int, records.Found] = {}
        self.notices: set[str] = set()
        self.repeats: set[tuple[int, int]] = set()
        self._outcomes: dict[int, Outcome] = {}
        self._results: dict[str, deque[records.Found]] = {}
        for line in lines:
            self._take(line)
        for found in self.numbers.values():
            if found.output.invalid:
                continue  # nothing ran, and the same call is refused again in the same way
            self._results.setdefault(call_key(found.tool, found.arguments), deque()).append(found)

    @property
    def replies(self) -> int:
        """How many requests, from the first on, are answered from the record."""
        numbers = takewhile(self._outcomes.__contains__, count(1))
        return sum(1 for _ in numbers)

    def outcome(self, request: int) -> Outcome | None:
        """How that request ended."""
        return self._outcomes.get(request)

    def end_before(self, request: int) -> None:
        """From that request on the run is live."""
        for later in [number for number in self._outcomes if number >= request]:
            del self._outcomes[later]

    def result(self, tool: str, arguments: JsonObject) -> records.Found | None:
        """The result of such a call, taken from the record: the same call again runs."""
        waiting = self._results.get(call_key(tool, arguments))
        return waiting.popleft() if waiting else None

    def has_result(self, tool: str, arguments: JsonObject) -> bool:
        """Whether such a call is answered from the record."""
        return bool(self._results.get(call_key(tool, arguments)))

    def recorded(self, number: int, tool: str, arguments: JsonObject) -> records.Found | None:
        """The line that already holds this evidence under this number."""
        found = self.numbers.get(number)
        if found is None or call_key(found.tool, found.arguments) != call_key(tool, arguments):
            return None
        return found

    def _take(self, line: records.Record) -> None:
        match line:
            case records.Window():
                self.windows.append(line.tokens)
            case records.Counted():
                self.counts[line.text] = line.tokens
            case records.Replied() | records.Overflowed():
                self.end_before(line.request)
                self._outcomes[line.request] = line
            case records.Found():
                self.numbers[line.number] = line
            case records.Repeated():
                self.repeats.add((line.request, line.number))
            case records.Noted():
                self.notices.add(line.text)
            case _:
                pass


def call_key(tool: str, arguments: JsonObject) -> str:
    """The same for the same call, in whatever order its arguments stand."""
    return f"{tool} {json.dumps(arguments, sort_keys=True)}"
