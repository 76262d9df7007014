"""The ends of the logs of running containers: what goes wrong now, not what once did."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from holmes.core.finding import ObjectRef
from holmes.triage.fields import Obj
from holmes.triage.hosts import UNRESOLVED
from holmes.triage.logs import LogReader, LogRequest, bare, timestamp
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import Container, containers, is_ready, judged

_FAILED = re.compile(
    r"(?i)connection refused|econnrefused|connection reset|timed? ?out|etimedout|unreachable"
    r"|no route to host|bad gateway|unavailable|gateway timeout|upstream|broken pipe"
    r"|dial tcp|connect: |could not connect|couldn't connect|failed to connect|\b50[234]\b"
    r"|forbidden|\b403\b|\b401\b|unauthorized|read.?only|too many connections|no space left"
    r"|used memory > 'maxmemory'|x509:|certificate|handshake"
)
_CALM = re.compile(r'"level": ?"(?:info|debug|trace)"|level=(?:info|debug)|"status": ?2\d\d')
# Debug lines and the frames of stack traces (Java, Python, Go, Node) say nothing of their own.
_CROWD = re.compile(
    r'"level": ?"(?:debug|trace)"|level=(?:debug|trace)|\b(?:DEBUG|TRACE)\b'
    r"|^\s+at |^\s{2,}|^\t|^goroutine \d|^\S+\(0x|^Traceback "
)
_LOOK_AT = 12
_ENOUGH = 3
_FRESH_SECONDS = 600


@dataclass(frozen=True, kw_only=True, slots=True)
class Tail:
    """The failing lines at the end of one container's log, oldest first, without timestamps."""

    workload: ObjectRef
    pod: Obj
    container: Container
    request: LogRequest
    failures: tuple[str, ...]


def tails(objects: ObjectSet, logs: LogReader) -> Iterator[Tail]:
    """The running containers whose log ends in failures, one pod of each workload.

    An unready pod is read before a ready one: it has more to say.
    """
    for workload, each, request in objects.join(_running):
        failures = failing_now(objects, logs.read(request))
        if failures:
            yield Tail(
                workload=workload, pod=each.pod, container=each, request=request,
                failures=failures,
            )  # fmt: skip


def _running(objects: ObjectSet) -> list[tuple[ObjectRef, Container, LogRequest]]:
    """The running containers of one pod of each workload, with the requests for their logs."""
    return [
        (workload, each, each.log(urgent=not each.ready))
        for workload, pods in judged(objects)
        for each in containers(min(pods, key=is_ready))
        if each.running and not each.init
    ]


def failing_now(objects: ObjectSet, lines: Sequence[str]) -> tuple[str, ...]:
    """The failures among the last lines, if they are the rule there and recent; else none."""
    last = [line for line in lines if line.strip() and not _CROWD.search(bare(line))][-_LOOK_AT:]
    failures = [line for line in last if _fails(line)]
    if len(failures) < min(_ENOUGH, len(last)) or not failures:
        return ()
    if objects.age(timestamp(failures[-1])) > _FRESH_SECONDS:
        return ()
    return tuple(map(bare, failures))


def _fails(line: str) -> bool:
    line = bare(line)
    if _CALM.search(line):
        return False
    return bool(_FAILED.search(line) or UNRESOLVED.search(line))
