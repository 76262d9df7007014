"""Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs, CronJobs and what scales them."""

from collections.abc import Sequence
from datetime import datetime

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields
from holmes.snapshot.clock import age, duration, parse_time
from holmes.snapshot.tables.base import (
    Table,
    columns,
    containers,
    created,
    key_values,
    or_none,
    selector,
)

_POD_TEMPLATE = ("Containers", "Images", "Selector")
_JOB_STATES = (
    "Complete",
    "Failed",
    "Terminating",
    "Suspended",
    "FailureTarget",
    "SuccessCriteriaMet",
)


def _deployment(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    return (
        fields.name_of(value),
        f"{fields.whole(value, 'status', 'readyReplicas')}/{_replicas(value)}",
        fields.whole(value, "status", "updatedReplicas"),
        fields.whole(value, "status", "availableReplicas"),
        created(value, now),
        *containers(value, "spec", "template"),
        selector(value, "spec", "selector"),
    )


def _replica_set(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    return (
        fields.name_of(value),
        _replicas(value),
        fields.whole(value, "status", "replicas"),
        fields.whole(value, "status", "readyReplicas"),
        created(value, now),
        *containers(value, "spec", "template"),
        selector(value, "spec", "selector"),
    )


def _replication_controller(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    *shared, _ = _replica_set(value, now)
    return (*shared, key_values(fields.mapping(value, "spec", "selector")))


def _stateful_set(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    return (
        fields.name_of(value),
        f"{fields.whole(value, 'status', 'readyReplicas')}/{_replicas(value)}",
        created(value, now),
        *containers(value, "spec", "template"),
    )


def _daemon_set(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    counters = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
    )
    return (
        fields.name_of(value),
        *(fields.whole(value, "status", counter) for counter in counters),
        key_values(fields.mapping(value, "spec", "template", "spec", "nodeSelector")),
        created(value, now),
        *containers(value, "spec", "template"),
        selector(value, "spec", "selector"),
    )


def _job(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    return (
        fields.name_of(value),
        _job_status(value),
        _completions(value),
        _job_duration(value, now),
        created(value, now),
        *containers(value, "spec", "template"),
        selector(value, "spec", "selector"),
    )


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


def _cron_job(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    last = fields.text(value, "status", "lastScheduleTime")
    return (
        fields.name_of(value),
        fields.text(value, "spec", "schedule"),
        or_none(fields.text(value, "spec", "timeZone")),
        (fields.text(value, "spec", "suspend") or "<unset>").capitalize(),
        len(fields.objects(value, "status", "active")),
        age(last, now) if last else "<none>",
        created(value, now),
        *containers(value, "spec", "jobTemplate", "spec", "template"),
        selector(value, "spec", "jobTemplate", "spec", "selector"),
    )


def _controller_revision(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    controller = "<none>"
    for owner in fields.objects(value, "metadata", "ownerReferences"):
        if owner.get("controller") is True:
            group = fields.text(owner, "apiVersion").rpartition("/")[0]
            kind = fields.text(owner, "kind").lower()
            controller = f"{kind}.{group}/{fields.text(owner, 'name')}"
    revision = fields.whole(value, "revision")
    return (fields.name_of(value), controller, revision, created(value, now))


def _disruption_budget(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    return (
        fields.name_of(value),
        fields.text(value, "spec", "minAvailable") or "N/A",
        fields.text(value, "spec", "maxUnavailable") or "N/A",
        fields.whole(value, "status", "disruptionsAllowed"),
        created(value, now),
    )


def _replicas(value: JsonObject) -> int:
    return fields.whole(value, "spec", "replicas")


TABLES = {
    "deployments.apps": Table(
        columns=columns("Name", "Ready", "Up-to-date", "Available", "Age", wide=_POD_TEMPLATE),
        cells=_deployment,
    ),
    "replicasets.apps": Table(
        columns=columns("Name", "Desired", "Current", "Ready", "Age", wide=_POD_TEMPLATE),
        cells=_replica_set,
    ),
    "replicationcontrollers": Table(
        columns=columns("Name", "Desired", "Current", "Ready", "Age", wide=_POD_TEMPLATE),
        cells=_replication_controller,
    ),
    "statefulsets.apps": Table(
        columns=columns("Name", "Ready", "Age", wide=("Containers", "Images")),
        cells=_stateful_set,
    ),
    "daemonsets.apps": Table(
        columns=columns(
            "Name",
            "Desired",
            "Current",
            "Ready",
            "Up-to-date",
            "Available",
            "Node Selector",
            "Age",
            wide=_POD_TEMPLATE,
        ),
        cells=_daemon_set,
    ),
    "jobs.batch": Table(
        columns=columns("Name", "Status", "Completions", "Duration", "Age", wide=_POD_TEMPLATE),
        cells=_job,
    ),
    "cronjobs.batch": Table(
        columns=columns(
            "Name",
            "Schedule",
            "Timezone",
            "Suspend",
            "Active",
            "Last Schedule",
            "Age",
            wide=_POD_TEMPLATE,
        ),
        cells=_cron_job,
    ),
    "controllerrevisions.apps": Table(
        columns=columns("Name", "Controller", "Revision", "Age"), cells=_controller_revision
    ),
    "poddisruptionbudgets.policy": Table(
        columns=columns("Name", "Min Available", "Max Unavailable", "Allowed Disruptions", "Age"),
        cells=_disruption_budget,
    ),
}
