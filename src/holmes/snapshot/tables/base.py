"""A kind's columns in `kubectl get`: each has a name, and a function that makes its cells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields
from holmes.snapshot.clock import age


@dataclass(frozen=True, slots=True)
class Column:
    """`cell` gets the object and the moment of the table; `wide`: with `-o wide` only."""

    name: str
    cell: Callable[[JsonObject, datetime], JsonValue]
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


Table: TypeAlias = tuple[Column, ...]


def column(name: str, cell: Callable[[JsonObject], JsonValue]) -> Column:
    """A column in which no age is told."""
    return Column(name, lambda value, _: cell(value))


def text(name: str, path: str, empty: str = "") -> Column:
    """The scalar at a dotted path, or `empty`."""
    return column(name, lambda value: fields.text(value, *path.split(".")) or empty)


def number(name: str, path: str) -> Column:
    """The whole number at a dotted path, or 0."""
    return column(name, lambda value: fields.whole(value, *path.split(".")))


def count(name: str, path: str) -> Column:
    """How many objects the list at a dotted path holds."""
    return column(name, lambda value: len(fields.objects(value, *path.split("."))))


def wide(*columns: Column) -> Table:
    """The same columns, for `-o wide` only."""
    return tuple(replace(each, wide=True) for each in columns)


NAME = text("Name", "metadata.name")
CREATED = text("Created At", "metadata.creationTimestamp")
AGE = Column(
    "Age", lambda value, now: age(fields.text(value, "metadata", "creationTimestamp"), now)
)


def or_none(shown: str) -> str:
    """`<none>` in place of nothing."""
    return shown or "<none>"


def key_values(pairs: JsonObject) -> str:
    """Labels in one cell: sorted, `a=b,c=d`."""
    return or_none(",".join(f"{key}={pairs[key]}" for key in sorted(pairs)))


def labels(name: str, path: str) -> Column:
    """The labels at a dotted path."""
    return column(name, lambda value: key_values(fields.mapping(value, *path.split("."))))


def selector(name: str, path: str) -> Column:
    """The LabelSelector at a dotted path: labels first, then expressions."""
    return column(name, lambda value: _selector(fields.mapping(value, *path.split("."))))


def _selector(value: JsonObject) -> str:
    terms = [f"{key}={label}" for key, label in sorted(fields.labels(value, "matchLabels").items())]
    for expression in fields.objects(value, "matchExpressions"):
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


def containers(path: str) -> Table:
    """The wide columns of a pod template at a dotted path: its containers and their images."""

    def joined(value: JsonObject, key: str) -> str:
        found = fields.objects(value, *path.split("."), "spec", "containers")
        return ",".join(fields.text(one, key) for one in found)

    return wide(
        column("Containers", lambda value: joined(value, "name")),
        column("Images", lambda value: joined(value, "image")),
    )


def condition(value: JsonObject, kind: str) -> JsonObject:
    """The condition of that type in an object's status, or an empty one."""
    found = fields.objects(value, "status", "conditions")
    return next((one for one in found if fields.text(one, "type") == kind), {})


def some(items: Sequence[str], limit: int, *, empty: str) -> str:
    """The first `limit` items, and how many more there are."""
    shown = ",".join(items[:limit])
    more = len(items) - limit
    return f"{shown} + {more} more..." if more > 0 else shown or empty
