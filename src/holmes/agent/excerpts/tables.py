"""What matters in tables: their titles and the rows that are not well."""

import re
from collections.abc import Mapping, Sequence

from holmes.agent.excerpts.selection import (
    Weighed,
    asked_about,
    choose,
    less_if_alike,
    shortened,
    tells,
    with_gaps,
)
from holmes.core.tool_output import Table
from holmes.tools.data import rendered

_WELL = frozenset(
    {"Running", "Completed", "Succeeded", "Active", "Bound", "Available", "Ready", "Complete"}
    | {"Normal", "True", "Healthy", "Approved,Issued", "deployed", ""}
)
_COUNTS = ("DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE")
_READY = re.compile(r"(\d+)/(\d+)")
_RESTARTS = re.compile(r"[1-9]\d*")


def excerpt_of_tables(tables: Sequence[Table], room: int, question: str, most: int) -> list[str]:
    """The titles and the rows that matter; says how many of the missing ones look unwell."""
    lines = [line for table in tables for line in _lines(table)]
    asked = asked_about(lines, question)
    weighed: list[Weighed] = []
    for table in tables:
        above = len(weighed)
        weighed.append(Weighed(text=lines[above], weight=0.0))
        for row in table.rows:
            line, named = lines[len(weighed)], asked[len(weighed)]
            cells = dict(zip(table.columns, row, strict=False))
            weight = unwell(cells, line) + (6 if named else 0)
            weighed.append(Weighed(text=shortened(line, most), weight=weight, above=above))
    choice = choose(less_if_alike(weighed, 2), room)
    missing = [line for index, line in enumerate(weighed) if index not in choice.kept]
    shown = with_gaps(choice, len(lines))
    if missing:
        bad = sum(line.weight >= 1 for line in missing)
        looks = f"{bad} of them look unwell" if bad else "all of them look well"
        shown.append(f"[{len(missing)} rows are missing here: {looks}]")
    return shown


def unwell(cells: Mapping[str, str], line: str) -> float:
    """How much a row tells of trouble; below 1, nothing."""
    weight = 0.0
    status = cells.get("STATUS", "")
    if status.split(",")[0] not in _WELL:
        weight += 5
    ready = _READY.fullmatch(cells.get("READY", ""))
    if ready and ready[1] != ready[2] and status not in {"Completed", "Succeeded"}:
        weight += 5
    counts = {cells[name] for name in _COUNTS if cells.get(name, "").isdigit()}
    if len(counts) > 1:
        weight += 4
    if _RESTARTS.match(cells.get("RESTARTS", "")):
        weight += 2
    if cells.get("TYPE") == "Warning":
        weight += 4
    return weight + (1 if tells(line) else 0)


def _lines(table: Table) -> list[str]:
    """Titles and rows without padding, except where an empty cell would then be lost."""
    padded = rendered(table).splitlines()
    rows = (table.columns, *table.rows)
    return ["  ".join(row) if all(row) else line for row, line in zip(rows, padded, strict=True)]
