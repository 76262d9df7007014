"""What matters in a table as kubectl prints it: its header and the rows that are not well."""

import re
from collections.abc import Sequence

from holmes.agent.excerpts.selection import (
    Weighed,
    asked_about,
    choose,
    less_if_alike,
    shortened,
    tells,
    with_gaps,
)

_NAME = r"[A-Z][A-Z0-9%/-]*(?:\([A-Za-z]+\))?"
_TITLE = rf"{_NAME}(?: {_NAME})*"
_HEADER = re.compile(rf"{_TITLE}(?:\s{{2,}}{_TITLE})+\s*")
_COLUMN = re.compile(r"\S+(?: \S+)*")
_WELL = frozenset(
    {"Running", "Completed", "Succeeded", "Active", "Bound", "Available", "Ready", "Complete"}
    | {"Normal", "True", "Healthy", "Approved,Issued", "deployed", ""}
)
_COUNTS = ("DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE")
_READY = re.compile(r"(\d+)/(\d+)")
_RESTARTS = re.compile(r"[1-9]\d*")


def is_table(lines: Sequence[str]) -> bool:
    """Whether the first line names columns."""
    return len(lines) > 1 and is_header(lines[0])


def is_header(line: str) -> bool:
    """Whether a line names columns, as kubectl does: capitals, two spaces or more between."""
    return bool(_HEADER.fullmatch(line))


def excerpt_of_table(lines: Sequence[str], room: int, question: str, most: int) -> list[str]:
    """The header and the rows that matter; says how many of the missing ones look unwell."""
    asked = asked_about(lines, question)
    weighed: list[Weighed] = []
    above: int | None = None
    columns: dict[str, slice] = {}
    for index, line in enumerate(lines):
        if is_header(line):
            above, columns = index, _columns(line)
            weighed.append(Weighed(text=_squeezed(line, columns), weight=0.0))
            continue
        weight = unwell(line, columns) + (6 if asked[index] else 0)
        text = shortened(_squeezed(line, columns), most)
        weighed.append(Weighed(text=text, weight=weight, above=above))
    choice = choose(less_if_alike(weighed, 2), room)
    missing = [line for index, line in enumerate(weighed) if index not in choice.kept]
    shown = with_gaps(choice, len(lines))
    if missing:
        bad = sum(line.weight >= 1 for line in missing)
        looks = f"{bad} of them look unwell" if bad else "all of them look well"
        shown.append(f"[{len(missing)} rows are missing here: {looks}]")
    return shown


def unwell(row: str, columns: dict[str, slice]) -> float:
    """How much a row tells of trouble; below 1, nothing."""
    cells = {name: row[where].strip() for name, where in columns.items()}
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
    return weight + (1 if tells(row) else 0)


def _squeezed(row: str, columns: dict[str, slice]) -> str:
    """The row without padding, unless an empty cell would then be lost."""
    cells = [row[where].strip() for where in columns.values()]
    return "  ".join(cells) if all(cells) else row


def _columns(header: str) -> dict[str, slice]:
    found = list(_COLUMN.finditer(header))
    ends = [match.start() for match in found[1:]]
    return {
        match.group(): slice(match.start(), end)
        for match, end in zip(found, [*ends, None], strict=True)
    }
