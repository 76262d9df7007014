"""Containers that start and end again and again: the exit code and the line that says why."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.causes import config_source, dependencies
from holmes.triage.fields import name_of, number, ref_of, text
from holmes.triage.logs import LogReader, cut, decisive, message, quote
from holmes.triage.next_calls import read_logs
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import (
    SETTLED_SECONDS,
    START_ERRORS,
    Container,
    containers,
    ended_for_probe,
    judged,
    refs,
    severity_of,
)

_EXITS = {
    0: "the main process ends by itself (exit 0)",
    126: "the command is not executable (exit 126)",
    127: "the command does not exist in the image (exit 127)",
    134: "aborted (exit 134, SIGABRT)",
    137: "killed (exit 137, SIGKILL)",
    139: "crashed (exit 139, segmentation fault)",
    143: "told to stop (exit 143, SIGTERM)",
}
_FEW_RESTARTS = 2


def find(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each container that crash-loops in a workload."""
    for workload, pods in judged(objects):
        looping: dict[str, list[Container]] = defaultdict(list)
        for pod in pods:
            for each in containers(pod):
                if _loops(objects, each):
                    looping[each.name].append(each)
        for found in looping.values():
            yield _finding(objects, logs, workload, found)


def _loops(objects: ObjectSet, container: Container) -> bool:
    ended = container.ended
    # Memory, probes and failed starts have checks of their own, which know more than a code.
    if not ended or text(ended, "reason") in {"OOMKilled", *START_ERRORS}:
        return False
    if ended_for_probe(objects, container):
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
    line = decisive(lines) or (lines[-1] if lines else "")
    code = number(worst.ended, "exitCode")
    words = text(worst.ended, "message")
    why = message(line) if line else cut(words, 150) or _exit(code, text(worst.ended, "reason"))
    evidence = [f"{request.source}: {quote(line)}"] if line else []
    evidence += filter(None, [config_source(objects, worst, line)])
    if not line:  # otherwise the cause says as much
        evidence.append(
            f"pod {name_of(worst.pod)} container {worst.name}: restartCount {worst.restarts}, "
            f"exit code {code} ({text(worst.ended, 'reason')})"
        )
    state = f"{worst.waiting or 'restarting'}, {worst.restarts} restarts, exit code {code}"
    return Finding(
        check="crash_loop",
        severity=severity_of(objects, workload),
        kind=workload.kind,
        namespace=workload.namespace,
        name=workload.name,
        cause=f"container {worst.name} crash-loops ({state}): {why}",
        evidence=tuple(evidence),
        affected=refs(each.pod for each in found),
        next_call=read_logs(ref_of(worst.pod), worst.name, previous=request.previous),
        explained_by=dependencies(objects, workload.namespace, [line]),
    )


def _exit(code: int, reason: str) -> str:
    return _EXITS.get(code, f"exit code {code} ({reason or 'no reason given'})")
