"""For a program: one JSON document with the answer and everything that led to it."""

import io
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TextIO, TypeVar

from holmes.core import codec, events
from holmes.core.answer import Answer, Specific, Statement
from holmes.core.evidence import Evidence
from holmes.core.messages import Usage
from holmes.render.plain import PlainRenderer
from holmes.render.text import as_json

_E = TypeVar("_E", bound=events.Event)


class JsonRenderer:
    """Collects events for one document; `earlier` is the seconds that the run took before."""

    def __init__(
        self,
        question: str,
        progress: TextIO | None = None,
        *,
        verbose: bool = False,
        earlier: float = 0.0,
    ) -> None:
        self._question = question
        self._lines = PlainRenderer(io.StringIO(), progress or sys.stderr, verbose=verbose)
        self._began = time.monotonic() - earlier
        self._events: list[events.Event] = []

    def __call__(self, event: events.Event) -> None:
        """Take one event."""
        self._lines(event)
        if not isinstance(event, events.ModelText):
            self._events.append(event)

    def failed(self, message: str) -> None:
        """The run ended with an error: the document says so in `reason`."""
        answer = Answer(text="", state="none", reason=message)
        self._events.append(events.Answered(answer=answer))

    def close(self) -> None:
        """Print the document, where the run came to an end."""
        if self._all(events.Answered):
            sys.stdout.write(as_json(self.document()) + "\n")

    def document(self) -> dict[str, Any]:
        """The whole run: times in seconds, tokens as the server counted them (null: it did not)."""
        replies, waiting = self._all(events.ModelReplied), self._all(events.ModelWaiting)
        results = [event.evidence for event in self._all(events.ToolFinished)]
        asked, answers = self._all(events.Asked), self._all(events.Answered)
        answer = answers[-1].answer if answers else Answer(text="", state="none")
        return {
            "question": asked[-1].question if asked else self._question,
            "answer": answer.text,
            "explanation": answer.explanation,
            "state": answer.state,
            "reason": answer.reason,
            "citations": list(answer.citations),
            "evidence": _cited(answer, results),
            "statements": [_whole(each, "citations", "quotes") for each in answer.statements],
            "specifics": [_whole(each, "evidence") for each in answer.specifics],
            "more": answer.more,
            "gaps": list(answer.gaps),
            "model": waiting[-1].model if waiting else "",
            "address": waiting[-1].address if waiting else "",
            "tool_calls": [tool_call(each) for each in sorted(results, key=lambda e: e.number)],
            "notices": [event.text for event in self._all(events.Noticed)],
            "requests": len(replies),
            "usage": asdict(Usage.total(event.usage for event in replies)),
            "seconds": {
                "total": round(time.monotonic() - self._began, 3),
                "model": round(sum(event.seconds for event in replies), 3),
                "tools": round(sum(each.seconds for each in results), 3),
            },
        }

    def _all(self, kind: type[_E]) -> list[_E]:
        return [event for event in self._events if isinstance(event, kind)]


def _cited(answer: Answer, results: Sequence[Evidence]) -> list[dict[str, Any]]:
    """What the answer cites: the command to run again, and the lines that decide."""
    quotes = [quote for statement in answer.statements for quote in statement.quotes]
    return [
        {
            "number": each.number,
            "command": each.output.command,
            "lines": [line for q in quotes if q.evidence == each.number for line in q.lines],
        }
        for each in results
        if each.number in answer.citations
    ]


def _whole(value: Statement | Specific, *lists: str) -> dict[str, Any]:
    """As the codec writes it, with these lists where they are empty, too."""
    encoded: Any = codec.encode(value)
    return {**{name: [] for name in lists}, **encoded}


def tool_call(entry: Evidence) -> dict[str, Any]:
    """One tool call with its whole output."""
    return {
        "number": entry.number,
        "tool": entry.tool,
        "arguments": dict(entry.arguments),
        "command": entry.output.command,
        "status": entry.output.status,
        "exit_code": entry.output.exit_code,
        "note": entry.output.note,
        "seconds": round(entry.seconds, 3),
        "output": entry.output.text,
    }
