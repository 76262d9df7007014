"""HorizontalPodAutoscalers: targets as `metric: current/target`."""

from collections.abc import Sequence
from datetime import datetime

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields
from holmes.snapshot.tables.base import Table, columns, created

_UNKNOWN = "<unknown>"


def _cells(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    target = fields.mapping(value, "spec", "scaleTargetRef")
    return (
        fields.name_of(value),
        f"{fields.text(target, 'kind')}/{fields.text(target, 'name')}",
        _targets(value),
        fields.text(value, "spec", "minReplicas") or "<unset>",
        fields.whole(value, "spec", "maxReplicas"),
        fields.whole(value, "status", "currentReplicas"),
        created(value, now),
    )


def _targets(value: JsonObject) -> str:
    wanted = fields.objects(value, "spec", "metrics")
    current = fields.objects(value, "status", "currentMetrics")
    current += [{}] * (len(wanted) - len(current))
    shown = [_target(metric, measured) for metric, measured in zip(wanted, current, strict=False)]
    more = f" + {len(shown) - 2} more..." if len(shown) > 2 else ""
    return ", ".join(shown[:2]) + more if shown else "<none>"


def _target(metric: JsonObject, measured: JsonObject) -> str:
    kind = fields.text(metric, "type")
    key = kind[:1].lower() + kind[1:]
    target = fields.mapping(metric, key, "target")
    current = fields.mapping(measured, key, "current")
    if kind in {"Resource", "ContainerResource"}:
        name = fields.text(metric, key, "name")
        if "averageValue" in target:
            return f"{name}: {_quantity(current, 'averageValue')}/{target['averageValue']}"
        utilization = fields.text(current, "averageUtilization")
        wanted = fields.text(target, "averageUtilization")
        return f"{name}: {f'{utilization}%' if utilization else _UNKNOWN}/" + (
            f"{wanted}%" if wanted else "<auto>"
        )
    if "averageValue" in target:
        average = "" if kind == "Pods" else " (avg)"
        return f"{_quantity(current, 'averageValue')}/{target['averageValue']}{average}"
    return f"{_quantity(current, 'value')}/{fields.text(target, 'value')}"


def _quantity(current: JsonObject, key: str) -> str:
    return fields.text(current, key) or _UNKNOWN


TABLES = {
    "horizontalpodautoscalers.autoscaling": Table(
        columns=columns("Name", "Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age"),
        cells=_cells,
    )
}
