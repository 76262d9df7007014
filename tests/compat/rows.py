"""The rows of docs/compatibility.md and of the README's short table, one JSON file each.

The files in `rows/` are the source: `just compat` writes those of servers that ran, the others
are written by hand. `tables` renders both tables from them, and a test holds them to it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

FOLDER = Path(__file__).parent / "rows"

State: TypeAlias = Literal["yes", "partly", "no", "unknown", "skipped"]

EXCHANGES: Mapping[str, str] = {
    "chat": "chat",
    "system_role": "system",
    "streaming": "stream",
    "window": "window",
    "json_schema": "schema",
    "one_call": "call",
    "enum": "enum",
    "nested": "nested",
    "parallel": "two",
    "round_trip": "result",
    "tool_choice": "choice",
    "unknown_tool": "keeps",
}
"""The twelve, under the keys of `holmes model check --json`, with the heads of their columns."""

CAUSES = 3
"""Incidents in the packaged snapshot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What became of one exchange."""

    state: State
    how: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Loop:
    """A call and its result through `AnyToolModel` that knows nothing of the server.

    mode    where it ended: native, native (from the text), constrained, prompted
    fault   what went wrong, "" where the call was right and the answer came from the result
    called  whether the right call was read from the reply: the rest is the model's
    """

    mode: str
    fault: str = ""
    called: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """`holmes ask "what pods are unhealthy and why?"` on the packaged snapshot.

    causes     of the three incidents, how many were named with their cause
    strangers  pods in the answer that do not exist
    calls      tool calls, holmes's own first look included
    """

    exit_code: int
    causes: int
    strangers: int
    calls: int
    requests: int
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """One run; times in seconds, `load` is the machine's one-minute average at the end.

    version     as the server's package has it
    recognised  what `holmes model check` took the server for, with the version it was told
    chosen      the mode that the check chose
    """

    date: str
    version: str
    recognised: str
    weights: str
    chosen: str
    summary: str
    exchanges: Mapping[str, Seen]
    loop: Loop
    ask: Asked
    check_seconds: float
    ask_seconds: float
    load: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """Tests that play a server that could not be run here; `known_from` says where from."""

    known_from: str
    tests: tuple[str, ...]
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One set-up of one server: it ran, or it is replayed, never both."""

    name: str
    server: str
    setup: str = ""
    ran: Ran | None = None
    replayed: Replayed | None = None
    remarks: tuple[str, ...] = ()


def load(folder: Path = FOLDER) -> tuple[Row, ...]:
    """All rows, those that ran first; raises where a file is not a row."""
    rows = [msgspec.json.decode(path.read_bytes(), type=Row) for path in folder.glob("*.json")]
    return tuple(sorted(rows, key=lambda row: (row.ran is None, row.server.lower(), row.name)))


def save(row: Row, folder: Path = FOLDER) -> None:
    """Write a row over the one of its name; remarks that people added to that one stay."""
    path = folder / f"{row.name}.json"
    if path.exists() and not row.remarks:
        before = msgspec.json.decode(path.read_bytes(), type=Row)
        row = replace(row, remarks=before.remarks)
    path.write_text(json.dumps(asdict(row), indent=1, ensure_ascii=False) + "\n", "utf-8")
