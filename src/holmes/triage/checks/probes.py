"""Probes that fail: wrong port, path or protocol, too little time, or an app that isn't well."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about_pods
from holmes.triage.fields import Obj, items, mapping, name_of, number, quantity, text, when, words
from holmes.triage.fixes import patch
from holmes.triage.hosts import about_host, dependencies
from holmes.triage.listening import HANDLERS, LISTENS, asked_port, only_port, wrong_port
from holmes.triage.logs import CALM, LogReader, bare, cut, message, quote, timestamp
from holmes.triage.names import nearest
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import (
    SETTLED_SECONDS,
    Container,
    container_events,
    containers,
    grouped,
    killed_by_probe,
    patience,
    seconds_alive,
)
from holmes.triage.said import event_line, innermost

_STATUS = re.compile(r"statuscode: (\d{3})")
# The first number of three digits that stands alone: what follows is a size or a duration.
_ANSWERED = re.compile(r"(?<![\w.,:/+=-])([1-5]\d\d)(?![\w.:/-])")
_BAD_LINE = re.compile(r"(?i)error|warn|fail|unavailable")
_BAD_STATUS = 400
_TOOK = re.compile(r"(?i)\b(?:started|ready|up)\b.*? in (\d+(?:\.\d+)?) ?s")
# What a server logs, and then what the probe says, where two protocols meet (Go, grpc-go, nginx).
_SERVER_SIDE = 2
_PROTOCOLS = tuple((re.compile(pattern), why) for pattern, why in (
    ((r"TLS handshake error .*first record does not look like|plain HTTP request"
      r"|HTTP request (?:was )?(?:sent )?to (?:an )?HTTPS"),
     "the probe speaks plain HTTP, the app expects HTTPS (TLS)"),
    (r"HTTP/2 client preface|http2: server: error reading preface",
     "the probe speaks plain HTTP, the app gRPC (HTTP/2)"),
    (r"HTTP response to HTTPS client|first record does not look like a TLS handshake",
     "the probe speaks HTTPS, the app plain HTTP"),
    (r'malformed HTTP response "\\x15', "the probe speaks plain HTTP, the app expects HTTPS (TLS)"),
    (r'malformed HTTP response "\\x00\\x00', "the probe speaks plain HTTP, the app gRPC (HTTP/2)"),
    (r"looked like an HTTP/1|http2: frame too large", "the probe speaks gRPC, the app HTTP/1.1"),
    (r"grpc\.health\.v1|grpc health protocol", "the app has no gRPC health service"),
    (r"error reading server preface: EOF", "the probe speaks plain gRPC, the app likely TLS"),
))  # fmt: skip
_REFUSED = re.compile(r"connection refused|failed to connect|connection reset")
_SLOW = re.compile(r"(?i)timeout|timed out|deadline exceeded")
_NO_COMMAND = re.compile(
    r'exec: \\?"([^"\\]+)\\?": (?:stat|executable file not found|no such file)'
)
# Where a probe times out, a limit this small is the likelier reason: 10 ms of cpu in each 100 ms.
_TINY_CPU = 0.1


def find(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each container of a workload that a probe holds back or kills."""
    for workload, _, found in grouped(objects, lambda it: _name(it, _failing_probe(objects, it))):
        yield _finding(objects, logs, workload, _failing_probe(objects, found[0]), found)


def _name(container: Container, probe: str) -> str:
    return probe and f"{container.name} {probe}"


def _failing_probe(objects: ObjectSet, container: Container) -> str:
    """Which probe fails, by what the container's state says; empty for none."""
    if container.init:
        return ""
    recent = objects.age(text(container.ended, "finishedAt")) < SETTLED_SECONDS
    killer = killed_by_probe(objects, container)
    if killer and (recent or container.waiting == "CrashLoopBackOff"):
        return killer
    if not container.running or container.ready:
        return ""
    running = objects.age(text(container.status, "state", "running", "startedAt"))
    for probe in ("startupProbe", "readinessProbe"):
        spec = mapping(container.spec, probe)
        if not spec or (probe == "startupProbe" and container.status.get("started") is True):
            continue
        return probe if running > patience(spec) else ""
    return ""


