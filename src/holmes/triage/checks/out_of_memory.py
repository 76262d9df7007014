"""Containers killed for memory: at start or by growth, and the limit that they hit."""

from collections.abc import Iterator, Sequence

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about_pods
from holmes.triage.fields import name_of, ref_of, text
from holmes.triage.logs import LogReader, quote
from holmes.triage.next_calls import read_logs
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import (
    SETTLED_SECONDS,
    Container,
    grouped,
    seconds_alive,
)

# Killed sooner than this after its start: it never fits, whatever the load.
_AT_START_SECONDS = 60


def find(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each container that was killed for memory and has not recovered."""
    for workload, _, found in grouped(objects, lambda it: it.name if _matters(objects, it) else ""):
        yield _finding(objects, logs, workload, found)


def _matters(objects: ObjectSet, container: Container) -> bool:
    if text(container.ended, "reason") != "OOMKilled":
        return False
    recent = objects.age(text(container.ended, "finishedAt")) < SETTLED_SECONDS
    return not container.ready or recent


def _finding(
    objects: ObjectSet, logs: LogReader, workload: ObjectRef, found: Sequence[Container]
) -> Finding:
    worst = max(found, key=lambda each: each.restarts)
    lived = seconds_alive(worst)
    limit = text(worst.spec, "resources", "limits", "memory")
    node = f"the memory of node {text(worst.pod, 'spec', 'nodeName')} (it has no limit)"
    against = f"its memory limit of {limit}" if limit else node
    how = (
        f"{lived:.0f} s after it started" if lived < _AT_START_SECONDS
        else f"after growing for {lived / 60:.0f} min"
    )  # fmt: skip
    request = worst.last_words()
    lines = [line for line in logs.read(request) if line.strip()]
    evidence = [
        (
            f"pod {name_of(worst.pod)} container {worst.name}: terminated OOMKilled, "
            f"exit code {text(worst.ended, 'exitCode')}, restartCount {worst.restarts}, "
            f"limits.memory {limit or 'none'}"
        ),
    ]
    evidence += [
        f"{request.source}: {quote(line)}" for line in dict.fromkeys([*lines[:1], *lines[-1:]])
    ]
    cause = f"container {worst.name} is OOMKilled (exit 137): it exceeds {against} {how}"
    return about_pods(
        "out_of_memory", objects, workload, (each.pod for each in found), cause, evidence,
        next_call=read_logs(ref_of(worst.pod), worst.name, previous=request.previous),
    )  # fmt: skip
