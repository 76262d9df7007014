"""For a pipe: the answer alone on one stream, progress on the other."""

import sys
from collections.abc import Mapping
from typing import TextIO

from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.evidence import Evidence
from holmes.render.text import (
    EXPLAINED,
    Row,
    Stated,
    blocks,
    found_so_far,
    repeated_line,
    result_line,
    safe,
    stated,
)


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
        problems = [line for each in stated(answer, self._evidence) for line in _lines(each)]
        more = [f"\n{safe(answer.more)}"] if answer.more else []
        said = [f"\n{EXPLAINED}: {safe(answer.explanation)}"] if answer.explanation else []
        text = "\n".join([*problems, *more, *said]) if problems else safe(answer.text)
        if text:
            self._out.write(text.rstrip("\n") + "\n")
        if answer.reason:
            self._say(f"! {safe(answer.reason)}")
        for line in answer.gaps:
            self._out.write(f"\n{safe(line)}\n")
        below = blocks(answer, self._all if answer.citations else self._evidence)
        if answer.state == "answered" and not answer.citations:
            # What an answer does not cite is no part of it: it may be JSON, for a program.
            for row in below.pop("Evidence"):
                self._say(row.text)
        self._write(below)

    def _write(self, below: Mapping[str, list[Row]]) -> None:
        for heading, rows in below.items():
            lines = [line for row in rows for line in (row.text, *_indented(row.quotes))]
            if lines:
                self._out.write("\n".join(["", f"{heading}:", *lines, ""]))
        self._out.flush()


def _indented(quotes: tuple[str, ...]) -> list[str]:
    return [f"    | {line}" for line in quotes]


def _lines(problem: Stated) -> list[str]:
    head = (f"{problem.number:<2} {problem.object}", problem.problem, problem.verdict)
    facts = (f"   {f.label:<8} {f.text}  {f.shown_by}".rstrip() for f in problem.facts)
    return ["  ".join(filter(None, head)), *facts]
