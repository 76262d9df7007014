"""Containers that start and end again and again: the exit code and the line that says why."""

import re
from collections.abc import Iterator, Sequence

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about_pods
from holmes.triage.fields import (
    condition,
    dig,
    items,
    mapping,
    name_of,
    namespace_of,
    number,
    quantity,
    ref_of,
    text,
)
from holmes.triage.hosts import about_host, dependencies
from holmes.triage.logs import LogReader, bare, complaint, cut, message, quote
from holmes.triage.next_calls import read_logs
from holmes.triage.objects import ObjectSet, event_time
from holmes.triage.pods import (
    SETTLED_SECONDS,
    START_ERRORS,
    Container,
    command_line,
    grouped,
    killed_by_probe,
    seconds_alive,
)
from holmes.triage.said import innermost

_EXITS = {
    0: "the main process ends by itself (exit 0)",
    126: "the command is not executable (exit 126)",
    127: "the command does not exist in the image (exit 127)",
    134: "aborted (exit 134, SIGABRT)",
    139: "crashed (exit 139, segmentation fault)",
    143: "told to stop (exit 143, SIGTERM)",
}
_FEW_RESTARTS = 2
_SIGKILL = 137
_NEAR_SECONDS = 120
_NEARLY_FULL = 0.85
_PATH = re.compile(r"(/[\w./-]+)(?::(\d+))?")
_MEMORY = re.compile(r"(?i)out ?of ?memory|\bheap\b|cannot allocate|MemoryError|\bOOM\b")


def find(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each container that crash-loops in a workload."""
    for workload, _, found in grouped(objects, lambda it: it.name if _loops(objects, it) else ""):
        yield _finding(objects, logs, workload, found)


def _loops(objects: ObjectSet, container: Container) -> bool:
    ended = container.ended
    # Memory, probes and failed starts have checks of their own, which know more than a code.
    if not ended or text(ended, "reason") in {"OOMKilled", *START_ERRORS}:
        return False
    if killed_by_probe(objects, container):
        return False
    if container.waiting == "CrashLoopBackOff":
        return True
    if container.init and number(ended, "exitCode") == 0:
        return False
    recent = objects.age(text(ended, "finishedAt")) < SETTLED_SECONDS
    failing = number(ended, "exitCode") != 0 or not container.running
    restarting = container.restarts >= _FEW_RESTARTS
    return not container.ready and recent and failing and restarting


def _finding(
    objects: ObjectSet, logs: LogReader, workload: ObjectRef, found: Sequence[Container]
) -> Finding:
    worst = max(found, key=lambda each: each.restarts)
    request = worst.last_words()
    lines = logs.read(request)
    line = complaint(lines)
    code = number(worst.ended, "exitCode")
    words = text(worst.ended, "message")
    why = message(line) if line else innermost(words) or _exit(worst, code)
    why += about_host(objects, line, workload.namespace)
    node: tuple[ObjectRef, ...] = ()
    if code == _SIGKILL:  # no program can log why it was killed
        why, node = _killed(objects, worst, lines)
    evidence = [f"{request.source}: {quote(line)}"] if line else []
    source = _config_source(objects, worst, line)
    why += f" ({source})" if source else ""
    evidence += [source] if source else []
    if not line or code == _SIGKILL:  # otherwise the cause says as much
        evidence.append(
            f"pod {name_of(worst.pod)} container {worst.name}: restartCount {worst.restarts}, "
            f"exit code {code} ({text(worst.ended, 'reason')})"
        )
    state = f"{worst.waiting or 'restarting'}, {worst.restarts} restarts, exit code {code}"
    cause = f"container {worst.name} crash-loops ({state}): {why}"
    return about_pods(
        "crash_loop", objects, workload, (each.pod for each in found), cause, evidence,
        next_call=read_logs(ref_of(worst.pod), worst.name, previous=request.previous),
        explained_by=node or dependencies(objects, workload.namespace, [line]),
    )  # fmt: skip


def _exit(container: Container, code: int) -> str:
    reason = text(container.ended, "reason") or "no reason given"
    runs = command_line(container.spec)
    command = f" (it runs: {cut(runs, 120)})" if runs else ""
    return _EXITS.get(code, f"exit code {code} ({reason})") + command


def _killed(
    objects: ObjectSet, container: Container, lines: Sequence[str]
) -> tuple[str, tuple[ObjectRef, ...]]:
    """Who killed a container that neither its own limit nor a probe is known to have ended."""
    killed = f"killed (exit 137, SIGKILL) {seconds_alive(container):.0f} s after its start"
    limit = text(container.spec, "resources", "limits", "memory")
    node = ObjectRef(kind="Node", namespace="", name=text(container.pod, "spec", "nodeName"))
    finished = objects.age(text(container.ended, "finishedAt"))
    short = text(condition(objects.find(node) or {}, "MemoryPressure"), "status") == "True"
    if short or any(abs(objects.age(event_time(event)) - finished) < _NEAR_SECONDS
                    for event in objects.events(node, "SystemOOM")):  # fmt: skip
        return f"{killed}: node {node.name} ran out of memory", (node,)
    metrics = objects.get("PodMetrics", namespace_of(container.pod), name_of(container.pod))
    used = next((quantity(dig(each, "usage", "memory")) for each in items(metrics, "containers")
                 if text(each, "name") == container.name), 0.0)  # fmt: skip
    said = next((line for line in map(bare, reversed(lines)) if _MEMORY.search(line)), "")
    if limit and (said or used > _NEARLY_FULL * quantity(limit)):
        at = f"it uses {used / 2**20:.0f}Mi of it" if used else f"its log says: {message(said)}"
        return f"{killed}, most likely for its memory limit of {limit}: {at}", ()
    if not limit:
        return f"{killed}: it has no memory limit, so by the node's memory or by hand", ()
    return (
        f"{killed}: its status names no memory limit as the reason (limit {limit}), and no probe "
        f"of it fits; a child of it was killed for memory, or it was by hand"
    ), ()


def _config_source(objects: ObjectSet, container: Container, line: str) -> str:
    """The ConfigMap that a path in a line comes from, with the line of that file; or empty."""
    volumes = {text(each, "name"): each for each in items(container.pod, "spec", "volumes")}
    for path, at in _PATH.findall(line):
        for mount in items(container.spec, "volumeMounts"):
            name = text(volumes.get(text(mount, "name")), "configMap", "name")
            inside = path.removeprefix(text(mount, "mountPath")).lstrip("/")
            if name and inside != path.lstrip("/"):
                key = text(mount, "subPath") or inside
                return _quoted(objects, namespace_of(container.pod), name, key, at)
    return ""


def _quoted(objects: ObjectSet, namespace: str, name: str, key: str, at: str) -> str:
    found = objects.get("ConfigMap", namespace, name)
    if found is None:
        return ""
    lines = text(mapping(found, "data"), key).splitlines()
    where = f"ConfigMap {name_of(found)} key {key}"
    if at and 0 < int(at) <= len(lines):
        return f"{where} line {at}: {cut(lines[int(at) - 1].strip(), 120)}"
    return where if key in mapping(found, "data") else ""
