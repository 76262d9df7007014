"""For a program: one JSON document with the answer and everything that led to it."""

import io
import sys
import time
from dataclasses import asdict
from typing import Any, TextIO

from holmes.core import codec, events
from holmes.core.answer import Answer, Specific, Statement
from holmes.core.evidence import Evidence
from holmes.core.messages import Usage
from holmes.render.plain import PlainRenderer
from holmes.render.text import as_json, total


class JsonRenderer:
    """Collects events; `document` is what goes to stdout, progress lines go to stderr.

    `earlier` is the seconds that the run took before this process.
    """

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
        self._model: events.ModelWaiting | None = None
        self._usages: list[Usage] = []
        self._model_seconds = 0.0
        self._evidence: list[Evidence] = []
        self._notices: list[str] = []
        self._answer: Answer | None = None

    def __call__(self, event: events.Event) -> None:
        """Take one event."""
        self._lines(event)
        match event:
            case events.Asked():
                self._question = event.question
            case events.ModelWaiting():
                self._model = event
            case events.ModelReplied():
                self._usages.append(event.usage)
                self._model_seconds += event.seconds
            case events.ToolFinished():
                self._evidence.append(event.evidence)
            case events.Noticed():
                self._notices.append(event.text)
            case events.Answered():
                self._answer = event.answer
            case _:
                pass

    def failed(self, message: str) -> None:
        """The run ended with an error: the document says so in `reason`."""
        self._answer = Answer(text="", state="none", reason=message)

    def close(self) -> None:
        """Print the document, where the run came to an end."""
        if self._answer is not None:
            sys.stdout.write(as_json(self.document()) + "\n")

    def document(self) -> dict[str, Any]:
        """The whole run: times in seconds, tokens as the server counted them (null: it did not)."""
        usage = total(self._usages)
        answer = self._answer or Answer(text="", state="none")
        return {
            "question": self._question,
            "answer": answer.text,
            "state": answer.state,
            "reason": answer.reason,
            "citations": list(answer.citations),
            "evidence": self._cited(answer),
            "statements": [_whole(each, "citations", "quotes") for each in answer.statements],
            "specifics": [_whole(each, "evidence") for each in answer.specifics],
            "gaps": list(answer.gaps),
            "model": self._model.model if self._model else "",
            "address": self._model.address if self._model else "",
            "tool_calls": [
                called(entry) for entry in sorted(self._evidence, key=lambda e: e.number)
            ],
            "notices": self._notices,
            "requests": len(self._usages),
            "usage": asdict(usage),
            "seconds": {
                "total": round(time.monotonic() - self._began, 3),
                "model": round(self._model_seconds, 3),
                "tools": round(sum(entry.seconds for entry in self._evidence), 3),
            },
        }

    def _cited(self, answer: Answer) -> list[dict[str, Any]]:
        """What the answer cites: the command to run again, and the lines that decide."""
        quotes = [quote for statement in answer.statements for quote in statement.quotes]
        return [
            {
                "number": entry.number,
                "command": entry.output.command,
                "lines": [line for q in quotes if q.evidence == entry.number for line in q.lines],
            }
            for entry in self._evidence
            if entry.number in answer.citations
        ]


def _whole(value: Statement | Specific, *lists: str) -> dict[str, Any]:
    """As the codec writes it, with these lists where they are empty, too."""
    encoded: Any = codec.encode(value)
    return {**{name: [] for name in lists}, **encoded}


def called(entry: Evidence) -> dict[str, Any]:
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
