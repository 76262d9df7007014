"""A kind's columns in `kubectl get`, and the cells the printers share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields
from holmes.snapshot.clock import age

Cells: TypeAlias = Callable[[JsonObject, datetime], Sequence[JsonValue]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column header; `wide` ones are printed with `-o wide` only."""

    name: str
    wide: bool = False

    def to_json(self) -> JsonObject:
        """The TableColumnDefinition; kubectl reads name, priority and the format of Name."""
        return {
            "name": self.name,
            "type": "string",
            "format": "name" if self.name == "Name" else "",
            "description": "",
            "priority": 1 if self.wide else 0,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A kind's columns and the function that makes an object's cells at a moment."""

    columns: tuple[Column, ...]
    cells: Cells


def columns(*names: str, wide: Sequence[str] = ()) -> tuple[Column, ...]:
    """Columns in order; those in `wide` follow and are printed with `-o wide` only."""
    return tuple(Column(name=name) for name in names) + tuple(
        Column(name=name, wide=True) for name in wide
    )


def created(value: JsonObject, now: datetime) -> str:
    """The AGE cell."""
    return age(fields.text(value, "metadata", "creationTimestamp"), now)


def or_none(text: str) -> str:
    """`<none>` in place of nothing."""
    return text or "<none>"


def key_values(pairs: JsonObject) -> str:
    """Labels in one cell: sorted, `a=b,c=d`."""
    return or_none(",".join(f"{key}={pairs[key]}" for key in sorted(pairs)))


def selector(value: JsonObject, *path: str) -> str:
    """A LabelSelector in one cell: labels first, then expressions."""
    terms = [
        f"{key}={text}" for key, text in sorted(fields.labels(value, *path, "matchLabels").items())
    ]
    for expression in fields.objects(value, *path, "matchExpressions"):
        key, operator = fields.text(expression, "key"), fields.text(expression, "operator")
        values = ",".join(sorted(fields.texts(expression, "values")))
        shapes = {
            "In": f"{key} in ({values})",
            "NotIn": f"{key} notin ({values})",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }
        terms.append(shapes.get(operator, f"{key} {operator}"))
    return or_none(",".join(terms))


def containers(value: JsonObject, *path: str) -> tuple[str, str]:
    """The CONTAINERS and IMAGES cells of a pod template at `path`."""
    found = fields.objects(value, *path, "spec", "containers")
    return (
        ",".join(fields.text(one, "name") for one in found),
        ",".join(fields.text(one, "image") for one in found),
    )


def some(items: Sequence[str], limit: int, *, total: int | None = None, empty: str) -> str:
    """The first `limit` items, and how many there are more of `total`."""
    more = (len(items) if total is None else total) - limit
    shown = ",".join(items[:limit])
    return f"{shown} + {more} more..." if more > 0 else shown or empty


def yes_no(value: JsonObject, *path: str) -> str:
    """`true` or `false`, as the API writes booleans in cells of type boolean."""
    return fields.text(value, *path) or "false"
