"""Typed data out of what a program printed: read once, where the output is made.

A tool that knows its data gives it as it is. These are for programs of others, of which nobody
knows more than their text.
"""

import json
import re
from contextlib import suppress

from holmes.core.tool_output import Json, Table, ToolData

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


def table_of(text: str, of: str = "") -> Table | None:
    """The table that kubectl and others print: a line of titles, and cells below them."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2 or not is_header(lines[0]):
        return None
    if any(is_header(line) for line in lines[1:]):
        return None  # several tables: their columns differ
    titles = list(_CELL.finditer(lines[0]))
    starts = [title.start() for title in titles]
    ends = [*starts[1:], None]
    places = list(zip(starts, ends, strict=True))
    rows = tuple(tuple(line[start:end].strip() for start, end in places) for line in lines[1:])
    return Table(columns=tuple(title.group() for title in titles), rows=rows, of=of)


def is_header(line: str) -> bool:
    """Whether a line names columns: two titles in capitals or more."""
    cells = _CELL.findall(line.strip())
    return len(cells) > 1 and all(_TITLE.fullmatch(cell) for cell in cells)
