"""Probes that fail: wrong port, path or scheme, too little time, or an app that isn't well."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.causes import dependencies
from holmes.triage.fields import Obj, dig, items, mapping, name_of, number, ref_of, text, words
from holmes.triage.logs import LogReader, bare, cut, message, quote
from holmes.triage.names import nearest
from holmes.triage.next_calls import describe
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import (
    SETTLED_SECONDS,
    Container,
    container_events,
    containers,
    ended_for_probe,
    judged,
    listens_on,
    refs,
    severity_of,
)

_STATUS = re.compile(r"\b([1-5]\d\d)\s*$")
_LISTENS = re.compile(r"(?i)(?:listening|listens|serving|started|running)\b.*?[:\s](\d{2,5})\b")
_BAD_LINE = re.compile(r'"status": ?[45]\d\d|\b[45]\d\d\b|(?i:error|warn|fail|unavailable)')


def find(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each container of a workload that a probe holds back or kills."""
    for workload, pods in judged(objects):
        failing: dict[tuple[str, str], list[Container]] = defaultdict(list)
        for pod in pods:
            for each in containers(pod):
                probe = _failing_probe(objects, each)
                if probe:
                    failing[each.name, probe].append(each)
        for (_, probe), found in failing.items():
            yield _finding(objects, logs, workload, probe, found)


def _failing_probe(objects: ObjectSet, container: Container) -> str:
    """Which probe fails, by what the container's state says; empty for none."""
    if container.init:
        return ""
    if _killed(objects, container):
        started = container.status.get("started") is not False
        return (
            "startupProbe"
            if container.spec.get("startupProbe") and not started
            else "livenessProbe"
        )
    if not container.running or container.ready:
        return ""
    running = objects.age(text(container.status, "state", "running", "startedAt"))
    for probe in ("startupProbe", "readinessProbe"):
        spec = mapping(container.spec, probe)
        if not spec or (probe == "startupProbe" and container.status.get("started") is True):
            continue
        return probe if running > _patience(spec) else ""
    return ""


def _patience(probe: Obj) -> int:
    """Seconds that a probe may fail before it counts."""
    period = number(probe, "periodSeconds") or 10
    failures = number(probe, "failureThreshold") or 3
    return number(probe, "initialDelaySeconds") + period * failures


def _killed(objects: ObjectSet, container: Container) -> bool:
    """Whether the kubelet ended its last run for a probe, and not long ago."""
    recent = objects.age(text(container.ended, "finishedAt")) < SETTLED_SECONDS
    out_of_memory = text(container.ended, "reason") == "OOMKilled"
    return recent and not out_of_memory and ended_for_probe(objects, container)


def _finding(
    objects: ObjectSet,
    logs: LogReader,
    workload: ObjectRef,
    probe: str,
    found: Sequence[Container],
) -> Finding:
    first = found[0]
    spec = mapping(first.spec, probe)
    unhealthy = container_events(objects, first, "Unhealthy")
    said = text(unhealthy[-1], "message") if unhealthy else ""
    kills = probe == "livenessProbe"
    lines = [bare(line) for line in logs.read(first.last_words() if kills else first.log())]
    line = _decisive(lines, text(spec, "httpGet", "path"))
    asks = _asks(spec)
    evidence = [f"pod {name_of(first.pod)} container {first.name}: {probe} {asks}"]
    if unhealthy:
        times = number(unhealthy[-1], "count") or 1
        evidence.append(
            f"event Unhealthy (seen {times} times) on {name_of(first.pod)}: {cut(said, 150)}"
        )
    if line:
        evidence.append(f"log of {name_of(first.pod)}: {quote(line)}")
    effect = "restarts the container" if kills else "keeps the pods from becoming ready"
    why = _why(objects, first, spec, said, lines) or (message(line) if line else cut(said, 120))
    return Finding(
        check="probes",
        severity=severity_of(objects, workload),
        kind=workload.kind,
        namespace=workload.namespace,
        name=workload.name,
        cause=f"{probe} {asks} {effect}: {why or 'it does not succeed'}",
        evidence=tuple(evidence),
        affected=refs(each.pod for each in found),
        next_call=describe(ref_of(first.pod)),
        explained_by=dependencies(objects, workload.namespace, [line]) if line else (),
    )


