"""Pods that name a ConfigMap, a Secret, a key or a ServiceAccount that does not exist."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.fields import Obj, flag, items, mapping, name_of, namespace_of, ref_of, text
from holmes.triage.logs import LogReader, cut
from holmes.triage.names import nearest
from holmes.triage.next_calls import describe
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import containers, is_ready, judged, refs, severity_of

_QUOTED = re.compile(r"(?i)(configmap|secret) \"?(?:[\w-]+/)?([\w.-]+)\"? not found")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A pod's use of a key, or of a whole ConfigMap or Secret (`key` is empty)."""

    kind: str
    name: str
    key: str
    where: str


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each missing thing that keeps a workload's pods from starting."""
    for workload, pods in judged(objects):
        stuck = [pod for pod in pods if _held_up(objects, pod)]
        if not stuck:
            continue
        for reference in dict.fromkeys(references(stuck[0])):
            why = _missing(objects, stuck[0], reference)
            if why:
                yield _finding(objects, workload, stuck, reference, why)


def _held_up(objects: ObjectSet, pod: Obj) -> bool:
    """Whether a container never started for its configuration, or a volume could not be mounted."""
    if is_ready(pod):
        return False
    waiting = {each.waiting for each in containers(pod)}
    if waiting & {"CreateContainerConfigError", "CreateContainerError"}:
        return True
    creating = waiting & {"ContainerCreating", "PodInitializing"}
    return bool(creating and objects.events(ref_of(pod), "FailedMount"))


def references(pod: Obj) -> Iterator[Reference]:
    """Every ConfigMap and Secret that a pod needs; optional ones are left out."""
    for each in containers(pod):
        where = f"container {each.name}"
        for variable in items(each.spec, "env"):
            name = f"{where} env {text(variable, 'name')}"
            yield from _selected(mapping(variable, "valueFrom"), "KeyRef", name)
        for source in items(each.spec, "envFrom"):
            yield from _selected(source, "Ref", f"{where} envFrom")
    for volume in items(pod, "spec", "volumes"):
        where = f"volume {text(volume, 'name')}"
        sources = [volume, *items(volume, "projected", "sources")]
        for source in sources:
            yield from _mounted(source, where)


def _selected(source: Obj, suffix: str, where: str) -> Iterator[Reference]:
    for kind, field in (("ConfigMap", f"configMap{suffix}"), ("Secret", f"secret{suffix}")):
        found = mapping(source, field)
        if found and not flag(found, "optional"):
            yield Reference(
                kind=kind, name=text(found, "name"), key=text(found, "key"), where=where
            )


def _mounted(source: Obj, where: str) -> Iterator[Reference]:
    for kind, field, naming in (
        ("ConfigMap", "configMap", "name"),
        ("Secret", "secret", "secretName"),
    ):
        found = mapping(source, field)
        if not found or flag(found, "optional"):
            continue
        name = text(found, naming) or text(found, "name")
        keys = [text(each, "key") for each in items(found, "items")] or [""]
        for key in keys:
            yield Reference(kind=kind, name=name, key=key, where=where)


def _missing(objects: ObjectSet, pod: Obj, reference: Reference) -> str:
    """What is missing, with the nearest thing that exists; empty where nothing is."""
    namespace, name = namespace_of(pod), reference.name
    found = objects.get(reference.kind, namespace, name)
    if found is None:
        known = objects.knows(reference.kind, namespace)
        if not known and (reference.kind.lower(), name) not in _reported(objects, pod):
            return ""
        near = nearest(name, objects.names(reference.kind, namespace))
        hint = f" ({reference.kind} {near} exists)" if near else ""
        return f"{reference.kind} {name} does not exist{hint}"
    # The keys of Secrets are never read: their values would come along.
    if reference.kind == "Secret" or not reference.key:
        return ""
    keys = [*mapping(found, "data"), *mapping(found, "binaryData")]
    if reference.key in keys:
        return ""
    near = nearest(reference.key, keys)
    hint = f" (key {near} exists)" if near else f" (its keys: {cut(', '.join(keys), 80)})"
    return f"ConfigMap {name} has no key {reference.key}{hint}"


def _reported(objects: ObjectSet, pod: Obj) -> set[tuple[str, str]]:
    """The kinds and names that the kubelet itself said are not there."""
    said = [text(each.status, "state", "waiting", "message") for each in containers(pod)]
    said += [text(event, "message") for event in objects.events(ref_of(pod), "FailedMount")]
    return {(kind.lower(), name) for line in said for kind, name in _QUOTED.findall(line)}


def _finding(
    objects: ObjectSet, workload: ObjectRef, stuck: list[Obj], reference: Reference, why: str
) -> Finding:
    pod = stuck[0]
    evidence = [f"pod {name_of(pod)} {reference.where}: {reference.kind} {reference.name}"]
    for each in containers(pod):
        said = text(each.status, "state", "waiting", "message")
        if said:
            evidence.append(f"pod {name_of(pod)} container {each.name}: {each.waiting}: {said}")
    evidence += [
        f"event FailedMount: {cut(text(event, 'message'), 190)}"
        for event in objects.events(ref_of(pod), "FailedMount")[-1:]
    ]
    return Finding(
        check="missing_config",
        severity=severity_of(objects, workload),
        kind=workload.kind,
        namespace=workload.namespace,
        name=workload.name,
        cause=f"pods can't start: {why}, used by {reference.where}",
        evidence=tuple(evidence),
        affected=refs(stuck),
        next_call=describe(ref_of(pod)),
    )
