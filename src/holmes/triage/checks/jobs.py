"""Jobs and pods of their own that failed: backoff limit, deadline, and their last words."""

from collections.abc import Iterator, Sequence

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about
from holmes.triage.fields import (
    Obj,
    condition,
    flag,
    items,
    name_of,
    namespace_of,
    number,
    ref_of,
    text,
)
from holmes.triage.hosts import dependencies
from holmes.triage.logs import LogReader, decisive, message, quote
from holmes.triage.next_calls import describe, read_logs
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import Container, containers, is_terminating, refs
from holmes.triage.said import innermost

# The setting that was exceeded, by the reason of the condition.
_LIMITS = {"BackoffLimitExceeded": "backoffLimit", "DeadlineExceeded": "activeDeadlineSeconds"}


def find(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each Job whose latest outcome is failure, and each bare pod that failed."""
    for workload, pods in objects.workloads().items():
        if workload.kind == "Pod":
            yield from _alone(logs, pods[0])
    for job in objects.all("Job"):
        failed = condition(job, "Failed")
        if text(failed, "status") != "True" and not _keeps_failing(job):
            continue
        if not _superseded(objects, job):
            yield _finding(objects, logs, job, failed)


def _alone(logs: LogReader, pod: Obj) -> Iterator[Finding]:
    """The finding about a pod without any controller; one that its node ended has another."""
    failed = text(pod, "status", "phase") == "Failed" and not text(pod, "status", "reason")
    if text(pod, "status", "reason") == "DeadlineExceeded":
        said = f"pod {name_of(pod)} status: DeadlineExceeded: {text(pod, 'status', 'message')}"
        seconds = number(pod, "spec", "activeDeadlineSeconds")
        cause = f"it was ended for running longer than its activeDeadlineSeconds {seconds}"
        yield about("jobs", pod, "warning", cause, [said])
    broken = _last_failed([pod]) if failed and not is_terminating(pod) else None
    if broken:
        line = decisive(logs.read(broken.log()))
        ended = f"container {broken.name} ended with exit code {number(broken.ended, 'exitCode')}"
        said = f"log of {name_of(pod)}: {quote(line)}" if line else f"pod {name_of(pod)}: {ended}"
        cause = f"{ended}: {message(line)}" if line else ended
        call = read_logs(ref_of(pod), broken.name)
        yield about("jobs", pod, "warning", cause, [said], next_call=call)


def _keeps_failing(job: Obj) -> bool:
    done = text(condition(job, "Complete"), "status") == "True"
    return not done and not flag(job, "spec", "suspend") and number(job, "status", "failed") > 0


def _superseded(objects: ObjectSet, job: Obj) -> bool:
    """Whether a later run of the same CronJob succeeded."""
    owner = objects.workload(job)
    if owner.kind != "CronJob":
        return False
    started = text(job, "metadata", "creationTimestamp")
    return any(
        objects.workload(other) == owner
        and text(other, "metadata", "creationTimestamp") > started
        and text(condition(other, "Complete"), "status") == "True"
        for other in objects.within(namespace_of(job), "Job")
    )


def _finding(objects: ObjectSet, logs: LogReader, job: Obj, failed: Obj) -> Finding:
    ref = ref_of(job)
    pods = [
        pod
        for pod in objects.within(ref.namespace, "Pod")
        if any(text(owner, "uid") == text(job, "metadata", "uid")
               for owner in items(pod, "metadata", "ownerReferences"))
    ]  # fmt: skip
    broken = _last_failed(pods)
    line, evidence = "", [(f"Job {ref.name} status: failed {number(job, 'status', 'failed')}, "
                          f"backoffLimit {text(job, 'spec', 'backoffLimit')}")]  # fmt: skip
    call = describe(ref)
    if broken:
        request = broken.last_words()
        line = decisive(logs.read(request))
        code = number(broken.ended, "exitCode")
        evidence.append(f"pod {name_of(broken.pod)} container {broken.name}: exit code {code}")
        call = read_logs(ref_of(broken.pod), broken.name, previous=request.previous)
        if line:
            evidence.insert(0, f"{request.source}: {quote(line)}")
    reason = text(failed, "reason")
    limit = text(job, "spec", _LIMITS.get(reason, ""))
    told = [f"{_LIMITS[reason]} {limit}"] if limit else []
    told += [f"exit code {number(broken.ended, 'exitCode')}"] if broken else []
    state = ", ".join([reason, *told] if reason else told)
    happened = "the Job failed" if reason else "the Job's pods keep failing"
    outcome = f"{happened} ({state})" if state else happened
    why = message(line) if line else innermost(text(failed, "message")) or "its pods say nothing"
    cause = f"{outcome}: {why}"
    return about(
        "jobs", job, "critical" if reason else "warning", cause, evidence,
        affected=(*refs(pods), *_schedule(objects, job)), next_call=call,
        explained_by=(*dependencies(objects, ref.namespace, [line]), *refs(pods)),
    )  # fmt: skip


def _schedule(objects: ObjectSet, job: Obj) -> Sequence[ObjectRef]:
    owner = objects.workload(job)
    return [owner] if owner.kind == "CronJob" else []


def _last_failed(pods: Sequence[Obj]) -> Container | None:
    ended = [
        each
        for pod in pods
        for each in containers(pod)
        if each.ended and number(each.ended, "exitCode") != 0
    ]
    return max(ended, key=lambda each: text(each.ended, "finishedAt"), default=None)
