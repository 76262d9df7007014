"""Logs on demand, and the one line in them that decides."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

# Written by `kubectl logs --timestamps` in front of each line.
_STAMP = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z) ?")
# An application's own time, level and thread in front of what it says.
_PREAMBLE = re.compile(
    r"^(?:[EWIF]\d{4} [\d:.]+\s+\d+ \S+\] |[\d\-/:.,TZ\s+]{8,}(?:\[\w+\]\s*)?(?:\d+#\d+:\s*)?)"
)
# What a structured line carries for its readers' machinery, and not to say something.
_ROUTINE_KEYS = re.compile(
    r"(?i)@?time(?:stamp)?|ts|t|date|(?:log\.?)?level|lvl|severity|caller|(?:log\.?)?logger|source|file"
    r"|line|func(?:tion)?|stack(?:_?trace)?|thread(?:_name)?|pid|hostname|v|service|app|version"
    r"|(?:trace|span|request)_?id"
)
_USAGE = re.compile(r"(?i)^usage\b")
_MESSAGE_KEYS = ("msg", "message", "error", "err", "exception", "detail", "reason", "stderr")

_SCORES = tuple((score, re.compile(pattern)) for score, pattern in (
    (100, r"\[emerg\]|\[alert\]"),
    (90, r'"level": ?"(?:fatal|panic|critical|emerg)"|\bFATAL\b|\bPANIC\b|\bCRITICAL\b|^panic: '),
    # The last line of a traceback: a dotted or -Error name, a colon, what it says.
    (85, r"^(?:Caused by: |Exception in .*)?[\w$]+(?:\.[\w$]+)+: |^\w*(?:Error|Exception): "),
    (70, (r"(?i)is not set|is required|unknown directive|no such file|permission denied"
         r"|connection refused|no such host|nxdomain|cannot |can't |could ?n.t |unable to |invalid "
         r"|failed to |not found|forbidden|address already in use|no space left"
         # What argument parsers say (Go's flag and pflag, getopt, argparse, clap).
         r"|provided but not defined|unknown (?:flag|option|argument)|unrecogni[sz]ed"
         r"|unexpected argument")),
    (60, r'(?i)"level": ?"error"|level=error|\berror\b|^E\d{4} '),
    (40, r'(?i)"level": ?"warn|level=warn|\bwarn(?:ing)?\b|failed'),
))  # fmt: skip
CALM = re.compile(
    r'"level": ?"(?:info|debug|trace)"|level=(?:info|debug)|\b(?:INFO|DEBUG)\b|^I\d{4} '
)


@dataclass(frozen=True, kw_only=True, slots=True)
class LogRequest:
    """The end of one container's log; `previous` is its run before the last restart.

    `urgent` requests belong to something that is visibly broken and are fetched first.
    """

    namespace: str
    pod: str
    container: str
    previous: bool = False
    urgent: bool = field(default=True, compare=False)

    @property
    def source(self) -> str:
        """Where a quoted line was found, for evidence."""
        return f"log of {self.pod}" + (" (previous run)" if self.previous else "")


class LogReader(Protocol):
    """What a check asks for logs."""

    def read(self, request: LogRequest) -> Sequence[str]:
        """The lines, oldest first; none where the log is empty, unreadable or not fetched."""


class LogBook:
    """Answers from the logs that were fetched, and remembers what else was asked for.

    Checks are pure and quick, so they run once to say which logs decide, and again when those
    have been fetched.
    """

    def __init__(self, logs: Mapping[LogRequest, Sequence[str]] | None = None) -> None:
        self._logs = dict(logs or {})
        self._wanted: dict[LogRequest, None] = {}
        self.refused = 0

    def read(self, request: LogRequest) -> Sequence[str]:
        """The lines that were fetched; otherwise none, and the request is noted."""
        if request not in self._logs:
            self._wanted[request] = None
            return ()
        return self._logs[request]

    def add(self, request: LogRequest, lines: Sequence[str] | None) -> None:
        """Answer a request from now on; None is a log that may not be read, and counted."""
        self.refused += lines is None
        self._logs[request] = lines or ()
        self._wanted.pop(request, None)

    def wanted(self) -> list[LogRequest]:
        """What was asked for and is not here, urgent requests first."""
        return sorted(self._wanted, key=lambda request: not request.urgent)

    def fetched(self) -> int:
        """How many logs are here."""
        return len(self._logs)


def timestamp(line: str) -> str:
    """The time that kubectl put in front of a line, or empty."""
    stamp = _STAMP.match(line)
    return stamp[1] if stamp else ""


def bare(line: str) -> str:
    """A line as the program wrote it, without kubectl's timestamp."""
    return _STAMP.sub("", line).rstrip()


def decisive(lines: Iterable[str]) -> str:
    """The line that most likely says why a program ended, as the program wrote it; or empty."""
    best, best_score = "", 0
    for line in map(bare, lines):
        score = _score(line)
        if score and score >= best_score:
            best, best_score = line, score
    return best


def complaint(lines: Sequence[str]) -> str:
    """The line that decides or, where none does, the last one: of a usage text, the one before."""
    found = decisive(lines)
    if found or not lines:
        return found
    told = [bare(line) for line in lines if line.strip()]
    usage = next((at for at, line in enumerate(told) if at and _USAGE.search(line)), len(told))
    return told[usage - 1] if told else ""


def _score(line: str) -> int:
    if CALM.search(line):
        return 0
    return next((score for score, pattern in _SCORES if pattern.search(line)), 0)


def message(line: str, limit: int = 200) -> str:
    """What a log line says, without time, level and JSON around it, in `limit` characters."""
    line = bare(line)
    said = ""
    if line.startswith("{"):
        said = _json_message(line)
    return both_ends(said or _PREAMBLE.sub("", line) or line, limit)


def _json_message(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    parts = [entry[key] for key in _MESSAGE_KEYS if isinstance(entry.get(key), str)]
    said = ": ".join(dict.fromkeys(parts))
    # The name that a message is about often has a field of its own.
    told = [f"{key}={value}" for key, value in entry.items()
            if key not in _MESSAGE_KEYS and not _ROUTINE_KEYS.fullmatch(key)
            and isinstance(value, str | int) and str(value) not in said]  # fmt: skip
    return f"{said} ({', '.join(told)})" if said and told else said


def quote(line: str, limit: int = 190, *, about: re.Pattern[str] | None = None) -> str:
    """A part of a line, unchanged: what `about` finds in it, else from its message on."""
    line = bare(line)
    found = about.search(line) if about else None
    if found and found.end() > limit // 2:
        start = max(0, found.end() - limit // 2)
        return f"…{cut(line[start:], limit)}"
    if line.startswith("{"):
        start = min((at for key in ('"msg"', '"message"') if (at := line.find(key)) > 0), default=0)
        line = line[start:].removesuffix("}") if start else line
    return cut(line, limit)


def both_ends(said: str, limit: int) -> str:
    """A sentence without its middle: its place stands first, and a wrapped error's cause last."""
    if len(said) <= limit:
        return said
    head, tail = said[: limit // 3], said[len(said) - (limit - limit // 3 - 3) :]
    return f"{head.rpartition(' ')[0] or head} … {tail.partition(' ')[2] or tail}"


def cut(said: str, limit: int) -> str:
    """Text of at most `limit` characters; an ellipsis says that it went on."""
    return said if len(said) <= limit else said[: limit - 1].rstrip() + "…"
