"""Init containers that wait for something that isn't there: a Service with another name."""

from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about_pods
from holmes.triage.fields import Obj, mapping, name_of, ref_of, text
from holmes.triage.hosts import Destination, backends, mentions, resolve
from holmes.triage.logs import LogReader, bare, cut, message, quote
from holmes.triage.next_calls import read_logs
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import (
    Container,
    command_line,
    containers,
    environment,
    is_ready,
    judged,
)
from holmes.triage.references import instead

# An init container that has run for this long is waiting rather than working, if it names a host.
_PATIENCE_SECONDS = 60
# One that names nothing, or something that is well, may be at work: a migration, a download.
_LONG_SECONDS = 900


def find(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each init container that keeps a workload's pods from starting."""
    for workload, pods in judged(objects):
        waiting = [(pod, each) for pod in pods if (each := _waits(objects, pod))]
        finding = _finding(objects, logs, workload, waiting) if waiting else None
        if finding:
            yield finding


def _waits(objects: ObjectSet, pod: Obj) -> Container | None:
    for each in containers(pod) if mapping(pod, "spec").get("initContainers") else ():
        # A sidecar (an init container with restartPolicy Always) is meant to go on running.
        if not each.init or not each.running or text(each.spec, "restartPolicy") == "Always":
            continue
        if objects.age(text(each.status, "state", "running", "startedAt")) > _PATIENCE_SECONDS:
            return each
    return None


def _finding(
    objects: ObjectSet,
    logs: LogReader,
    workload: ObjectRef,
    waiting: list[tuple[Obj, Container]],
) -> Finding | None:
    pod, container = waiting[0]
    request = container.log()
    lines = [line for line in map(bare, logs.read(request)) if line]
    command = " ".join([command_line(container.spec), *environment(container.spec).values()])
    destination = _destination(objects, workload.namespace, [*lines[-5:][::-1], command])
    seconds = objects.age(text(container.status, "state", "running", "startedAt"))
    if seconds < _LONG_SECONDS and not _is_unwell(objects, destination):
        return None
    why, behind = _why(objects, destination)
    evidence = [
        f"{request.source} container {container.name}: {quote(line)}" for line in lines[-1:]
    ]
    evidence.append(
        f"pod {name_of(pod)} init container {container.name}: running {seconds / 60:.0f} min"
    )
    if destination is None:
        last = f"its last line: {message(lines[-1])}" if lines else ""
        runs = command_line(container.spec)
        last = last or f"it runs: {cut(runs, 120)}"
        why = f"{why}; {last}"
    cause = f"init container {container.name} never finishes: {why}"
    return about_pods(
        "init_wait", objects, workload, (each for each, _ in waiting), cause, evidence,
        next_call=read_logs(ref_of(pod), container.name), explained_by=behind,
    )  # fmt: skip


def _destination(objects: ObjectSet, namespace: str, lines: list[str]) -> Destination | None:
    """What it waits for: a host that doesn't exist before one that does."""
    found = [
        destination
        for line in lines
        for mention in mentions(line)
        if (destination := resolve(objects, mention.host, namespace))
    ]
    return next((each for each in found if each.exists is False), found[0] if found else None)


def _is_unwell(objects: ObjectSet, destination: Destination | None) -> bool:
    """Whether what it waits for is missing, or has no ready pod."""
    if destination is None or destination.exists is None:
        return False
    pods = [pod for ref in backends(objects, destination.ref) for pod in objects.pods_of(ref)]
    return not any(map(is_ready, pods))


def _why(objects: ObjectSet, destination: Destination | None) -> tuple[str, tuple[ObjectRef, ...]]:
    if destination is None:
        return "its log and command name nothing in the cluster", ()
    name = destination.ref.name
    if destination.exists is False:
        where = destination.ref.namespace
        hint = instead(objects, "Service", where, name)
        return f"it waits for {name}, and no Service {name} exists in {where}{hint}", ()
    return f"it waits for {destination.ref}", (destination.ref, *backends(objects, destination.ref))
