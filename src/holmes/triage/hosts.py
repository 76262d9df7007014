"""Host names and addresses in log lines and commands, and the Service that they mean."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from holmes.core.finding import ObjectRef
from holmes.triage.fields import items, number, ref_of
from holmes.triage.objects import ObjectSet
from holmes.triage.references import instead

_NAME = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
_MENTIONS = tuple(re.compile(pattern) for pattern in (
    rf"\b[a-z][a-z0-9+.-]*://(?:[^\s/@\"']*@)?(?P<host>{_NAME})(?::(?P<port>\d+))?",
    (rf"(?:lookup|resolve|find|nslookup|waiting for|host(?:name)?(?: name)?|getaddrinfo"
    rf"|bad address|nc -\w+)[ =:]+[\"'`(]?(?P<host>{_NAME})\b[\"'`]?"
    rf"(?:[: ](?P<port>\d{{2,5}})\b)?"),
    rf"(?<![\w./:-])(?P<host>{_NAME}):(?P<port>\d{{2,5}})\b",
))  # fmt: skip
UNRESOLVED = re.compile(
    r"(?i)no such host|nxdomain|can't resolve|could ?n.t resolve|name or service not known"
    r"|name resolution|nodename nor servname|enotfound|eai_again|bad address"
    r"|could not translate host name|unknown ?host|servfail"
)
_LETTER = re.compile(r"[a-z]")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
# "factory.go:160" is a place in a source file.
_FILE = re.compile(r"\.(?:go|py|js|ts|rb|rs|java|kt|php|cc?|cpp|sh|ya?ml|json|conf|log)$")
# Words that follow "find", "host" and the like in plain English, and the machine itself.
_NO_HOST = frozenset({"the", "a", "an", "to", "host", "name", "localhost", "for", "on", "of", "it"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """A host that a line names; `port` is 0 where it names none."""

    host: str
    port: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """What a host means inside the cluster.

    `exists` is None where the Services of that namespace were not read.
    """

    ref: ObjectRef
    exists: bool | None


def mentions(line: str) -> list[Mention]:
    """The hosts that a line names, in the order of how plainly it names them."""
    found: dict[Mention, None] = {}
    for pattern in _MENTIONS:
        for match in pattern.finditer(line):
            host, port = match["host"], int(match["port"] or 0)
            plain = _LETTER.search(host) or _ADDRESS.fullmatch(host)
            if plain and host not in _NO_HOST and not _FILE.search(host):
                found[Mention(host=host, port=port)] = None
    return list(found)


def resolve(objects: ObjectSet, host: str, namespace: str) -> Destination | None:
    """The Service, pod or node that a host means to a pod of `namespace`; None outside the cluster.

    A short name is a Service of the pod's own namespace, `name.other` and `name.other.svc…` one of
    another.
    """
    if _ADDRESS.fullmatch(host):
        there = objects.at_address(host)
        return Destination(ref=ref_of(there), exists=True) if there else None
    labels = host.split(".")
    if len(labels) == 1:
        name, where = host, namespace
    elif "svc" in labels[2:3] or (len(labels) == 2 and _is_namespace(objects, labels[1])):
        name, where = labels[0], labels[1]
    elif "svc" in labels[3:4]:
        name, where = labels[1], labels[2]  # one pod of a headless Service
    else:
        return None
    ref = ObjectRef(kind="Service", namespace=where, name=name)
    exists = objects.find(ref) is not None
    return Destination(
        ref=ref, exists=exists or (False if objects.knows("Service", where) else None)
    )


def _is_namespace(objects: ObjectSet, name: str) -> bool:
    return name in objects.namespaces() or objects.get("Namespace", "", name) is not None


def about_host(objects: ObjectSet, line: str, namespace: str) -> str:
    """What to add to a line that names a host: that no such Service, or not that port, exists."""
    for mention in mentions(line):
        destination = resolve(objects, mention.host, namespace)
        if destination is None or destination.ref.kind != "Service":
            continue
        ref = destination.ref
        if destination.exists is False and UNRESOLVED.search(line):
            hint = instead(objects, "Service", ref.namespace, ref.name)
            return f"; there is no Service {ref.path}{hint}"
        ports = [number(port, "port") for port in items(objects.find(ref), "spec", "ports")]
        if mention.port and ports and mention.port not in ports:
            return f"; Service {ref.name} has only port {', '.join(map(str, ports))}"
    return ""


def backends(objects: ObjectSet, ref: ObjectRef) -> list[ObjectRef]:
    """The workloads behind a destination: those of a Service's pods, or a pod's own."""
    there = objects.find(ref)
    if there is None:
        return []
    if ref.kind == "Pod":
        return [objects.workload(there)]
    selector = there.get("spec", {}).get("selector") or {}
    pods = objects.pods_labelled(ref.namespace, selector)
    return list(dict.fromkeys(objects.workload(pod) for pod in pods))


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


def address_text(mention: Mention) -> str:
    """`host:port`, or the bare host."""
    return f"{mention.host}:{mention.port}" if mention.port else mention.host
