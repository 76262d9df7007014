"""Servers that refuse their clients, as either side's log tells: full, read-only, no slots."""

import re
from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about
from holmes.triage.fields import name_of
from holmes.triage.hosts import backends, mentions, resolve
from holmes.triage.logs import LogReader, message, quote
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import command_line, containers, environment
from holmes.triage.tails import Tail, tails

# What a server says when it refuses, what that means, and the setting of it that decides.
_REPLIES = tuple((re.compile(said), means, re.compile(setting)) for said, means, setting in (
    # Redis, Valkey: error replies OOM and MISCONF
    (r"used memory > 'maxmemory'",
     "its memory is full and it refuses writes (OOM command not allowed)",
     r"(?i)maxmemory(?:-policy)?[ =]\S+"),
    (r"MISCONF|unable to persist on disk",
     "it can't write its snapshot to disk and refuses writes (MISCONF)", r"$^"),
    (r"READONLY You can't write|read-only transaction|super-read-only",
     "it is a read-only replica and clients try to write", r"$^"),
    # PostgreSQL 53300, MySQL 1040
    (r"(?i)too many (?:clients|connections)|remaining connection slots",
     "all its connection slots are taken", r"(?i)max[_-]connections[ =]\S+"),
    (r"password authentication failed|Access denied for user|WRONGPASS|NOAUTH",
     "it refuses the client's credentials", r"$^"),
    (r"(?i)no space left on device", "its disk is full", r"$^"),
))  # fmt: skip


def find(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each server and reason, with the clients that it refuses."""
    clients: dict[tuple[ObjectRef, int], list[tuple[Tail, str]]] = {}
    for tail in tails(objects, logs):
        for line in reversed(tail.failures):
            number = next((n for n, (said, *_) in enumerate(_REPLIES) if said.search(line)), None)
            if number is not None:
                server = _server(objects, tail, line)
                clients.setdefault((server, number), []).append((tail, line))
                break
    for (server, number), found in clients.items():
        yield _finding(objects, server, number, found)


def _server(objects: ObjectSet, tail: Tail, line: str) -> ObjectRef:
    """The workload behind the host that the line names; without one, the log's own workload."""
    for mention in mentions(line):
        destination = resolve(objects, mention.host, tail.workload.namespace)
        if destination and destination.exists:
            behind = backends(objects, destination.ref)
            return behind[0] if behind else destination.ref
    return tail.workload


def _finding(
    objects: ObjectSet, server: ObjectRef, number: int, found: list[tuple[Tail, str]]
) -> Finding:
    said, means, setting = _REPLIES[number]
    settings = _settings(objects, server, setting)
    tail, line = found[0]
    evidence = [f"{tail.request.source}: {quote(line, 200, about=said)}"]
    if settings:
        pods = objects.pods_of(server)
        evidence.append(f"pod {name_of(pods[0])} command: {settings}")
    shown = f": {settings or message(line)}"
    cause = f"{means}{shown}"
    return about(
        "server_replies", server, "critical", cause, evidence,
        affected=tuple(each.workload for each, _ in found if each.workload != server),
    )  # fmt: skip


def _settings(objects: ObjectSet, server: ObjectRef, setting: re.Pattern[str]) -> str:
    for pod in objects.pods_of(server):
        for each in containers(pod):
            words = [command_line(each.spec)]
            words += [f"{name}={value}" for name, value in environment(each.spec).items()]
            found = setting.findall(" ".join(words))
            if found:
                return ", ".join(dict.fromkeys(found))
    return ""
