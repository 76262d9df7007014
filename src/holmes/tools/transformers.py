"""What a toolset file can name under `transformers`: from kubectl's output to what people read.

Each takes the whole output of a successful command and the call's arguments, and raises ValueError
where the output is not what it expects. All that read JSON take the values out of Secrets.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeAlias

from holmes.core.messages import JsonObject
from holmes.policy.manifests import objects_in

Transformer: TypeAlias = Callable[[str, JsonObject], str]


def kubernetes_yaml(text: str, arguments: JsonObject) -> str:
    """JSON objects as YAML, without bookkeeping fields; anything else (a description) as it is."""
    del arguments
    if not text.lstrip().startswith("{"):
        return text
    import yaml  # noqa: PLC0415  (0.1 s, and only where YAML is asked for)

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    documents = [
        yaml.dump(item, Dumper=dumper, sort_keys=False, allow_unicode=True, width=1000)
        for item in objects_in(text)
    ]
    return "---\n".join(documents)


def kubernetes_events(text: str, arguments: JsonObject) -> str:
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
    now = datetime.now(UTC)
    rows = [(_age(now - event.seen), str(event.count), *event.key) for event in events]
    header = ("AGE", "COUNT", "TYPE", "NAMESPACE", "REASON", "OBJECT", "MESSAGE")
    return _table((header, *rows)) if rows else ""


def kubernetes_count(text: str, arguments: JsonObject) -> str:
    """The rows of a table counted, all and by the column that the argument `by` names."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    headers = [match.group() for match in re.finditer(r"\S+(?: \S+)*", lines[0])]
    starts = [match.start() for match in re.finditer(r"\S+(?: \S+)*", lines[0])]
    by = str(arguments.get("by") or "").strip().upper() or headers[0]
    namespace = str(arguments.get("namespace") or "")
    if by == "NAMESPACE" and by not in headers and namespace:
        # kubectl leaves the column out where one namespace was asked for.
        return _table((("COUNT", by), (str(len(lines) - 1), namespace)))
    if by not in headers:
        raise ValueError(f'there is no column "{by}"; there are {", ".join(headers)}')
    column = headers.index(by)
    end = starts[column + 1] if column + 1 < len(starts) else None
    counts = Counter(line[starts[column] : end].strip() or "<none>" for line in lines[1:])
    rows = [(str(count), value) for value, count in counts.most_common()]
    return _table((("COUNT", by), *rows, (str(len(lines) - 1), "(all)")))


BY_NAME: Mapping[str, Transformer] = MappingProxyType(
    {each.__name__: each for each in (kubernetes_yaml, kubernetes_events, kubernetes_count)}
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


def _table(rows: tuple[tuple[str, ...], ...]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines) + "\n"
