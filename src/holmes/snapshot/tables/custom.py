"""Custom resources: the columns that their CustomResourceDefinition asks for."""

import re
from datetime import datetime

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields
from holmes.snapshot.clock import age
from holmes.snapshot.folder import Resource, Snapshot
from holmes.snapshot.tables.base import NAME, Column, Table

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
                return (NAME, *map(_column, asked))
    return None


def _column(asked: JsonObject) -> Column:
    path = fields.text(asked, "jsonPath")

    def cell(value: JsonObject, now: datetime) -> str:
        found = json_path(value, path)
        if fields.text(asked, "type") == "date":
            return age(found[0], now) if found else ""
        return ",".join(found)

    return Column(fields.text(asked, "name"), cell, wide=fields.whole(asked, "priority") > 0)


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
