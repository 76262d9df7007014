"""Typed data out of what a program printed: read once, where the output is made.

A tool that knows its data gives it as it is. These are for programs of others, of which nobody
knows more than their text.
"""

import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from holmes.core.tool_output import Json, Table, ToolData, ToolOutput

LARGEST_JSON = 8_000_000
"""Characters; a larger document stays text."""

# Columns stand two spaces or more apart; a title is capitals, as kubectl, docker, helm and ps
# write it, so that the first line of a log is none.
_CELL = re.compile(r"\S+(?: \S+)*")
_TITLE = re.compile(r"[A-Z][A-Z0-9%/_-]*(?:\([A-Za-z]+\))?(?: [A-Z0-9%/_-]+(?:\([A-Za-z]+\))?)*")


def data_of(text: str) -> ToolData | None:
    """JSON or one table, where the whole text is that; else None."""
    start = text.lstrip()[:1]
    if start in {"{", "["} and len(text) <= LARGEST_JSON:
        with suppress(ValueError, RecursionError):
            return Json(value=json.loads(text))
        return None
    return table_of(text)


def table_of(text: str, of: str = "", *, sure: bool = False) -> Table | None:
    """The table that kubectl and others print: a line of titles, and cells below them.

    `sure` says that it is one or several, blank lines between, whatever their titles look like.
    """
    lines = text.rstrip().splitlines()
    if sure and len(lines) > 1 and all(map(str.strip, lines)):
        return replace(_table(lines[0], lines[1:]), of=of)
    tables = tables_of(lines)
    # Several tables have several kinds of columns, and are no table.
    return replace(tables[0], of=of) if len(tables) == 1 else None


def tables_of(lines: Iterable[str]) -> list[Table]:
    """The tables of which a text consists; none where it begins with anything else."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if not line.strip():
            continue
        if is_header(line):
            found.append((line, []))
        elif found:
            found[-1][1].append(line)
        else:
            return []
    return [_table(header, rows) for header, rows in found if rows]


def is_header(line: str) -> bool:
    """Whether a line names columns: two titles in capitals or more."""
    cells = _CELL.findall(line.strip())
    return len(cells) > 1 and all(_TITLE.fullmatch(cell) for cell in cells)


def rendered(table: Table) -> str:
    """A table as kubectl prints one: two spaces or more between columns."""
    rows = (table.columns, *table.rows)
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines) + "\n"


def listed(
    of: str,
    columns: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    command: str,
    *,
    most: int = 200,
    note: str = "",
) -> ToolOutput:
    """The first of things as a table, with how many more there are; `no_data` without any."""
    if not rows:
        return ToolOutput(status="no_data", command=command, note=f"there are no {of}")
    table = Table(columns=tuple(columns), rows=tuple(rows[:most]), of=of)
    if left := len(rows) - len(table.rows):
        note = f"{note} Left out: {left} more {of}.".strip()
    return ToolOutput(status="ok", text=rendered(table), command=command, note=note, data=table)


def _table(header: str, rows: Sequence[str]) -> Table:
    titles = list(_CELL.finditer(header))
    starts = [title.start() for title in titles]
    places = list(zip(starts, [*starts[1:], None], strict=True))
    cells = tuple(tuple(row[start:end].strip() for start, end in places) for row in rows)
    return Table(columns=tuple(title.group() for title in titles), rows=cells)
