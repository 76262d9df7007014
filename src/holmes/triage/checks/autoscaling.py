"""Autoscalers that can't scale: no metrics, no requests, no target, or already at their limit."""

from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about
from holmes.triage.fields import (
    Obj,
    condition,
    items,
    mapping,
    name_of,
    namespace_of,
    number,
    text,
)
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import refs
from holmes.triage.said import innermost

_RESOURCES = ("cpu", "memory")


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each HorizontalPodAutoscaler that can't do its work."""
    for scaler in objects.all("HorizontalPodAutoscaler"):
        cause, why, explained = _trouble(objects, scaler)
        if cause:
            evidence = (
                f"HorizontalPodAutoscaler {name_of(scaler)} condition {text(why, 'type')} "
                f"{text(why, 'status')} ({text(why, 'reason')}): {text(why, 'message')}"
            )
            yield about(
                "autoscaling", scaler, "warning", cause, [evidence],
                affected=(_target(scaler),), explained_by=explained,
            )  # fmt: skip


def _target(scaler: Obj) -> ObjectRef:
    target = mapping(scaler, "spec", "scaleTargetRef")
    return ObjectRef(
        kind=text(target, "kind"), namespace=namespace_of(scaler), name=text(target, "name")
    )


def _trouble(objects: ObjectSet, scaler: Obj) -> tuple[str, Obj, tuple[ObjectRef, ...]]:
    """What keeps it from its work, the condition that says so, and what may explain it."""
    target = _target(scaler)
    able, active, limited = (
        condition(scaler, kind) for kind in ("AbleToScale", "ScalingActive", "ScalingLimited")
    )
    if text(able, "status") == "False":
        gone = objects.knows(target.kind, target.namespace) and objects.find(target) is None
        why = f"its target {target} does not exist" if gone else innermost(text(able, "message"))
        return f"it can't scale ({text(able, 'reason')}): {why}", able, ()
    reason = text(active, "reason")
    if text(active, "status") == "False" and reason != "ScalingDisabled":
        pods = objects.pods_of(target)
        missing = _missing_request(scaler, pods[0]) if pods else ""
        # Without metrics for a pod that isn't running, the pod is the problem.
        metrics = ObjectRef(kind="APIService", namespace="", name="v1beta1.metrics.k8s.io")
        explained = () if missing else (*refs(pods), target, metrics)
        why = missing or innermost(text(active, "message"))
        return f"it can't scale ({reason}): {why}", active, explained
    most = number(scaler, "spec", "maxReplicas")
    full = number(scaler, "status", "currentReplicas") >= most
    wants = text(limited, "status") == "True" and text(limited, "reason") == "TooManyReplicas"
    cause = f"it wants more than maxReplicas {most} of {target.kind} {target.name}"
    return cause if full and wants else "", limited, ()


def _missing_request(scaler: Obj, pod: Obj) -> str:
    """A utilization is a share of the request, so each container needs one."""
    for metric in items(scaler, "spec", "metrics"):
        resource = text(metric, "resource", "name")
        utilization = text(metric, "resource", "target", "type") == "Utilization"
        if not utilization or resource not in _RESOURCES:
            continue
        for each in items(pod, "spec", "containers"):
            if not text(each, "resources", "requests", resource):
                return (
                    f"container {text(each, 'name')} has no {resource} request, so its "
                    f"{resource} utilization is unknown (set resources.requests.{resource})"
                )
    return ""
