"""Containers and sandboxes that can't be created or started: command, user, memory, network."""

import re
from collections.abc import Iterator, Sequence

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about_pods
from holmes.triage.fields import items, name_of, text
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import (
    START_ERRORS,
    Container,
    command_line,
    containers,
    grouped,
)
from holmes.triage.references import missing
from holmes.triage.said import event_line, events_said, innermost, sentences

_WAITING = frozenset({
    "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
    "PreCreateHookError", "PreStartHookError", "PostStartHookError",
})  # fmt: skip
_SANDBOX = "FailedCreatePodSandBox"
_EVENTS = (_SANDBOX, "FailedPostStartHook", "Failed")
# What runc, containerd, CRI-O and Docker say where memory is short before anything has run.
_MEMORY = re.compile(
    r"(?i)OOM-killed|memory limit too low|memory limit \d+ too low|minimum memory limit"
    r"|unable to set memory limit|memory\.(?:max|limit_in_bytes)|cannot allocate memory"
)
_WHY = tuple((re.compile(pattern), why) for pattern, why in (
    ((r'exec: \\?"(?P<what>[^"\\]*)\\?": (?:stat [^:]*: no such file|executable file not found'
     r"|no such file)"), "its command {what} does not exist in the image"),
    (r"exec (?:\S+: )?exec format error|exec format error",
     "the image is built for another processor than the node's (exec format error)"),
    (r'exec: \\?"(?P<what>[^"\\]*)\\?": permission denied', "its command {what} is not executable"),
))  # fmt: skip


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each container of a workload that never gets to run its program."""
    for workload, _, found in grouped(objects, lambda it: it.name if _said(objects, it) else ""):
        if not any(missing(objects, found[0].pod)):
            yield _finding(objects, workload, found)


def _said(objects: ObjectSet, container: Container) -> str:
    """The sentence of the kubelet or the runtime about what keeps a container from starting."""
    ended = container.ended
    started = text(ended, "reason") in START_ERRORS
    if container.waiting in _WAITING or (started and not container.running):
        waiting = text(container.status, "state", "waiting", "message")
        told = [waiting] if container.waiting in _WAITING else []
        told += [text(ended, "message")] if started else []
        told += [text(each, "message") for each in events_said(objects, container.pod, *_EVENTS)]
        return next(filter(None, told), container.waiting)
    first = next(containers(container.pod)).name == container.name
    if first and container.waiting in {"ContainerCreating", "PodInitializing"}:
        sandbox = events_said(objects, container.pod, _SANDBOX)
        return text(sandbox[-1], "message") if sandbox else ""
    return ""


def _finding(objects: ObjectSet, workload: ObjectRef, found: Sequence[Container]) -> Finding:
    first, said = found[0], _said(objects, found[0])
    limit = text(first.spec, "resources", "limits", "memory")
    evidence = sentences(objects, first.pod)
    evidence += [event_line(each) for each in events_said(objects, first.pod, _SANDBOX)]
    if limit and _MEMORY.search(said):
        limits = [
            f"container {text(each, 'name')} limits.memory "
            f"{text(each, 'resources', 'limits', 'memory') or 'none'}"
            for each in items(first.pod, "spec", "containers")
        ]
        evidence.insert(1, f"pod {name_of(first.pod)}: {', '.join(limits)}")
        why = f"its memory limit of {limit} is too small to start it: {innermost(said, 120)}"
    else:
        why = _why(objects, first, said)
    cause = f"container {first.name} can't start: {why}"
    return about_pods(
        "start_errors", objects, workload, (each.pod for each in found), cause,
        tuple(dict.fromkeys(evidence)),
    )  # fmt: skip


def _processor(objects: ObjectSet, container: Container) -> str:
    name = text(container.pod, "spec", "nodeName")
    found = text(objects.get("Node", "", name), "status", "nodeInfo", "architecture")
    return f"; node {name} is {found}" if found else ""


def _why(objects: ObjectSet, container: Container, said: str) -> str:
    for pattern, why in _WHY:
        if found := pattern.search(said):
            means = why.format(**found.groupdict())
            runs = command_line(container.spec) or "the image entrypoint"
            where = _processor(objects, container) if "processor" in means else ""
            return f"{means}{where} (it runs: {runs})"
    return innermost(said)