def _finding(
    objects: ObjectSet,
    logs: LogReader,
    workload: ObjectRef,
    probe: str,
    found: Sequence[Container],
) -> Finding:
    first, kind = found[0], probe.removesuffix("Probe").capitalize()
    spec = mapping(first.spec, probe)
    events = container_events(objects, first, "Unhealthy")
    unhealthy = [event for event in events if text(event, "message").startswith(kind)]
    said = text(unhealthy[-1], "message") if unhealthy else ""
    kills = bool(killed_by_probe(objects, first))
    lines = logs.read(first.last_words() if kills else first.log())
    line = _decisive([bare(each) for each in lines], text(spec, "httpGet", "path"))
    asks = _asks(spec)
    evidence = [f"pod {name_of(first.pod)} container {first.name}: {probe} {asks}"]
    evidence += [event_line(event) for event in unhealthy[-1:]]
    if kills:
        evidence.append(
            f"pod {name_of(first.pod)} container {first.name}: ended with exit code "
            f"{text(first.ended, 'exitCode')} {seconds_alive(first):.0f} s after its start, "
            f"{_time(spec)}"
        )
    if line:
        evidence.append(f"log of {name_of(first.pod)}: {quote(line)}")
    effect = "restarts the container" if kills else "keeps the pods from becoming ready"
    code = _code(said, text(spec, "httpGet", "path"), lines)
    answer = f"the app answers {code}: " if code >= _BAD_STATUS and str(code) not in line else ""
    why = (
        _why(objects, first, spec, said, lines)
        or (_late(first, spec, lines) if kills else "")
        or (answer + message(line) + about_host(objects, line, workload.namespace) if line else "")
        or (_too_short(first, spec, said) if kills else "")
        or innermost(said)
        or f"it does not succeed{_throttled(first)}"
    )
    cause = f"{probe} {asks} {effect}: {why}"
    wrong = wrong_port(first, spec, lines)
    fix = _move(first, workload, probe, only_port(first, lines)) if wrong and wrong in why else ""
    return about_pods(
        "probes", objects, workload, (each.pod for each in found), cause, evidence,
        explained_by=dependencies(objects, workload.namespace, [line]) if line else (), fix=fix,
    )  # fmt: skip


def _move(container: Container, workload: ObjectRef, probe: str, port: int) -> str:
    """The probe to the one port that the container opens."""
    if not port or workload.kind not in {"Deployment", "StatefulSet", "DaemonSet"}:
        return ""
    at = [text(each, "name") for each in items(container.pod, "spec", "containers")]
    handler = next(each for each in HANDLERS if each in mapping(container.spec, probe))
    where = f"/spec/template/spec/containers/{at.index(container.name)}/{probe}/{handler}/port"
    return patch(workload, where, port)


def _decisive(lines: Sequence[str], path: str) -> str:
    """The last line that answers the probe badly, else the last bad line."""
    bad = [line for line in lines if _BAD_LINE.search(line) or _answer(line) >= _BAD_STATUS]
    answers = [line for line in bad if path and path in line]
    # What its own logger calls mere information says less than what it calls an error.
    loud = [line for line in bad if not CALM.search(line)]
    return next(reversed(answers), "") or next(reversed(loud or bad), "")


def _asks(probe: Obj) -> str:
    http = mapping(probe, "httpGet")
    if http:
        scheme = " (HTTPS)" if text(http, "scheme") == "HTTPS" else ""
        return f"GET {text(http, 'path') or '/'} on port {text(http, 'port')}{scheme}"
    if "tcpSocket" in probe:
        return f"connects to port {text(probe, 'tcpSocket', 'port')}"
    if "grpc" in probe:
        return f"asks gRPC health on port {text(probe, 'grpc', 'port')}"
    return f"runs {cut(' '.join(words(probe, 'exec', 'command')), 80)}"


def _why(
    objects: ObjectSet, container: Container, probe: Obj, said: str, lines: Sequence[str]
) -> str:
    """What in the probe itself can't work, by its spec, its failure and the container's log."""
    path = text(probe, "httpGet", "path")
    code = _code(said, path, lines)
    protocol = _wrong_protocol(container, probe, said, lines)
    if protocol:
        return protocol
    if code == 404:
        near = nearest(path.strip("/"), _probed_paths(objects, container))
        hint = f" (other probes here ask /{near})" if near else ""
        return f"the app answers 404, it has no {path}{hint}"
    if code == 400 and "httpGet" in probe and text(probe, "httpGet", "scheme") != "HTTPS":
        return "the app answers 400 to plain HTTP, it seems to expect HTTPS (TLS)"
    if code in {401, 403}:
        return f"the app answers {code}: the path needs a login that a probe does not have"
    if command := _NO_COMMAND.search(said):
        return f"its command {command[1]} does not exist in the container"
    answers = code or (said and not _REFUSED.search(said) and not _SLOW.search(said))
    wrong = (
        "" if answers or _works(objects, container, probe) else wrong_port(container, probe, lines)
    )
    return wrong or _slow(container, probe, said)


