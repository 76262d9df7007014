"""Events of both APIs, and the lists of metrics."""

from collections.abc import Sequence
from datetime import datetime

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields
from holmes.snapshot.clock import age
from holmes.snapshot.tables.base import Column, Table, columns


def _event(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    first = fields.text(value, "firstTimestamp") or fields.text(value, "eventTime")
    last = fields.text(value, "series", "lastObservedTime") or fields.text(value, "lastTimestamp")
    count = fields.whole(value, "series", "count") or fields.whole(value, "count")
    target = fields.mapping(value, "involvedObject")
    kind, name = fields.text(target, "kind").lower(), fields.text(target, "name")
    return (
        age(last or first, now),
        fields.text(value, "type"),
        fields.text(value, "reason"),
        f"{kind}/{name}" if name else kind,
        fields.text(target, "fieldPath"),
        _source(value),
        fields.text(value, "message").strip(),
        age(first, now),
        # The scheduler's events carry eventTime alone and no count (seen 2026-11-24, 1.36).
        count or 1,
        fields.name_of(value),
    )


def _source(event: JsonObject) -> str:
    component = fields.text(event, "source", "component")
    if component:
        parts = [component, fields.text(event, "source", "host")]
    else:
        parts = [fields.text(event, "reportingComponent"), fields.text(event, "reportingInstance")]
    return ", ".join(part for part in parts if part)


def _new_event(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    old_names = {
        **value,
        "involvedObject": value.get("regarding"),
        "message": value.get("note"),
        "source": value.get("deprecatedSource"),
        "firstTimestamp": value.get("deprecatedFirstTimestamp"),
        "lastTimestamp": value.get("deprecatedLastTimestamp"),
        "count": value.get("deprecatedCount"),
        "reportingComponent": value.get("reportingController"),
    }
    return _event(old_names, now)


def _node_metrics(value: JsonObject, _: datetime) -> Sequence[JsonValue]:
    usage = fields.mapping(value, "usage")
    return (
        fields.name_of(value),
        fields.text(usage, "cpu"),
        fields.text(usage, "memory"),
        fields.text(value, "window"),
    )


_COLUMNS = (
    *columns("Last Seen", "Type", "Reason", "Object", wide=("Subobject", "Source")),
    Column(name="Message"),
    *columns(wide=("First Seen", "Count", "Name")),
)
TABLES = {
    "events": Table(columns=_COLUMNS, cells=_event),
    "events.events.k8s.io": Table(columns=_COLUMNS, cells=_new_event),
    "nodes.metrics.k8s.io": Table(
        columns=columns("Name", "cpu", "memory", "Window"), cells=_node_metrics
    ),
}
