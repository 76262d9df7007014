"""ConfigMaps, Secrets, namespaces and their limits."""

from collections.abc import Sequence
from datetime import datetime

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields
from holmes.snapshot.tables.base import Table, columns, created


def _config_map(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    entries = len(fields.mapping(value, "data")) + len(fields.mapping(value, "binaryData"))
    return (fields.name_of(value), entries, created(value, now))


def _secret(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    return (
        fields.name_of(value),
        fields.text(value, "type"),
        len(fields.mapping(value, "data")),
        created(value, now),
    )


def _namespace(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    return (fields.name_of(value), fields.text(value, "status", "phase"), created(value, now))


def _quota(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    requests: list[str] = []
    limits: list[str] = []
    used = fields.mapping(value, "status", "used")
    for name, hard in sorted(fields.mapping(value, "status", "hard").items()):
        shown = f"{name}: {used.get(name, '0')}/{hard}"
        (limits if name.startswith("limits.") else requests).append(shown)
    return (fields.name_of(value), ", ".join(requests), ", ".join(limits), created(value, now))


def _limit_range(value: JsonObject, _: datetime) -> Sequence[JsonValue]:
    return (fields.name_of(value), fields.text(value, "metadata", "creationTimestamp"))


TABLES = {
    "configmaps": Table(columns=columns("Name", "Data", "Age"), cells=_config_map),
    "secrets": Table(columns=columns("Name", "Type", "Data", "Age"), cells=_secret),
    "namespaces": Table(columns=columns("Name", "Status", "Age"), cells=_namespace),
    "resourcequotas": Table(columns=columns("Name", "Request", "Limit", "Age"), cells=_quota),
    "limitranges": Table(columns=columns("Name", "Created At"), cells=_limit_range),
}
