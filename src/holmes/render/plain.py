"""For a pipe: the answer alone on one stream, progress on the other."""

import sys
from collections.abc import Mapping
from typing import TextIO

from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.evidence import Evidence
from holmes.render.text import Row, blocks, found_so_far, repeated_line, result_line, safe


class PlainRenderer:
    """Writes the answer to `out` once it is final, and a line for each step to `progress`.

    A pipe can't take back what it was given, so text is not passed on while the model writes it.
    `found` are results of earlier questions, which an answer may cite.
    """

    def __init__(
        self,
        out: TextIO | None = None,
        progress: TextIO | None = None,
        *,
        verbose: bool = False,
        found: Mapping[int, Evidence] | None = None,
    ) -> None:
        self._out = out or sys.stdout
        self._progress = progress or sys.stderr
        self._verbose = verbose
        self._evidence: dict[int, Evidence] = {}
        self._earlier = found or {}

    def __call__(self, event: events.Event) -> None:
        """Take one event."""
        match event:
            case events.ModelWaiting(recorded=False):
                self._say(safe(f"… waiting for {event.model} at {event.address}"))
            case events.ToolStarted():
                self._say(f"→ {safe(event.command or event.tool)}")
            case events.ToolFinished():
                self._evidence[event.evidence.number] = event.evidence
                self._say(result_line(event))
                if self._verbose and event.evidence.excerpt:
                    self._say(safe(event.evidence.excerpt))
            case events.ToolRepeated():
                self._say(repeated_line(self._all[event.number]))
            case events.Noticed():
                self._say(f"! {safe(event.text)}")
            case events.Answered():
                self._end(event.answer)
            case _:
                pass

    def failed(self, message: str) -> None:
        """The run ended with an error, which the command line prints; keep what was found."""
        del message
        self._write(found_so_far(self._evidence))

    def close(self) -> None:
        """Nothing to put back in order: a pipe has no screen."""

    @property
    def _all(self) -> Mapping[int, Evidence]:
        return {**self._earlier, **self._evidence}

    def _say(self, line: str) -> None:
        self._progress.write(line + "\n")
        self._progress.flush()

    def _end(self, answer: Answer) -> None:
        if answer.text:
            self._out.write(safe(answer.text).rstrip("\n") + "\n")
        if answer.reason:
            self._say(f"! {safe(answer.reason)}")
        for line in answer.gaps:
            self._out.write(f"\n{safe(line)}\n")
        self._write(blocks(answer, self._all if answer.citations else self._evidence))

    def _write(self, below: Mapping[str, list[Row]]) -> None:
        for heading, rows in below.items():
            lines = [line for row in rows for line in (row.text, *_indented(row.quotes))]
            if lines:
                self._out.write("\n".join(["", f"{heading}:", *lines, ""]))
        self._out.flush()


def _indented(quotes: tuple[str, ...]) -> list[str]:
    return [f"    | {line}" for line in quotes]
