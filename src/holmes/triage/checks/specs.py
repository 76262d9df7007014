"""Specs that will fail or do nothing, though nothing has gone wrong yet: remarks."""

from collections.abc import Iterator
from dataclasses import replace

from holmes.core.finding import Finding
from holmes.triage.about import about
from holmes.triage.fields import (
    Obj,
    flag,
    mapping,
    name_of,
    namespace_of,
    number,
    quantity,
    ref_of,
    text,
)
from holmes.triage.listening import wrong_port
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.placement import Way, host_ports, placement
from holmes.triage.pods import containers, is_ready
from holmes.triage.references import DEFAULT_CLASS, absent

_TEMPLATES = ("Deployment", "StatefulSet", "DaemonSet")
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
# Docker's own minimum; runc's init needs about as much with containerd and CRI-O.
_LEAST_MEMORY = "6Mi"


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One remark for each part of a spec that can't work as it is written."""
    for kind in _TEMPLATES:
        for workload in objects.all(kind):
            for cause, evidence in _containers(objects, workload):
                # Where it has failed already, another check may tell of that.
                yield replace(_remark(workload, cause, evidence), explained_by=(ref_of(workload),))
            for cause, evidence in _workload(objects, workload):
                yield _remark(workload, cause, evidence)
    for check, kind in (
        (_budget, "PodDisruptionBudget"),
        (_policy, "NetworkPolicy"),
        (_quota, "ResourceQuota"),
        (_job, "Job"),
        (_default_class, "StorageClass"),
    ):
        for obj in objects.all(kind):
            for cause, evidence in check(objects, obj):
                yield _remark(obj, cause, evidence)


def _remark(obj: Obj, cause: str, evidence: str) -> Finding:
    ref = ref_of(obj)
    return about("specs", ref, "info", cause, (f"{ref.kind} {ref.name} {evidence}",))


def _template(workload: Obj) -> Obj:
    return {"metadata": {}, **mapping(workload, "spec", "template")}


def _containers(objects: ObjectSet, workload: Obj) -> Iterator[tuple[str, str]]:
    template = _template(workload)
    ready = any(map(is_ready, objects.pods_of(ref_of(workload))))
    for each in containers(template) if not ready else ():
        limit = text(each.spec, "resources", "limits", "memory")
        if limit and quantity(limit) < quantity(_LEAST_MEMORY):
            why = f"container {each.name} can't start within its memory limit of {limit}"
            yield f"{why} (a runtime needs {_LEAST_MEMORY})", f"limits.memory {limit}"
        for probe in _PROBES if not each.init else ():
            if probe in each.spec and (why := wrong_port(each, mapping(each.spec, probe))):
                asks = f"{probe} of container {each.name} asks a port that nothing opens"
                yield f"{asks}: {why}", probe


def _workload(objects: ObjectSet, workload: Obj) -> Iterator[tuple[str, str]]:
    template = _template(workload)
    ports, replicas = host_ports(template), number(workload, "spec", "replicas")
    nodes = len(objects.all("Node"))
    if ports and nodes and replicas > nodes:
        why = f"{replicas} replicas each want host port {min(ports)} and there are {nodes} nodes"
        yield f"{why}: {replicas - nodes} can never run", f"hostPort {min(ports)}"
    if text(workload, "kind") == "DaemonSet":
        yield from _left_out(objects, workload, template)
    governing = text(workload, "spec", "serviceName")
    namespace = namespace_of(workload)
    known = governing and objects.knows("Service", namespace)
    if known and not objects.get("Service", namespace, governing):
        gone = absent(objects, "Service", namespace, governing)
        yield (
            f"its governing {gone}; its pods have no names in DNS",
            f"spec.serviceName {governing}",
        )


def _left_out(objects: ObjectSet, workload: Obj, template: Obj) -> Iterator[tuple[str, str]]:
    """The nodes that a DaemonSet skips for a taint that somebody set."""
    pod = {**template, "metadata": {"namespace": namespace_of(workload)}}
    for node, found in placement(objects).obstacles(pod).items():
        reserved = [each for each in found if each.way is Way.RESERVED]
        if reserved and all(each.way in {Way.RESERVED, Way.ROOM} for each in found):
            yield f"no pod of it runs on node {node}: {reserved[0].why}", f"node {node} spec.taints"
            return


def _matches(objects: ObjectSet, namespace: str, selector: Obj) -> bool:
    templates = [
        mapping(each, "spec", "template")
        for kind in (*_TEMPLATES, "ReplicaSet", "Job")
        for each in objects.within(namespace, kind)
    ]
    templates += [mapping(each, "spec", "jobTemplate", "spec", "template")
                  for each in objects.within(namespace, "CronJob")]  # fmt: skip
    pods = objects.within(namespace, "Pod")
    return any(objects.selects(selector, each) for each in [*templates, *pods])


def _budget(objects: ObjectSet, budget: Obj) -> Iterator[tuple[str, str]]:
    selector = mapping(budget, "spec", "selector")
    if not _matches(objects, namespace_of(budget), selector):
        yield "its selector matches no pod, so it protects nothing", f"spec.selector {selector}"
        return
    most, least = text(budget, "spec", "maxUnavailable"), text(budget, "spec", "minAvailable")
    expected = number(budget, "status", "expectedPods")
    whole = least == "100%" or (least.isdigit() and int(least) >= expected > 0)
    if most in {"0", "0%"} or whole:
        rule = f"maxUnavailable {most}" if most else f"minAvailable {least}"
        why = f"it never allows an eviction ({rule} of {expected} pods), so no node of them drains"
        yield why, f"spec {rule}"


def _policy(objects: ObjectSet, policy: Obj) -> Iterator[tuple[str, str]]:
    selector = mapping(policy, "spec", "podSelector")
    if selector and not _matches(objects, namespace_of(policy), selector):
        yield "its podSelector matches no pod, so it does nothing", f"spec.podSelector {selector}"


def _job(_objects: ObjectSet, job: Obj) -> Iterator[tuple[str, str]]:
    if flag(job, "spec", "suspend"):
        yield "it is suspended, none of its pods is made", "spec.suspend: true"


def _default_class(objects: ObjectSet, one: Obj) -> Iterator[tuple[str, str]]:
    default = [name_of(each) for each in objects.all("StorageClass")
               if text(each, "metadata", "annotations", DEFAULT_CLASS) == "true"]  # fmt: skip
    if len(default) > 1 and name_of(one) == min(default):
        others = ", ".join(sorted(default)[1:])
        why = f"{others} is the default as well: a claim without a class gets the newest of them"
        yield why, f"annotation {DEFAULT_CLASS}"


def _quota(_objects: ObjectSet, quota: Obj) -> Iterator[tuple[str, str]]:
    """What is refused from now on leaves nothing to look at but this."""
    used = mapping(quota, "status", "used")
    full = [f"{key} {used[key]} of {hard}" for key, hard in mapping(quota, "status", "hard").items()
            if key in used and quantity(used[key]) >= quantity(hard) > 0]  # fmt: skip
    if full:
        yield f"it is used up ({', '.join(full)}), so no more can be made", "status.used"
