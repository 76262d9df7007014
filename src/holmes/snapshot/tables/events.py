"""Events of both APIs, and the lists of metrics."""

from datetime import datetime

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields
from holmes.snapshot.clock import age
from holmes.snapshot.tables.base import NAME, Column, Table, column, text, wide


def _first_seen(event: JsonObject, now: datetime) -> str:
    return age(fields.text(event, "firstTimestamp") or fields.text(event, "eventTime"), now)


def _last_seen(event: JsonObject, now: datetime) -> str:
    last = fields.text(event, "series", "lastObservedTime") or fields.text(event, "lastTimestamp")
    return age(last, now) if last else _first_seen(event, now)


def _count(event: JsonObject) -> int:
    # The scheduler's events carry eventTime alone and no count (seen 2026-11-24, 1.36).
    return fields.whole(event, "series", "count") or fields.whole(event, "count") or 1


def _object(event: JsonObject) -> str:
    target = fields.mapping(event, "involvedObject")
    kind, name = fields.text(target, "kind").lower(), fields.text(target, "name")
    return f"{kind}/{name}" if name else kind


def _source(event: JsonObject) -> str:
    component = fields.text(event, "source", "component")
    if component:
        parts = [component, fields.text(event, "source", "host")]
    else:
        parts = [fields.text(event, "reportingComponent"), fields.text(event, "reportingInstance")]
    return ", ".join(part for part in parts if part)


_EVENTS: Table = (
    Column("Last Seen", _last_seen),
    text("Type", "type"),
    text("Reason", "reason"),
    column("Object", _object),
    *wide(text("Subobject", "involvedObject.fieldPath"), column("Source", _source)),
    column("Message", lambda event: fields.text(event, "message").strip()),
    *wide(Column("First Seen", _first_seen), column("Count", _count), NAME),
)


def _of_new_style(old: Column) -> Column:
    """The same column over an Event of events.k8s.io, whose fields have other names."""

    def cell(event: JsonObject, now: datetime) -> JsonValue:
        renamed = {key: event[new] for key, new in NEW_NAMES.items() if new in event}
        return old.cell({**event, **renamed}, now)

    return Column(old.name, cell, wide=old.wide)


NEW_NAMES = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}
"""What events.k8s.io/v1 calls the fields of a core/v1 Event."""

TABLES = {
    "events": _EVENTS,
    "events.events.k8s.io": tuple(map(_of_new_style, _EVENTS)),
    "nodes.metrics.k8s.io": (
        NAME,
        text("cpu", "usage.cpu"),
        text("memory", "usage.memory"),
        text("Window", "window"),
    ),
}
