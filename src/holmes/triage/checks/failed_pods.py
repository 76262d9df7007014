"""Pods of their own, without any controller, that ended in failure."""

from collections.abc import Iterator

from holmes.core.finding import Finding
from holmes.triage.about import about
from holmes.triage.fields import Obj, name_of, number, ref_of, text
from holmes.triage.logs import LogReader, decisive, message, quote
from holmes.triage.next_calls import read_logs
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import Container, containers, is_terminating


def find(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each bare pod whose phase is Failed."""
    for workload, pods in objects.workloads().items():
        pod = pods[0]
        failed = text(pod, "status", "phase") == "Failed" and not text(pod, "status", "reason")
        if workload.kind != "Pod" or not failed or is_terminating(pod):
            continue
        broken = [each for each in containers(pod) if number(each.ended, "exitCode")]
        if broken:
            yield _finding(logs, pod, broken[0])


def _finding(logs: LogReader, pod: Obj, container: Container) -> Finding:
    code = number(container.ended, "exitCode")
    line = decisive(logs.read(container.log()))
    ended = f"container {container.name} ended with exit code {code}"
    cause = f"{ended}: {message(line)}" if line else ended
    evidence = (
        f"log of {name_of(pod)}: {quote(line)}" if line else f"pod {name_of(pod)}: {ended}",
    )
    return about(
        "failed_pods", pod, "warning", cause, evidence,
        next_call=read_logs(ref_of(pod), container.name),
    )  # fmt: skip
