"""Custom resources: the columns that their CustomResourceDefinition asks for."""

import re
from collections.abc import Sequence
from datetime import datetime

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields
from holmes.snapshot.clock import age
from holmes.snapshot.folder import Resource, Snapshot
from holmes.snapshot.tables.base import Column, Table

# The part of JSONPath that printer columns use: fields, indexes, and one equality filter.
_STEP = re.compile(
    r"\.(?P<field>[\w-]+(?:\\\.[\w./-]+)*)"
    r"|\['(?P<quoted>[^']+)'\]"
    r"|\[(?P<index>\d+|\*)\]"
    r"|\[\?\(@\.(?P<key>[\w.]+)\s*==\s*[\"'](?P<value>[^\"']*)[\"']\)\]"
)


def custom_table(resource: Resource, snapshot: Snapshot) -> Table | None:
    """The table of a custom resource, or None for other kinds and for those without columns."""
    for definition in snapshot.objects.get("customresourcedefinitions.apiextensions.k8s.io", ()):
        if fields.name_of(definition) != resource.full_name:
            continue
        for version in fields.objects(definition, "spec", "versions"):
            asked = fields.objects(version, "additionalPrinterColumns")
            if asked and fields.text(version, "name") == resource.version:
                return _table(asked)
    return None


def _table(asked: Sequence[JsonObject]) -> Table:
    def cells(value: JsonObject, now: datetime) -> list[JsonValue]:
        return [fields.name_of(value), *(_cell(value, column, now) for column in asked)]

    wanted = (
        Column(name=fields.text(column, "name"), wide=fields.whole(column, "priority") > 0)
        for column in asked
    )
    return Table(columns=(Column(name="Name"), *wanted), cells=cells)


def _cell(value: JsonObject, column: JsonObject, now: datetime) -> str:
    found = json_path(value, fields.text(column, "jsonPath"))
    if fields.text(column, "type") == "date":
        return age(found[0], now) if found else ""
    return ",".join(found)


def json_path(value: JsonObject, path: str) -> list[str]:
    """The scalars that a printer column's JSONPath selects; nothing where it is not understood."""
    current: list[JsonValue] = [dict(value)]
    position = 0
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            return []
        current = [found for one in current for found in _taken(one, step)]
        position = step.end()
    return [fields.text({"it": one}, "it") for one in current if not isinstance(one, dict | list)]


def _taken(value: JsonValue, step: re.Match[str]) -> list[JsonValue]:
    name = (step["field"] or step["quoted"] or "").replace("\\.", ".")
    if name:
        return [value[name]] if isinstance(value, dict) and name in value else []
    if not isinstance(value, list):
        return []
    if step["key"]:
        key = step["key"].split(".")
        return [one for one in value if fields.text(one, *key) == step["value"]]
    return value if step["index"] == "*" else value[int(step["index"]) :][:1]
