"""Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs, CronJobs and what scales them."""

from datetime import datetime

from holmes.core.messages import JsonObject
from holmes.snapshot import fields
from holmes.snapshot.clock import age, duration, parse_time
from holmes.snapshot.tables.base import (
    AGE,
    NAME,
    Column,
    column,
    containers,
    count,
    labels,
    number,
    selector,
    text,
    wide,
)

# The first that is true is shown.
_JOB_STATES = (
    *("Complete", "Failed", "Terminating", "Suspended", "FailureTarget", "SuccessCriteriaMet"),
)


def _ready(value: JsonObject) -> str:
    ready = fields.whole(value, "status", "readyReplicas")
    return f"{ready}/{fields.whole(value, 'spec', 'replicas')}"


def _job_status(job: JsonObject) -> str:
    true = {
        fields.text(condition, "type")
        for condition in fields.objects(job, "status", "conditions")
        if fields.text(condition, "status") == "True"
    }
    if "deletionTimestamp" in fields.mapping(job, "metadata"):
        true.add("Terminating")
    return next((state for state in _JOB_STATES if state in true), "Running")


def _completions(job: JsonObject) -> str:
    done = fields.whole(job, "status", "succeeded")
    if "completions" in fields.mapping(job, "spec"):
        return f"{done}/{fields.whole(job, 'spec', 'completions')}"
    parallelism = fields.whole(job, "spec", "parallelism")
    return f"{done}/1 of {parallelism}" if parallelism > 1 else f"{done}/1"


def _job_duration(job: JsonObject, now: datetime) -> str:
    started = parse_time(fields.text(job, "status", "startTime"))
    if started is None:
        return ""
    return duration((parse_time(fields.text(job, "status", "completionTime")) or now) - started)


def _suspended(value: JsonObject) -> str:
    return (fields.text(value, "spec", "suspend") or "<unset>").capitalize()


def _last_schedule(value: JsonObject, now: datetime) -> str:
    last = fields.text(value, "status", "lastScheduleTime")
    return age(last, now) if last else "<none>"


def _controller(value: JsonObject) -> str:
    controller = "<none>"
    for owner in fields.objects(value, "metadata", "ownerReferences"):
        if owner.get("controller") is True:
            group = fields.text(owner, "apiVersion").rpartition("/")[0]
            kind = fields.text(owner, "kind").lower()
            controller = f"{kind}.{group}/{fields.text(owner, 'name')}"
    return controller


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
        return f"{name}: {f'{utilization}%' if utilization else '<unknown>'}/" + (
            f"{wanted}%" if wanted else "<auto>"
        )
    if "averageValue" in target:
        average = "" if kind == "Pods" else " (avg)"
        return f"{_quantity(current, 'averageValue')}/{target['averageValue']}{average}"
    return f"{_quantity(current, 'value')}/{fields.text(target, 'value')}"


def _quantity(current: JsonObject, key: str) -> str:
    return fields.text(current, key) or "<unknown>"


_CONTAINERS = containers("spec.template")
_TEMPLATE = (*_CONTAINERS, *wide(selector("Selector", "spec.selector")))
_REPLICAS = (
    NAME,
    number("Desired", "spec.replicas"),
    number("Current", "status.replicas"),
    number("Ready", "status.readyReplicas"),
    AGE,
)
TABLES = {
    "deployments.apps": (
        NAME,
        column("Ready", _ready),
        number("Up-to-date", "status.updatedReplicas"),
        number("Available", "status.availableReplicas"),
        AGE,
        *_TEMPLATE,
    ),
    "replicasets.apps": (*_REPLICAS, *_TEMPLATE),
    "replicationcontrollers": (
        *_REPLICAS,
        *_CONTAINERS,
        *wide(labels("Selector", "spec.selector")),
    ),
    "statefulsets.apps": (NAME, column("Ready", _ready), AGE, *_CONTAINERS),
    "daemonsets.apps": (
        NAME,
        number("Desired", "status.desiredNumberScheduled"),
        number("Current", "status.currentNumberScheduled"),
        number("Ready", "status.numberReady"),
        number("Up-to-date", "status.updatedNumberScheduled"),
        number("Available", "status.numberAvailable"),
        labels("Node Selector", "spec.template.spec.nodeSelector"),
        AGE,
        *_TEMPLATE,
    ),
    "jobs.batch": (
        NAME,
        column("Status", _job_status),
        column("Completions", _completions),
        Column("Duration", _job_duration),
        AGE,
        *_TEMPLATE,
    ),
    "cronjobs.batch": (
        NAME,
        text("Schedule", "spec.schedule"),
        text("Timezone", "spec.timeZone", "<none>"),
        column("Suspend", _suspended),
        count("Active", "status.active"),
        Column("Last Schedule", _last_schedule),
        AGE,
        *containers("spec.jobTemplate.spec.template"),
        *wide(selector("Selector", "spec.jobTemplate.spec.selector")),
    ),
    "controllerrevisions.apps": (
        NAME,
        column("Controller", _controller),
        number("Revision", "revision"),
        AGE,
    ),
    "poddisruptionbudgets.policy": (
        NAME,
        text("Min Available", "spec.minAvailable", "N/A"),
        text("Max Unavailable", "spec.maxUnavailable", "N/A"),
        number("Allowed Disruptions", "status.disruptionsAllowed"),
        AGE,
    ),
    "horizontalpodautoscalers.autoscaling": (
        NAME,
        column("Reference", _reference),
        column("Targets", _targets),
        text("MinPods", "spec.minReplicas", "<unset>"),
        number("MaxPods", "spec.maxReplicas"),
        number("Replicas", "status.currentReplicas"),
        AGE,
    ),
}
