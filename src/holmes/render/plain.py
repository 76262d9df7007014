"""For a pipe: the answer alone on one stream, progress on the other."""

import sys
from typing import TextIO

from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.evidence import Evidence
from holmes.render.text import called, quoted, result_line, safe, statement_line

HOLD_CHARS = 400
"""Text held back before anything is written: a model's short remark before a tool call is shorter
than that and is not the answer, but a pipe can't take back what it was given."""


class PlainRenderer:
    """Writes the answer to `out` as it is written, and a line for each step to `progress`."""

    def __init__(
        self,
        out: TextIO | None = None,
        progress: TextIO | None = None,
        *,
        verbose: bool = False,
    ) -> None:
        self._out = out or sys.stdout
        self._progress = progress or sys.stderr
        self._verbose = verbose
        self._held = ""
        self._written = ""
        self._evidence: dict[int, Evidence] = {}

    def __call__(self, event: events.Event) -> None:
        """Take one event."""
        match event:
            case events.ModelWaiting(recorded=False):
                self._say(safe(f"… waiting for {event.model} at {event.address}"))
            case events.ModelText(reasoning=False):
                self._add(event.text)
            case events.ModelTextVoid():
                self._void()
            case events.ToolStarted():
                self._say(f"→ {safe(event.command or event.tool)}")
            case events.ToolFinished():
                self._evidence[event.evidence.number] = event.evidence
                self._say(_line(event))
                if self._verbose and event.evidence.excerpt:
                    self._say(safe(event.evidence.excerpt))
            case events.Noticed():
                self._say(f"! {safe(event.text)}")
            case events.Answered():
                self._end(event.answer)
            case _:
                pass

    def failed(self, message: str) -> None:
        """The run ended with an error, which the command line prints; keep what was found."""
        del message
        self._list_all()

    def close(self) -> None:
        """Nothing to put back in order: a pipe has no screen."""

    def _say(self, line: str) -> None:
        self._progress.write(line + "\n")
        self._progress.flush()

    def _add(self, text: str) -> None:
        self._held += safe(text)
        if self._written or len(self._held) > HOLD_CHARS:
            self._write(self._held)
            self._held = ""

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
        self._written += text

    def _void(self) -> None:
        self._held = ""
        if self._written:
            self._write("\n\n(The text above was not the answer. It follows.)\n\n")
            self._written = ""

    def _end(self, answer: Answer) -> None:
        text = safe(answer.text)
        began = self._written.lstrip()
        if began and not text.startswith(began):
            self._void()
            began = ""
        self._write(text[len(began) :])
        self._held = ""
        if text and not text.endswith("\n"):
            self._write("\n")
        if answer.reason:
            self._say(f"! {safe(answer.reason)}")
        for line in answer.gaps:
            self._write(f"\n{safe(line)}\n")
        self._list(answer)

    def _list(self, answer: Answer) -> None:
        """Under an answer, what it rests on; without one, what every call printed."""
        if answer.state == "none":
            self._list_all()
            return
        if answer.statements:
            self._write("\nCauses:\n")
        for statement in answer.statements:
            self._write(safe(f"{statement_line(statement)}\n"))
        cited = [self._evidence[n] for n in answer.citations if n in self._evidence]
        entries = cited or list(self._evidence.values())
        if entries:
            self._write("\nEvidence:\n")
        for entry in entries:
            self._write(safe(f"[{entry.number}] {called(entry)}\n"))
            for line in quoted(answer, entry.number):
                self._write(safe(f"    | {line}\n"))

    def _list_all(self) -> None:
        found = [entry for entry in self._evidence.values() if not entry.output.invalid]
        if found:
            self._write("\nWhat was found so far:\n")
        for entry in found:
            self._write(safe(f"[{entry.number}] {called(entry)}\n{entry.excerpt}\n"))


def _line(event: events.ToolFinished) -> str:
    return result_line(event.evidence, repeated=event.repeated, recorded=event.recorded)
