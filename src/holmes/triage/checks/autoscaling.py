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
        for check in (_no_target, _inactive, _at_limit):
            finding = check(objects, scaler)
            if finding:
                yield finding
                break


def _target(scaler: Obj) -> ObjectRef:
    target = mapping(scaler, "spec", "scaleTargetRef")
    return ObjectRef(
        kind=text(target, "kind"), namespace=namespace_of(scaler), name=text(target, "name")
    )


def _no_target(objects: ObjectSet, scaler: Obj) -> Finding | None:
    able = condition(scaler, "AbleToScale")
    target = _target(scaler)
    if text(able, "status") != "False":
        return None
    if objects.knows(target.kind, target.namespace) and objects.find(target) is None:
        why = f"its target {target} does not exist"
    else:
        why = innermost(text(able, "message"))
    return _finding(scaler, f"it can't scale ({text(able, 'reason')}): {why}", able)


def _inactive(objects: ObjectSet, scaler: Obj) -> Finding | None:
    active = condition(scaler, "ScalingActive")
    reason = text(active, "reason")
    if text(active, "status") != "False" or reason == "ScalingDisabled":
        return None
    pods = objects.pods_of(_target(scaler))
    missing = _missing_request(scaler, pods[0]) if pods else ""
    why = missing or innermost(text(active, "message"))
    # Without metrics for a pod that isn't running, the pod is the problem.
    explained = () if missing else (*refs(pods), _target(scaler), _metrics_server())
    return _finding(scaler, f"it can't scale ({reason}): {why}", active, explained)


def _metrics_server() -> ObjectRef:
    return ObjectRef(kind="APIService", namespace="", name="v1beta1.metrics.k8s.io")


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


def _at_limit(objects: ObjectSet, scaler: Obj) -> Finding | None:
    del objects
    limited = condition(scaler, "ScalingLimited")
    most = number(scaler, "spec", "maxReplicas")
    at_most = number(scaler, "status", "currentReplicas") >= most
    if text(limited, "status") != "True" or text(limited, "reason") != "TooManyReplicas":
        return None
    return _finding(scaler, f"it wants more than maxReplicas {most}", limited) if at_most else None


def _finding(
    scaler: Obj, cause: str, why: Obj, explained_by: tuple[ObjectRef, ...] = ()
) -> Finding:
    evidence = (
        (
            f"HorizontalPodAutoscaler {name_of(scaler)} condition {text(why, 'type')} "
            f"{text(why, 'status')} ({text(why, 'reason')}): {text(why, 'message')}"
        ),
    )
    return about(
        "autoscaling", scaler, "warning", cause, evidence, affected=(_target(scaler),),
        explained_by=explained_by,
    )  # fmt: skip
