"""Count what kubectl's tables list, to hold "3 pods are …" against."""

import re
from collections import Counter
from dataclasses import dataclass, field

_CELL = re.compile(r"\S+(?: \S+)*")
_READY = re.compile(r"(\d+)/(\d+)\Z")
_KINDS = (
    ("pod", {"READY", "STATUS", "RESTARTS"}),
    ("node", {"STATUS", "ROLES", "VERSION"}),
    ("deployment", {"UP-TO-DATE", "AVAILABLE"}),
    ("daemonset", {"DESIRED", "CURRENT", "READY", "NODE SELECTOR"}),
    ("replicaset", {"DESIRED", "CURRENT", "READY"}),
    ("service", {"TYPE", "CLUSTER-IP", "PORT(S)"}),
    ("job", {"COMPLETIONS", "DURATION"}),
    ("event", {"LAST SEEN", "REASON", "MESSAGE"}),
    ("claim", {"STATUS", "VOLUME", "CAPACITY"}),
    ("namespace", {"NAME", "STATUS", "AGE"}),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One table: its rows by column, and the kind of object that its columns tell."""

    kind: str
    rows: tuple[dict[str, str], ...]


@dataclass(kw_only=True, slots=True)
class Counts:
    """How many objects there are of each kind, all and by what they have in common."""

    of: dict[str, set[int]] = field(default_factory=dict)

    def add(self, kind: str, number: int) -> None:
        """Note that some `number` of this kind can be counted."""
        self.of.setdefault(kind, set()).add(number)


def tables_in(text: str) -> list[Table]:
    """The tables in a text: a line of capitals, then lines until a blank one."""
    found: list[Table] = []
    lines = text.splitlines()
    index = 0
    while index < len(lines):
        header = lines[index]
        if not _is_header(header):
            index += 1
            continue
        names = _columns(header)
        rows: list[dict[str, str]] = []
        index += 1
        while index < len(lines) and lines[index].strip() and not _is_header(lines[index]):
            rows.append(_row(names, lines[index]))
            index += 1
        found.append(Table(kind=_kind({name for name, _ in names}), rows=tuple(rows)))
    return found


def counted(found: list[Table]) -> Counts:
    """Everything that can be counted in these tables: rows, and rows with a value in common."""
    result = Counts()
    for table in found:
        result.add(table.kind, len(table.rows))
        by: Counter[tuple[str, ...]] = Counter()
        for row in table.rows:
            by.update(_groups(row))
        for group, number in by.items():
            result.add(table.kind, number)
            if len(group) == 2 and group[0] in {"STATUS", "READY"}:
                result.add(table.kind, len(table.rows) - number)
        for row in table.rows:
            if row.get("COUNT", "").isdigit():
                result.add(table.kind, int(row["COUNT"]))
        for column, kind in (("NAMESPACE", "namespace"), ("NODE", "node")):
            values = {row[column] for row in table.rows if row.get(column)}
            if values:
                result.add(kind, len(values))
    return result


def _groups(row: dict[str, str]) -> set[tuple[str, ...]]:
    """The groups that a row is counted in."""
    groups: set[tuple[str, ...]] = set()
    for column in ("STATUS", "NAMESPACE", "NODE", "TYPE", "REASON"):
        if value := row.get(column):
            groups.add((column, value))
            if column != "NAMESPACE" and "NAMESPACE" in row:
                groups.add((column, value, row["NAMESPACE"]))
    ready = _READY.match(row.get("READY", ""))
    if ready:
        state = "ready" if ready[1] == ready[2] else "not ready"
        groups |= {(state,), (state, row.get("NAMESPACE", ""))}
    status = row.get("STATUS", "")
    bad = bool(
        (ready and ready[1] != ready[2])
        or status not in {"Running", "Completed", "Active", "Ready", "Bound", ""}
    )
    groups |= {("bad" if bad else "good",), ("bad" if bad else "good", row.get("NAMESPACE", ""))}
    parts = row.get("NAME", "").split("-")
    groups |= {("name", "-".join(parts[:n])) for n in range(1, len(parts))}
    return groups


def _is_header(line: str) -> bool:
    cells = _CELL.findall(line)
    return (
        len(cells) > 1
        and line == line.upper()
        and bool(re.match(r"[A-Z][A-Z()/ -]+(?:\s|\Z)", line))
    )


def _columns(header: str) -> list[tuple[str, int]]:
    return [(m.group(), m.start()) for m in re.finditer(r"\S+(?: \S+)*", header)]


def _row(columns: list[tuple[str, int]], line: str) -> dict[str, str]:
    ends = [start for _, start in columns[1:]] + [len(line) + 1]
    return {name: line[start:end].strip() for (name, start), end in zip(columns, ends, strict=True)}


def _kind(names: set[str]) -> str:
    return next((kind for kind, needed in _KINDS if needed <= names), "object")