def _decisive(lines: Sequence[str], path: str) -> str:
    """The last line that answers the probe badly, else the last bad line."""
    bad = [line for line in lines if _BAD_LINE.search(line)]
    answers = [line for line in bad if path and path in line]
    return next(reversed(answers), "") or next(reversed(bad), "")


def _asks(probe: Obj) -> str:
    http = mapping(probe, "httpGet")
    if http:
        return f"GET {text(http, 'path') or '/'} on port {text(http, 'port')}"
    if "tcpSocket" in probe:
        return f"connects to port {text(probe, 'tcpSocket', 'port')}"
    if "grpc" in probe:
        return f"asks gRPC health on port {text(probe, 'grpc', 'port')}"
    return f"runs {cut(' '.join(words(probe, 'exec', 'command')), 80)}"


def _why(
    objects: ObjectSet, container: Container, probe: Obj, said: str, lines: Sequence[str]
) -> str:
    status = _STATUS.search(said)
    code = int(status[1]) if status else 0
    if code == 404:
        path = text(probe, "httpGet", "path")
        near = nearest(path.strip("/"), _probed_paths(objects, container))
        hint = f" (other probes here ask /{near})" if near else ""
        return f"the app answers 404, it has no {path}{hint}"
    if code in {401, 403}:
        return f"the app answers {code}: the path needs a login that a probe does not have"
    return (
        _wrong_port(container, probe, lines)
        or _wrong_scheme(probe, code, said)
        or _too_slow(probe, said)
    )


def _wrong_port(container: Container, probe: Obj, lines: Sequence[str]) -> str:
    asked = dig(probe, "httpGet", "port") or dig(probe, "tcpSocket", "port")
    declared = {text(port, "name"): number(port, "containerPort")
                for port in items(container.spec, "ports")}  # fmt: skip
    if isinstance(asked, str) and not asked.isdigit():
        return "" if asked in declared else f"the container has no port named {asked}"
    if asked is None:
        return ""
    heard = [int(match[1]) for line in lines if (match := _LISTENS.search(line))]
    if heard and int(str(asked)) not in heard:
        return f"the app listens on port {heard[-1]}, not {asked}"
    ports = listens_on(container.pod)
    if ports and int(str(asked)) not in ports:
        return f"the container's ports are {', '.join(map(str, ports))}, not {asked}"
    return ""


def _wrong_scheme(probe: Obj, code: int, said: str) -> str:
    scheme = text(probe, "httpGet", "scheme")
    if scheme == "HTTPS" and re.search(r"(?i)HTTP response to HTTPS|first record", said):
        return "the probe speaks HTTPS, the app plain HTTP"
    if scheme == "HTTP" and (code == 400 or "malformed HTTP response" in said):
        return "the probe speaks plain HTTP, the app seems to expect HTTPS"
    return ""


def _too_slow(probe: Obj, said: str) -> str:
    if not re.search(r"(?i)timeout|deadline exceeded", said):
        return ""
    return f"no answer within timeoutSeconds {number(probe, 'timeoutSeconds') or 1}"


def _probed_paths(objects: ObjectSet, container: Container) -> list[str]:
    """The paths of probes in the same namespace that succeed, the most common first."""
    found: Counter[str] = Counter()
    for pod in objects.within(text(container.pod, "metadata", "namespace"), "Pod"):
        for each in containers(pod):
            if each.ready:
                path = text(each.spec, "readinessProbe", "httpGet", "path").strip("/")
                found.update([path] if path else [])
    return [path for path, _ in found.most_common()]