def _works(objects: ObjectSet, container: Container, probe: Obj) -> bool:
    """Whether the same probe of another pod of the workload succeeds, so that its port is right."""
    others = objects.pods_of(objects.workload(container.pod))
    return any(
        each.ready and each.name == container.name and probe in each.spec.values()
        for pod in others
        for each in containers(pod)
    )


def _code(said: str, path: str, lines: Sequence[str]) -> int:
    """The status that the app answered: by the event, else by the app's own log of that path."""
    if found := _STATUS.search(said):
        return int(found[1])
    asked = [line for line in lines if path and path in line] if not said else []
    answers = [code for line in asked if (code := _answer(line.split(path, 1)[1]))]
    return answers[-1] if answers else 0


def _answer(line: str) -> int:
    """The HTTP status in a line of an access log; 0 where there is none."""
    found = _ANSWERED.search(line)
    return int(found[1]) if found else 0


def _wrong_protocol(container: Container, probe: Obj, said: str, lines: Sequence[str]) -> str:
    heard = "\n".join(lines)
    for number_, (pattern, why) in enumerate(_PROTOCOLS):
        if pattern.search(said) or (number_ < _SERVER_SIDE and pattern.search(heard)):
            return why
    names = [text(each, "name") for each in container.spec.get("ports") or []
             if number(each, "containerPort") == asked_port(container, probe)]  # fmt: skip
    plain = "httpGet" in probe and text(probe, "httpGet", "scheme") != "HTTPS"
    # A port's name is a convention (https, grpc), so it counts only where nothing else speaks.
    if plain and names and not said:
        if names[0].startswith("https"):
            return f"the probe speaks plain HTTP, the port is named {names[0]}"
        if names[0].startswith("grpc"):
            return f"the probe speaks HTTP, the port is named {names[0]}"
    return ""


def _slow(container: Container, probe: Obj, said: str) -> str:
    if not _SLOW.search(said) or _REFUSED.search(said):
        return ""
    seconds = number(probe, "timeoutSeconds") or 1
    return f"no answer within timeoutSeconds {seconds}{_throttled(container)}"


def _throttled(container: Container) -> str:
    limit = text(container.spec, "resources", "limits", "cpu")
    return f"; its cpu limit of {limit} throttles it" if 0 < quantity(limit) <= _TINY_CPU else ""


def _time(probe: Obj) -> str:
    """How long a probe lets a container start, with the arithmetic."""
    return (
        f"the probe allows {patience(probe)} s (initialDelaySeconds "
        f"{number(probe, 'initialDelaySeconds')} + periodSeconds "
        f"{number(probe, 'periodSeconds') or 10} x failureThreshold "
        f"{number(probe, 'failureThreshold') or 3})"
    )


def _late(container: Container, probe: Obj, lines: Sequence[str]) -> str:
    """That the app was up only after the probe's time, as its log tells."""
    started = when(text(container.ended, "startedAt"))
    for line in lines:
        took = _TOOK.search(line)
        stamp = when(timestamp(line)) if LISTENS.search(line) else None
        seconds = float(took[1]) if took else 0.0
        if stamp and started:
            seconds = max(seconds, (stamp - started).total_seconds())
        if seconds > patience(probe) - (number(probe, "periodSeconds") or 10):
            return f"the app is up only {seconds:.0f} s after its start, {_time(probe)}"
    return ""


def _too_short(container: Container, probe: Obj, said: str) -> str:
    """What is left where a container is killed while it starts, without a word in its log."""
    if said and not _REFUSED.search(said):
        return ""
    return (
        f"nothing answers on it, the container was killed {seconds_alive(container):.0f} s after "
        f"its start, {_time(probe)}: too little time to start, or the app does not come up"
    )


def _probed_paths(objects: ObjectSet, container: Container) -> list[str]:
    """The paths of probes in the same namespace that succeed, the most common first."""
    found: Counter[str] = Counter()
    for pod in objects.within(text(container.pod, "metadata", "namespace"), "Pod"):
        for each in containers(pod):
            if each.ready:
                path = text(each.spec, "readinessProbe", "httpGet", "path").strip("/")
                found.update([path] if path else [])
    return [path for path, _ in found.most_common()]
