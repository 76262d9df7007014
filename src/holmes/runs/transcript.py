"""Read a transcript back: whatever of it is readable, and what was not."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Literal, TypeAlias

from holmes.core import codec, events
from holmes.core.answer import Answer
from holmes.core.errors import SessionError
from holmes.core.evidence import Evidence
from holmes.files import read_bounded
from holmes.runs import records
from holmes.runs.store import is_running

State: TypeAlias = Literal["answered", "no answer", "failed", "interrupted", "running"]
"""interrupted: by a person, or killed; what it found is on record. failed: the model server."""

_TAIL = 64 * 1024
"""Bytes at the end of a file in which its last line is looked for, to list many quickly."""

_INTERRUPTED = (130, 143)
_UNUSED = 4
_MOST_BYTES = 256_000_000  # as all sessions together


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcript:
    """One session's lines in order; `problems` are sentences about what could not be read."""

    path: Path
    header: records.Header
    lines: tuple[records.Line, ...]
    problems: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The name that people use for it."""
        return self.path.stem

    @property
    def answer(self) -> Answer | None:
        """The answer to the last question."""
        for line in reversed(self.lines):
            if isinstance(line, events.Asked):
                return None
            if isinstance(line, events.Answered):
                return line.answer
        return None

    @property
    def is_conversation(self) -> bool:
        """Whether it may hold several questions."""
        return any(isinstance(line, records.Settled) for line in self.lines)

    @property
    def unsettled(self) -> events.Asked | None:
        """The question that a conversation was at when its record ended; None: at none."""
        asked: events.Asked | None = self.first
        for line in self.lines:
            if isinstance(line, records.Settled):
                asked = None
            elif isinstance(line, events.Asked):
                asked = line
        return asked if asked is not None and asked.question else None

    @property
    def first(self) -> events.Asked:
        """The first question, which the header has."""
        header = self.header
        return events.Asked(question=header.question, images=header.images, at=header.at)

    @property
    def failure(self) -> str:
        """What the model server answered to the last request, where that failed for good."""
        outcomes = (records.Reply, records.Failure)
        last = next((line for line in reversed(self.lines) if isinstance(line, outcomes)), None)
        return last.reason if isinstance(last, records.Failure) and not last.overflow else ""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Each number's last result, in the order of numbers."""
        results = [line.evidence for line in self.lines if isinstance(line, events.ToolFinished)]
        by_number = {result.number: result for result in results}
        return tuple(by_number[number] for number in sorted(by_number))

    @property
    def events(self) -> Iterator[events.Event]:
        """The run again, for any renderer; the checked answer, not the reply as it came."""
        yield self.first
        known = {result.number for result in self.evidence}
        for line in self.lines:
            match line:
                case events.ModelWaiting():
                    yield replace(line, recorded=True)
                case events.ToolRepeated() if line.number not in known:
                    pass  # the line with that result can't be read
                case _ if not isinstance(line, records.Record):
                    yield line

    @property
    def seconds(self) -> float:
        """How long the run took, in all its processes; not the time between them."""
        total, began = 0.0, self.header.at
        for line, after in zip(self.lines, (*self.lines[1:], None), strict=True):
            if after is None or isinstance(after, records.Resumption):
                total += max(0.0, line.at - began)
                began = after.at if after else began
        return total


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """What a list shows of a session; `header` is None where its first line can't be read."""

    path: Path
    header: records.Header | None
    state: State
    code: int | None


def read(path: Path) -> Transcript:
    """The transcript in a file; SessionError where its first line is unreadable or old."""
    try:
        data = read_bounded(path, _MOST_BYTES)
    except OSError as error:
        raise SessionError(f'"{path}" can\'t be read: {error.strerror or error}.') from error
    raw = data.splitlines(keepends=True)
    parsed = [_parsed(line) for line in raw]
    lines = tuple(one for one in parsed if not isinstance(one, ValueError))
    header = next((line for line in lines if isinstance(line, records.Header)), None)
    if header is None:
        raise SessionError(
            f'"{path}" is no transcript: its first line can\'t be read.',
            hint="Remove it, or see holmes session list for others.",
        )
    if header.version < records.VERSION:
        raise SessionError(
            f'Session "{path.stem}" was written by HolmesGPT {header.holmes} (format '
            f"{header.version}; this one reads {records.VERSION}).",
            hint="Look at it with that version, or ask again.",
        )
    problems = _problems(parsed, torn=not raw[-1].endswith(b"\n"), running=is_running(path))
    return Transcript(path=path, header=header, lines=lines, problems=tuple(problems))


def summary(path: Path) -> Summary:
    """Begin and end of a session, without reading what lies between."""
    header, last = _ends(path)
    code = last.code if isinstance(last, records.Exit) else None
    return Summary(path=path, header=header, state=_state(path, last), code=code)


def _state(path: Path, last: records.Line | None) -> State:
    if isinstance(last, events.Answered):
        return "answered" if last.answer.state == "answered" else "no answer"
    if not isinstance(last, records.Exit):
        return "running" if is_running(path) else "interrupted"
    if last.code in _INTERRUPTED:
        return "interrupted"
    return {0: "answered", _UNUSED: "no answer"}.get(last.code, "failed")  # type: ignore[return-value]


def _ends(path: Path) -> tuple[records.Header | None, records.Line | None]:
    try:
        with path.open("rb") as file:
            first = _parsed(file.readline())
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            tail = map(_parsed, reversed(file.read().splitlines()))
    except OSError:
        return None, None
    passed_over = (ValueError, records.Feedback)  # the latter says nothing of how the run ended
    last = next((line for line in tail if not isinstance(line, passed_over)), None)
    return (first if isinstance(first, records.Header) else None), last


def _parsed(line: bytes) -> records.Line | ValueError:
    try:
        return records.decode(line)
    except ValueError as error:
        return error


def _problems(
    parsed: Sequence[records.Line | ValueError], *, torn: bool, running: bool
) -> Iterator[str]:
    """One sentence for each kind of thing that was not read."""
    versions = [
        line.version for line in parsed if isinstance(line, records.Header | records.Resumption)
    ]
    if max(versions) > records.VERSION:
        yield (
            f"It was written by a newer HolmesGPT (format {max(versions)}, this one knows "
            f"{records.VERSION}); what is understood is used."
        )
    if unknown := [line.kind for line in parsed if isinstance(line, codec.UnknownKindError)]:
        kinds = ", ".join(f'"{kind}"' for kind in dict.fromkeys(unknown))
        yield f"Lines of unknown kinds, passed over: {len(unknown)} ({kinds})."
    corrupt = [
        number
        for number, (line, after) in enumerate(zip_longest(parsed, parsed[1:]), start=1)
        if isinstance(line, ValueError)
        and not isinstance(line, codec.UnknownKindError)
        # Else it was cut off by the kill that the resumption came after.
        and not isinstance(after, records.Resumption)
    ]
    last = corrupt.pop() if torn and corrupt[-1:] == [len(parsed)] else 0
    if corrupt:
        yield f"Not readable, and passed over: line {', '.join(map(str, corrupt[:10]))}."
    if last and not running:
        yield f"Line {last} is cut off: the run was killed while it was written."
