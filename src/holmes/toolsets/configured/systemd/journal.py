"""The journal of a host, read by journalctl as JSON."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from holmes.core.finding import Change, ObjectRef
from holmes.core.messages import JsonObject
from holmes.core.tool_output import LogLine, LogLines, ToolOutput
from holmes.tools.base import Mask
from holmes.tools.changes import Told, Window
from holmes.tools.function_tool import FunctionTool, ToolFailure, definition
from holmes.tools.program import Program
from holmes.tools.times import span

_LIMIT, _MOST = 200, 2_000
_READ = 20_000  # lines through which a filter looks
_HOUR = 3600.0
_FIELDS = "MESSAGE,PRIORITY,_SYSTEMD_UNIT,UNIT,SYSLOG_IDENTIFIER,_HOSTNAME"
_KERNEL = "_TRANSPORT=kernel"
# What systemd says of its units, by the message IDs of its catalog (sd-messages.h, systemd 252).
_STATES = {
    "39f53479d3a045ac8e11786248231fbf": "started",
    "9d1aaa27d60140bd96365438aad20286": "stopped",
    "be02cf6855d2428ba40df7e9d022f03d": "failed to start",
    "7b05ebc668384222baa8881179cfda54": "reloaded",
    "d9b373ed55a64feb8242e02dbe79a49c": "failed",
    "fe6faa94e7774663a0da52717891d8ef": "killed for want of memory",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Journal:
    """The journalctl of this machine; `mask` takes secrets out before a filter looks."""

    program: Program
    mask: Mask

    async def version(self) -> str:
        """Systemd's version, once the journal could be opened."""
        await self.program.output("--lines=1", "--no-pager", "--quiet", ends=frozenset({0, 1}))
        said = await self.program.output("--version")
        return " ".join(said.split()[:2])

    async def lines(self, arguments: JsonObject) -> ToolOutput:
        """The last lines that are asked for, as log lines."""
        limit, pattern = int(str(arguments.get("limit") or _LIMIT)), _text(arguments, "filter")
        words = (*_words(arguments), f"--lines={_READ if pattern else limit + 1}")
        read = [_line(each) for each in _entries(await self._json(*words))][::-1]
        found = [line for line in read if _matches(pattern, self.mask(line.text))]
        shown = tuple(found[-limit:])
        notes = [f"Only the last {limit} lines."] if len(found) > limit else []
        if pattern and len(read) >= _READ:
            notes.append(f"Looked through the last {_READ} lines.")
        text = "".join(f"{line.time} {line.source}: {line.text}\n" for line in shown)
        return ToolOutput(
            status="ok" if shown else "no_data",
            text=text,
            command=self.show(arguments),
            note=" ".join(notes) if shown else "No line of the journal fits.",
            data=LogLines(lines=shown) if shown else None,
        )

    def show(self, arguments: JsonObject) -> str:
        """The command that prints the same lines, without the filter."""
        return self.program.show(*_words(arguments), f"--lines={arguments.get('limit') or _LIMIT}")

    def shown(self, window: Window) -> str:
        """The command that prints what `changes` reads."""
        return self.program.show(*_change_words(window))

    async def changes(self, window: Window) -> Told:
        """When units started, stopped and failed; of a workload those named like it."""
        entries = _entries(await self._json(*_change_words(window)))
        found = (_change(each) for each in entries)
        return Told(changes=tuple(c for c in found if c and window.workload in c.ref.name))

    async def _json(self, *words: str) -> str:
        # 1: nothing fits.
        more = ("--output=json", f"--output-fields={_FIELDS},MESSAGE_ID,EXIT_CODE,EXIT_STATUS")
        return await self.program.output(*words, *more, ends=frozenset({0, 1}))


def journal_tool(journal: Journal) -> FunctionTool:
    """`journal_logs`."""
    return FunctionTool(
        definition=definition(
            "journal_logs",
            "Lines of the host's journal, the latest last.",
            {
                "unit": {"type": "string", "description": 'e.g. kubelet, or "kernel"'},
                "since": {"type": "string", "description": "RFC3339 or -2h; 1h if left out"},
                "until": {"type": "string"},
                "priority": {"type": "string", "enum": ["err", "warning", "info", "debug"]},
                "filter": {"type": "string", "description": "regular expression"},
                "limit": {"type": "integer", "minimum": 1, "maximum": _MOST},
            },
        ),
        call=journal.lines,
        show=journal.show,
    )


def _words(arguments: JsonObject) -> tuple[str, ...]:
    start, end = span(
        _text(arguments, "since"), _text(arguments, "until"), now=time.time(), ago=_HOUR
    )
    unit, priority = _text(arguments, "unit"), _text(arguments, "priority")
    # Beside --since, --lines gives the first lines, unless they are reversed (seen with 252).
    words = ["--no-pager", "--quiet", "--reverse", f"--since=@{start:.0f}", f"--until=@{end:.0f}"]
    words += [f"--priority={priority}"] if priority else []
    words += [_KERNEL if unit == "kernel" else f"--unit={unit}"] if unit else []
    return tuple(words)


def _change_words(window: Window) -> tuple[str, ...]:
    start, end = window.span()
    times = (f"--since=@{start:.0f}", f"--until=@{end:.0f}")
    return ("--no-pager", "--quiet", *times, *(f"MESSAGE_ID={each}" for each in _STATES))


def _entries(said: str) -> Iterator[Mapping[str, Any]]:
    for line in said.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def _line(entry: Mapping[str, Any]) -> LogLine:
    source = entry.get("_SYSTEMD_UNIT") or entry.get("SYSLOG_IDENTIFIER") or "journal"
    return LogLine(text=_message(entry), time=_time(entry), source=str(source))


def _message(entry: Mapping[str, Any]) -> str:
    """The message; where it is no UTF-8, journalctl gives a list of bytes, and null if too long."""
    message = entry.get("MESSAGE")
    if isinstance(message, list):
        return bytes(message).decode(errors="replace")
    return str(message or "")


def _time(entry: Mapping[str, Any]) -> str:
    moment = datetime.fromtimestamp(int(entry["__REALTIME_TIMESTAMP"]) / 1e6, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _change(entry: Mapping[str, Any]) -> Change | None:
    state = _STATES.get(str(entry.get("MESSAGE_ID")), "")
    unit = str(entry.get("UNIT") or entry.get("_SYSTEMD_UNIT") or "")
    if not state or not unit:
        return None
    ref = ObjectRef(kind="Unit", namespace=str(entry.get("_HOSTNAME", "")), name=unit)
    return Change(what="unit", ref=ref, at=_time(entry), said=f"{state}: {_message(entry)}")


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text, re.IGNORECASE) is not None
    except re.error as error:
        said = f'the filter "{pattern}" is no regular expression: {error}'
        raise ToolFailure(said, status="invalid_arguments") from error


def _text(arguments: JsonObject, name: str) -> str:
    return str(arguments.get(name) or "")
