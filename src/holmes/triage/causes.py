"""Joining a log line to the object that it is about: a config file, a Service, a dependency."""

import re
from collections.abc import Iterable

from holmes.core.finding import ObjectRef
from holmes.triage.fields import items, mapping, name_of, namespace_of, text
from holmes.triage.hosts import backends, mentions, resolve
from holmes.triage.logs import cut
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import Container

_PATH = re.compile(r"(/[\w./-]+)(?::(\d+))?")


def dependencies(objects: ObjectSet, namespace: str, lines: Iterable[str]) -> tuple[ObjectRef, ...]:
    """The Services, pods and nodes that lines name, and the workloads behind them."""
    found: dict[ObjectRef, None] = {}
    for line in lines:
        for mention in mentions(line):
            destination = resolve(objects, mention.host, namespace)
            if destination and destination.exists:
                found[destination.ref] = None
                found.update(dict.fromkeys(backends(objects, destination.ref)))
    return tuple(found)


def config_source(objects: ObjectSet, container: Container, line: str) -> str:
    """The ConfigMap that a path in a line comes from, with the line of that file; or empty."""
    volumes = {text(each, "name"): each for each in items(container.pod, "spec", "volumes")}
    for path, number in _PATH.findall(line):
        for mount in items(container.spec, "volumeMounts"):
            name = text(volumes.get(text(mount, "name")), "configMap", "name")
            inside = path.removeprefix(text(mount, "mountPath")).lstrip("/")
            if name and inside != path.lstrip("/"):
                key = text(mount, "subPath") or inside
                return _quoted(objects, namespace_of(container.pod), name, key, number)
    return ""


def _quoted(objects: ObjectSet, namespace: str, name: str, key: str, number: str) -> str:
    found = objects.get("ConfigMap", namespace, name)
    if found is None:
        return ""
    lines = text(mapping(found, "data"), key).splitlines()
    where = f"ConfigMap {name_of(found)} key {key}"
    if number and 0 < int(number) <= len(lines):
        return f"{where} line {number}: {cut(lines[int(number) - 1].strip(), 120)}"
    return where if key in mapping(found, "data") else ""
