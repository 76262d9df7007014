"""From kubectl's output to what people read, and to typed data.

Each takes the whole output of a successful command and the call's arguments, and raises ValueError
where the output is not what it expects. All that read JSON take the values out of Secrets.
`BY_NAME` is what a toolset file can name under `transformers`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from holmes.core.messages import JsonObject
from holmes.core.tool_output import Json, Table
from holmes.policy.manifests import objects_in
from holmes.tools.base import Mask, Transformer
from holmes.tools.data import rendered
from holmes.tools.masking import masked_json
from holmes.tools.outline import outline
from holmes.tools.output import Shaped
from holmes.toolsets.kubernetes.columns import counted


def description(mask: Mask) -> Transformer:
    """JSON objects as masked YAML, and what `kubectl describe` prints as it is."""

    def shape(text: str, arguments: JsonObject) -> str | Shaped:
        del arguments
        if text.lstrip().startswith("{"):
            return _as_yaml(text, mask)
        return Shaped(text=text, data=Json(value=outline(text)))

    return shape


def kubernetes_yaml(text: str, arguments: JsonObject) -> str | Shaped:
    """JSON objects as YAML, without bookkeeping fields; anything else (a description) as it is."""
    del arguments
    return _as_yaml(text, str) if text.lstrip().startswith("{") else text


def _as_yaml(text: str, mask: Mask) -> Shaped:
    import yaml  # noqa: PLC0415  (0.1 s, and only where YAML is asked for)

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    objects = [masked_json(item, mask) for item in objects_in(text)]
    documents = [
        yaml.dump(item, Dumper=dumper, sort_keys=False, allow_unicode=True, width=1000)
        for item in objects
    ]
    data = Json(value=objects[0] if len(objects) == 1 else objects)
    return Shaped(text="---\n".join(documents), data=data)


def kubernetes_events(text: str, arguments: JsonObject) -> str | Shaped:
    """Events as a table: warnings first, newest first, repetitions counted on one line.

    With an argument `name`, those about that object and about what it owns (whose names begin
    with it): the reason why a Deployment has no pods is on its ReplicaSet.
    """
    name = str(arguments.get("name") or "")
    merged: dict[tuple[str, ...], _Event] = {}
    for item in objects_in(text):
        about = item.get("involvedObject") or item.get("regarding") or {}
        if name and about.get("name") != name and not str(about.get("name")).startswith(f"{name}-"):
            continue
        event = _event(item, about)
        known = merged.get(event.key)
        merged[event.key] = event if known is None else known.merged(event)
    events = sorted(merged.values(), key=lambda event: event.seen, reverse=True)
    events.sort(key=lambda event: event.key[0] != "Warning")
    # A recording is served with its events moved to this clock, as kubectl needs it for ages.
    now = datetime.now(UTC)
    rows = tuple((_age(now - event.seen), str(event.count), *event.key) for event in events)
    columns = ("AGE", "COUNT", "TYPE", "NAMESPACE", "REASON", "OBJECT", "MESSAGE")
    found = Table(columns=columns, rows=rows, of="events")
    return Shaped(text=rendered(found), data=found) if rows else ""


BY_NAME: Mapping[str, Transformer] = MappingProxyType(
    {
        "kubernetes_yaml": kubernetes_yaml,
        "kubernetes_events": kubernetes_events,
        "kubernetes_count": counted(str),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Event:
    key: tuple[str, ...]
    seen: datetime
    count: int

    def merged(self, other: "_Event") -> "_Event":
        return _Event(key=self.key, seen=max(self.seen, other.seen), count=self.count + other.count)


def _event(item: dict[str, Any], about: dict[str, Any]) -> _Event:
    series = item.get("series") or {}
    metadata = item.get("metadata") or {}
    # The scheduler's events have an eventTime only; count and both timestamps are null (seen on
    # Kubernetes 1.36, 2026-11-24).
    seen = (
        series.get("lastObservedTime")
        or item.get("lastTimestamp")
        or item.get("eventTime")
        or metadata.get("creationTimestamp")
    )
    message = " ".join(str(item.get("message") or item.get("note") or "").split())
    target = f"{str(about.get('kind', '')).lower()}/{about.get('name', '')}"
    namespace = str(metadata.get("namespace", ""))
    key = (str(item.get("type", "")), namespace, str(item.get("reason", "")), target, message)
    count = series.get("count") or item.get("count") or 1
    return _Event(key=key, seen=_moment(seen), count=int(count))


def _moment(timestamp: object) -> datetime:
    try:
        return datetime.fromisoformat(str(timestamp)).astimezone(UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _age(elapsed: timedelta) -> str:
    seconds = max(0, int(elapsed.total_seconds()))
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
