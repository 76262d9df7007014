"""Services that a workload's own settings name and that don't exist."""

import re
from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about
from holmes.triage.fields import Obj, name_of, ref_of
from holmes.triage.hosts import (
    UNRESOLVED,
    Destination,
    Mention,
    address_text,
    mentions,
    resolve,
)
from holmes.triage.logs import LogReader, timestamp
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import command_line, containers, environment, is_ready, judged
from holmes.triage.references import instead

# By convention a bare name in such a variable is a host (REDIS_HOST=redis-master).
_HOST = re.compile(r"(?i)(?:^|_)(?:HOST|HOSTNAME|ADDR)$")
_BARE = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?")
_LOCAL = frozenset({"localhost"})
_FRESH_SECONDS = 600
_LAST = 12  # lines of a log


def find(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each Service that is named and isn't there; else only a remark."""
    for workload, pod, where, destination in objects.join(_unknown):
        # Of a container that ended or never ran, another check knows more.
        hurts = all(each.running for each in containers(pod)) and (
            not is_ready(pod) or _complains(objects, logs, pod, destination.ref.name)
        )
        yield _finding(objects, workload, pod, where, destination, hurts=hurts)


def _unknown(objects: ObjectSet) -> list[tuple[ObjectRef, Obj, str, Destination]]:
    """Each Service that isn't there, with the workload, the pod and the setting that name it."""
    return [
        (workload, pod, where, destination)
        for workload, pods in judged(objects)
        for pod in [min(pods, key=is_ready)]
        for where, destination in _missing(objects, pod, workload.namespace)
    ]


def _complains(objects: ObjectSet, logs: LogReader, pod: Obj, name: str) -> bool:
    """Whether a log ends in not finding the host that the settings of its container name."""
    return any(
        name in line and UNRESOLVED.search(line) and objects.age(timestamp(line)) < _FRESH_SECONDS
        for each in containers(pod)
        for line in logs.read(each.log(urgent=False))[-_LAST:]
    )


def _missing(objects: ObjectSet, pod: Obj, namespace: str) -> Iterator[tuple[str, Destination]]:
    seen = set()
    for each in containers(pod):
        told = list(environment(each.spec).items())
        told.append(("command", command_line(each.spec)))
        for name, value in told:
            # Only for speed: what has neither names no host that `mentions` would find.
            hosts = mentions(value) if ":" in value or name == "command" else []
            if _HOST.search(name) and _BARE.fullmatch(value) and value not in _LOCAL:
                hosts.append(Mention(host=value, port=0))
            for mention in hosts:
                destination = resolve(objects, mention.host, namespace)
                if destination and destination.exists is False and destination.ref not in seen:
                    seen.add(destination.ref)
                    # Not the whole value: it may hold a password.
                    yield f"container {each.name} {name} ({address_text(mention)})", destination


def _finding(
    objects: ObjectSet,
    workload: ObjectRef,
    pod: Obj,
    where: str,
    destination: Destination,
    *,
    hurts: bool,
) -> Finding:
    ref = destination.ref
    hint = instead(objects, "Service", ref.namespace, ref.name)
    cause = f"{where} names Service {ref.name}, which does not exist in {ref.namespace}{hint}"
    return about(
        "named_hosts", workload, "warning" if hurts else "info", cause,
        (f"pod {name_of(pod)} {where}", f"no Service {ref.path} exists"), affected=(ref_of(pod),),
        explained_by=(ref, workload), generic=not hurts,
    )  # fmt: skip
