"""What a pod needs of ConfigMaps and Secrets, and what of that is not there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from holmes.core.finding import ObjectRef
from holmes.triage.fields import (
    Obj,
    flag,
    items,
    mapping,
    name_of,
    namespace_of,
    quantity,
    ref_of,
    text,
)
from holmes.triage.logs import cut
from holmes.triage.names import nearest
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import containers, is_ready
from holmes.triage.resources import BUILT_IN

# How the kubelet says it, for a whole object, for a key in the environment and for one of a volume.
_NO_OBJECT = re.compile(r"(?i)(configmap|secret) \"?(?:[\w-]+/)?([\w.-]+)\"? not found")
_NO_KEY = re.compile(r"couldn't find key (\S+) in (ConfigMap|Secret) (?:[\w-]+/)?([\w.-]+)")
_NO_FILE = re.compile(r'volume "([^"]+)".*references non-existent (?:config|secret) key: (\S+)')
_FAILED = ("FailedMount", "Failed")

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
"""The annotation of the StorageClass that a claim gets which names none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A pod's use of a key, or of a whole ConfigMap or Secret (`key` is empty)."""

    kind: str
    name: str
    key: str
    where: str


def missing(objects: ObjectSet, pod: Obj) -> Iterator[tuple[Reference, str]]:
    """What keeps a pod's containers from being made: each missing thing, and how it is missing."""
    if not _held_up(pod):
        return
    said = [text(each.status, "state", "waiting", "message") for each in containers(pod)]
    said += [text(event, "message") for event in objects.events(ref_of(pod), *_FAILED)]
    for reference in dict.fromkeys(references(pod)):
        if why := _missing(objects, pod, reference, said):
            yield reference, why


def _held_up(pod: Obj) -> bool:
    """Whether a container was never made: for its configuration, or since a volume isn't there."""
    return not is_ready(pod) and bool(
        {each.waiting for each in containers(pod)}
        & {"CreateContainerConfigError", "CreateContainerError", "ContainerCreating",
           "PodInitializing"}
    )  # fmt: skip


def references(pod: Obj) -> Iterator[Reference]:
    """Every ConfigMap and Secret that a pod needs; optional ones are left out."""
    for each in containers(pod):
        where = f"container {each.name}"
        for variable in items(each.spec, "env"):
            name = f"{where} env {text(variable, 'name')}"
            yield from _used(mapping(variable, "valueFrom"), "KeyRef", name)
        for source in items(each.spec, "envFrom"):
            yield from _used(source, "Ref", f"{where} envFrom")
    for volume in items(pod, "spec", "volumes"):
        where = f"volume {text(volume, 'name')}"
        for source in [volume, *items(volume, "projected", "sources")]:
            yield from _used(source, "", where)


def _used(source: Obj, suffix: str, where: str) -> Iterator[Reference]:
    """What one source names: a `KeyRef` or `Ref` of the environment, or (no suffix) a volume."""
    for kind, field, naming in (
        ("ConfigMap", f"configMap{suffix}", "name"),
        ("Secret", f"secret{suffix}", "secretName"),
    ):
        found = mapping(source, field)
        if found and not flag(found, "optional"):
            name = text(found, naming) or text(found, "name")
            for key in [text(each, "key") for each in items(found, "items") or [found]]:
                yield Reference(kind=kind, name=name, key=key, where=where)


def _missing(objects: ObjectSet, pod: Obj, reference: Reference, said: list[str]) -> str:
    """What is missing, with the nearest thing that exists; empty where nothing is."""
    namespace, kind, name, key = namespace_of(pod), reference.kind, reference.name, reference.key
    found = objects.get(kind, namespace, name)
    if found is None and (objects.knows(kind, namespace) or _named(said, kind, name)):
        return absent(objects, kind, namespace, name)
    # The keys of a Secret are never read, their values would come along; the kubelet names them.
    keys = [*mapping(found, "data"), *mapping(found, "binaryData")] if found else []
    refused = any(
        (key, kind, name) in _NO_KEY.findall(line)
        or (reference.where.removeprefix("volume "), key) in _NO_FILE.findall(line)
        for line in said
    )
    known = kind == "ConfigMap" and found is not None
    if not key or key in keys or not (refused or known):
        return ""
    near = nearest(key, keys)
    there = f" (its keys: {cut(', '.join(keys), 80)})" if keys else ""
    return f"{kind} {name} has no key {key}" + (f" (key {near} exists)" if near else there)


def _named(said: list[str], kind: str, name: str) -> bool:
    """Whether the kubelet itself says that it is not there."""
    return any((kind.lower(), name) == (each.lower(), other)
               for line in said for each, other in _NO_OBJECT.findall(line))  # fmt: skip


def absent(objects: ObjectSet, kind: str, namespace: str, name: str) -> str:
    """That an object does not exist, with the one that was probably meant, or a quota's refusal."""
    return f"{kind} {name} does not exist{instead(objects, kind, namespace, name)}"


def makers(objects: ObjectSet, namespace: str, name: str) -> tuple[ObjectRef, ...]:
    """The objects of operators that were to make a Secret or ConfigMap, by its name."""
    return tuple(objects.join(_makers).get((namespace, name), ()))


def _makers(objects: ObjectSet) -> dict[tuple[str, str], list[ObjectRef]]:
    found: dict[tuple[str, str], list[ObjectRef]] = {}
    for kind in sorted(objects.counts().keys() - BUILT_IN):
        for obj in objects.all(kind):
            # A Certificate's secretName, an ExternalSecret's target; a SealedSecret has the name.
            spec = mapping(obj, "spec")
            named = (name_of(obj), text(spec, "secretName"), text(spec, "target", "name"))
            for name in dict.fromkeys(filter(None, named)):
                found.setdefault((namespace_of(obj), name), []).append(ref_of(obj))
    return found


def instead(objects: ObjectSet, kind: str, namespace: str, name: str) -> str:
    """What to add to that an object does not exist: what was meant, or what lets it not be made."""
    near = nearest(name, objects.names(kind, namespace))
    if not near and kind == "Service":  # the only kind that another namespace may be asked for
        others = (each for each in objects.all(kind) if name_of(each) == name)
        near = next((f"{name}.{namespace_of(each)}" for each in others), "")
    hint = f" ({kind} {near} exists)" if near else ""
    plural = f"{kind.lower()}s"
    for quota in objects.within(namespace, "ResourceQuota"):
        hard, used = mapping(quota, "status", "hard"), mapping(quota, "status", "used")
        for key in (plural, f"count/{plural}"):
            if key in hard and quantity(used.get(key)) >= quantity(hard[key]):
                use = f"{key} {used.get(key, 0)} of {hard[key]} used"
                return f"{hint}; ResourceQuota {name_of(quota)} allows no more ({use})"
    return hint


def claims_of(pod: Obj) -> list[str]:
    """The names of the volume claims that a pod mounts."""
    pairs = ((text(volume, "persistentVolumeClaim", "claimName"), volume)
             for volume in items(pod, "spec", "volumes"))  # fmt: skip
    found = [name or ("ephemeral" in volume and f"{name_of(pod)}-{text(volume, 'name')}")
             for name, volume in pairs]  # fmt: skip
    return [name for name in found if name]


def users(objects: ObjectSet, claim: Obj) -> list[Obj]:
    """The pods that mount a claim."""
    pods = objects.within(namespace_of(claim), "Pod")
    return [pod for pod in pods if name_of(claim) in claims_of(pod)]
