"""From the rows of a query to what a tool returns, within limits."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from holmes.core.messages import JsonValue
from holmes.core.tool_output import Table, ToolOutput
from holmes.tools.data import rendered

MOST_CHARACTERS = 60_000
"""Of all cells of a result; the rows beyond are left out."""

_CELL = 500  # characters of a cell among several rows
_WIDE = 160  # a single row wider than this is shown as one line for each column


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """What a query gave; `more` says that there were rows beyond those that were asked for."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: bool = False
    cut: bool = False


Answer: TypeAlias = tuple[Sequence[str], Iterable[Sequence[object]], str]
"""What a question gave: columns, rows, and what is to be said of them."""


def answered(answer: Answer, limit: int, *, of: str, command: str, nothing: str) -> ToolOutput:
    """The first rows of an answer as a result."""
    columns, rows, note = answer
    found = taken(columns, rows, limit)
    return output_of(found, of=of, command=command, nothing=nothing, note=note)


def least(wanted: JsonValue, most: int, usual: int | None = None) -> int:
    """How many rows a call may have that asks for so many, or for none in particular."""
    asked = wanted if isinstance(wanted, int) else most if usual is None else usual
    return min(asked, most)


def taken(columns: Sequence[str], rows: Iterable[Sequence[object]], limit: int) -> Rows:
    """The first rows, as texts; reads no more of them than it needs."""
    kept: list[tuple[str, ...]] = []
    size, more = 0, False
    for row in rows:
        if len(kept) == limit or size > MOST_CHARACTERS:
            more = True
            break
        cells = tuple(text_of(value)[:MOST_CHARACTERS] for value in row)
        size += sum(map(len, cells))
        kept.append(cells)
    if len(kept) == 1:
        return Rows(columns=tuple(columns), rows=tuple(kept), more=more)
    short = tuple(tuple(_short(cell) for cell in row) for row in kept)
    cut = any(len(cell) > _CELL for row in kept for cell in row)
    return Rows(columns=tuple(columns), rows=short, more=more, cut=cut)


def text_of(value: object) -> str:
    """A value as a person writes it; NULL for none."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def output_of(found: Rows, *, of: str, command: str, nothing: str, note: str = "") -> ToolOutput:
    """The rows as a table, with what was left out; `nothing` is the note where there are none."""
    if not found.rows:
        return ToolOutput(
            status="no_data", command=command, note="; ".join(filter(None, (nothing, note)))
        )
    notes = [note] if note else []
    if found.more:
        notes.append(f"only the first {len(found.rows)} rows; narrow it down or aggregate")
    if found.cut:
        notes.append(f"values longer than {_CELL} characters are cut")
    return ToolOutput(
        status="ok",
        text=shown(found),
        command=command,
        note="; ".join(notes),
        data=Table(columns=found.columns, rows=found.rows, of=of),
    )


def shown(found: Rows) -> str:
    """The rows as people read them."""
    if len(found.rows) == 1:
        pairs = list(zip(found.columns, found.rows[0], strict=True))
        if sum(max(map(len, pair)) for pair in pairs) > _WIDE:
            return "".join(f"{name}: {value}\n" for name, value in pairs)
    return rendered(Table(columns=found.columns, rows=found.rows))


def _short(cell: str) -> str:
    line = " ".join(cell[: _CELL * 4].split()) if "\n" in cell else cell
    return line if len(line) <= _CELL else f"{line[:_CELL]}…"
