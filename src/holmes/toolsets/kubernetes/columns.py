"""Tables of objects: as kubectl prints them, or with the columns that a model asked for."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from holmes.core.messages import JsonObject
from holmes.core.tool_output import Table
from holmes.kubernetes import paths
from holmes.policy.manifests import KubeObject, objects_in
from holmes.tools.base import Mask, Transformer
from holmes.tools.data import rendered, table_of
from holmes.tools.masking import masked_json, masked_table
from holmes.tools.output import Shaped

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "y": 365 * 86400}
_AGE = re.compile(r"(?:\d+[smhdy])+")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def need_objects(arguments: JsonObject) -> bool:
    """Whether the objects themselves are needed, or the table that kubectl makes will do."""
    asked = paths.columns(str(arguments.get("columns") or ""))
    return bool(asked) or paths.is_path(arguments.get("sort_by"))


def table(mask: Mask) -> Transformer:
    """The table that `kubectl_get` was asked for, over masked objects."""

    def shape(text: str, arguments: JsonObject) -> str | Shaped:
        of = str(arguments.get("kind") or "")
        by = str(arguments.get("sort_by") or "")
        if text.lstrip().startswith("{"):
            asked = f"{arguments.get('columns') or ''},{by if paths.is_path(by) else ''}"
            found = _of_objects(objects_in(text), paths.columns(asked), mask, of)
            if paths.is_path(by):
                by = paths.columns(by)[0].title
        else:
            known = table_of(text, of, sure=True)
            if known is None or not by:
                return Shaped(text=text, data=known)
            found = masked_table(known, mask)
        return _shaped(_sorted(found, by) if by else found)

    return shape


def counted(mask: Mask) -> Transformer:
    """How many rows have each value of a column, and how many there are."""

    def shape(text: str, arguments: JsonObject) -> str | Shaped:
        by, of = str(arguments.get("by") or "").strip(), str(arguments.get("kind") or "")
        if text.lstrip().startswith("{"):
            column = paths.columns(by)
            found = _of_objects(objects_in(text), column, mask, of)
            return _shaped(_counts(found, column[0].title))
        known = table_of(text, of, sure=True)
        if known is None:
            raise ValueError("it is several tables; count one kind at a time")
        return _shaped(_counts(known, by.upper(), str(arguments.get("namespace") or "")))

    return shape


def _counts(found: Table, by: str, namespace: str = "") -> Table:
    rows = str(len(found.rows))
    if by == "NAMESPACE" and by not in found.columns and namespace:
        # kubectl leaves the column out where one namespace was asked for.
        return Table(columns=("COUNT", by), rows=((rows, namespace),), of=found.of)
    column = _index(found, by) if by else 0
    counts = Counter(row[column] or "<none>" for row in found.rows)
    counted = [(str(count), value) for value, count in counts.most_common()]
    title = found.columns[column]
    return Table(columns=("COUNT", title), rows=(*counted, (rows, "(all)")), of=found.of)


def _of_objects(
    objects: Iterable[KubeObject], asked: Sequence[paths.Column], mask: Mask, of: str
) -> Table:
    """A row for each object: its kind where they differ, where it is, its name, what was asked."""
    masked: list[KubeObject] = masked_json(list(objects), mask)
    whole = [*paths.columns("NAMESPACE:.metadata.namespace,NAME:.metadata.name"), *asked]
    if len({item.get("kind") for item in masked}) > 1:
        whole.insert(0, paths.columns("KIND:.kind")[0])
    columns = tuple({column.title: column for column in whole}.values())
    return Table(
        columns=tuple(column.title for column in columns),
        rows=tuple(tuple(column.cell(item) for column in columns) for item in masked),
        of=of,
    )


def _sorted(found: Table, by: str) -> Table:
    """The rows in the order of a column; "-" before its name turns it round."""
    column = _index(found, by.lstrip("-").upper())
    turned = by.startswith("-")
    rows = sorted(found.rows, key=lambda row: _rank(row[column]), reverse=turned)
    return Table(columns=found.columns, rows=tuple(rows), of=found.of)


def _index(found: Table, title: str) -> int:
    if title not in found.columns:
        raise ValueError(f'there is no column "{title}"; there are {", ".join(found.columns)}')
    return found.columns.index(title)


def _rank(cell: str) -> tuple[int, float, str]:
    """Ages by how long they are, numbers by their size, all before text."""
    if _AGE.fullmatch(cell):
        parts = re.findall(r"(\d+)([smhdy])", cell)
        return 0, float(sum(int(number) * _UNITS[unit] for number, unit in parts)), cell
    number = _NUMBER.match(cell)
    # A timestamp begins with a number as well; as text it is in order.
    if number and "-" not in cell[1:]:
        return 0, float(number.group()), cell
    return 1, 0.0, cell


def _shaped(found: Table) -> Shaped:
    return Shaped(text=rendered(found), data=found)
