"""HorizontalPodAutoscalers: targets as `metric: current/target`."""

from holmes.core.messages import JsonObject
from holmes.snapshot import fields
from holmes.snapshot.tables.base import AGE, NAME, column, number, text

_UNKNOWN = "<unknown>"


def _reference(value: JsonObject) -> str:
    target = fields.mapping(value, "spec", "scaleTargetRef")
    return f"{fields.text(target, 'kind')}/{fields.text(target, 'name')}"


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
    "horizontalpodautoscalers.autoscaling": (
        NAME,
        column("Reference", _reference),
        column("Targets", _targets),
        text("MinPods", "spec.minReplicas", "<unset>"),
        number("MaxPods", "spec.maxReplicas"),
        number("Replicas", "status.currentReplicas"),
        AGE,
    )
}
