"""For a program: one JSON document with the answer and everything that led to it."""

import io
import sys
import time
from typing import Any, TextIO

from holmes.core import events
from holmes.core.answer import Answer, Quote, Specific, Statement
from holmes.core.evidence import Evidence
from holmes.core.messages import Usage
from holmes.render.plain import PlainRenderer
from holmes.render.text import as_json, quoted, total


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
            case events.ToolFinished(repeated=False):
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
        answer = self._answer
        return {
            "question": self._question,
            "answer": answer.text if answer else "",
            "state": answer.state if answer else "none",
            "reason": answer.reason if answer else "",
            "citations": list(answer.citations) if answer else [],
            "evidence": self._cited(answer) if answer else [],
            "specifics": [_specific(one) for one in answer.specifics] if answer else [],
            "statements": [_statement(one) for one in answer.statements] if answer else [],
            "gaps": list(answer.gaps) if answer else [],
            "model": self._model.model if self._model else "",
            "address": self._model.address if self._model else "",
            "tool_calls": [
                _call(entry) for entry in sorted(self._evidence, key=lambda e: e.number)
            ],
            "notices": self._notices,
            "requests": len(self._usages),
            "usage": {
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "cached_tokens": usage.cached_tokens,
            },
            "seconds": {
                "total": round(time.monotonic() - self._began, 3),
                "model": round(self._model_seconds, 3),
                "tools": round(sum(entry.seconds for entry in self._evidence), 3),
            },
        }

    def _cited(self, answer: Answer) -> list[dict[str, Any]]:
        """What the answer cites: the command to run again, and the lines that decide."""
        return [
            {
                "number": entry.number,
                "command": entry.output.command,
                "lines": list(quoted(answer, entry.number)),
            }
            for entry in self._evidence
            if entry.number in answer.citations
        ]


def _specific(specific: Specific) -> dict[str, Any]:
    return {
        "text": specific.text,
        "kind": specific.kind,
        "status": specific.status,
        "evidence": list(specific.evidence),
        "calculation": specific.calculation,
        "instead": specific.instead,
    }


def _statement(statement: Statement) -> dict[str, Any]:
    return {
        "text": statement.text,
        "verdict": statement.verdict,
        "citations": list(statement.citations),
        "quotes": [_quote(quote) for quote in statement.quotes],
        "open": statement.open,
    }


def _quote(quote: Quote) -> dict[str, Any]:
    return {"number": quote.evidence, "lines": list(quote.lines)}


def _call(entry: Evidence) -> dict[str, Any]:
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
