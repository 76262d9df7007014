"""Servers that refuse their clients, as either side's log tells: full, read-only, no slots."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from holmes.core.finding import Finding, ObjectRef, named
from holmes.triage.fields import name_of
from holmes.triage.hosts import backends, mentions, resolve
from holmes.triage.logs import LogReader, quote
from holmes.triage.next_calls import describe
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import command_line, containers, environment
from holmes.triage.tails import Tail, tails


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What a server says when it refuses, and the setting of that server that decides it."""

    said: re.Pattern[str]
    means: str
    setting: re.Pattern[str] | None = None


_REPLIES = (
    Reply(  # Redis, Valkey: error reply OOM
        said=re.compile(r"used memory > 'maxmemory'"),
        means="its memory is full and it refuses writes (OOM command not allowed)",
        setting=re.compile(r"maxmemory(?:-policy)?[ =]\S+", re.IGNORECASE),
    ),
    Reply(  # Redis: error reply MISCONF
        said=re.compile(r"MISCONF|unable to persist on disk"),
        means="it can't write its snapshot to disk and refuses writes (MISCONF)",
    ),
    Reply(
        said=re.compile(r"READONLY You can't write|read-only transaction|super-read-only"),
        means="it is a read-only replica and clients try to write",
    ),
    Reply(  # PostgreSQL 53300, MySQL 1040
        said=re.compile(r"(?i)too many (?:clients|connections)|remaining connection slots"),
        means="all its connection slots are taken",
        setting=re.compile(r"max[_-]connections[ =]\S+", re.IGNORECASE),
    ),
    Reply(
        said=re.compile(r"password authentication failed|Access denied for user|WRONGPASS|NOAUTH"),
        means="it refuses the client's credentials",
    ),
    Reply(
        said=re.compile(r"no space left on device", re.IGNORECASE),
        means="its disk is full",
    ),
)  # fmt: skip


def find(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each server and reason, with the clients that it refuses."""
    clients: dict[tuple[ObjectRef, int], list[tuple[Tail, str]]] = {}
    for tail in tails(objects, logs):
        for line in reversed(tail.failures):
            number = next((n for n, reply in enumerate(_REPLIES) if reply.said.search(line)), None)
            if number is not None:
                server = _server(objects, tail, line)
                clients.setdefault((server, number), []).append((tail, line))
                break
    for (server, number), found in clients.items():
        yield _finding(objects, server, _REPLIES[number], found)


def _server(objects: ObjectSet, tail: Tail, line: str) -> ObjectRef:
    """The workload behind the host that the line names; without one, the log's own workload."""
    for mention in mentions(line):
        destination = resolve(objects, mention.host, tail.workload.namespace)
        if destination and destination.exists:
            behind = backends(objects, destination.ref)
            return behind[0] if behind else destination.ref
    return tail.workload


def _finding(
    objects: ObjectSet, server: ObjectRef, reply: Reply, found: list[tuple[Tail, str]]
) -> Finding:
    settings = _settings(objects, server, reply)
    tail, line = found[0]
    evidence = [f"{tail.request.source}: {quote(line, 200, about=reply.said)}"]
    if settings:
        pods = objects.pods_of(server)
        evidence.append(f"pod {name_of(pods[0])} command: {settings}")
    shown = f": {settings}" if settings else ""
    return Finding(
        check="server_replies",
        severity="critical",
        **named(server),
        cause=f"{reply.means}{shown}",
        evidence=tuple(evidence),
        affected=tuple(each.workload for each, _ in found if each.workload != server),
        next_call=describe(server),
    )


def _settings(objects: ObjectSet, server: ObjectRef, reply: Reply) -> str:
    if reply.setting is None:
        return ""
    for pod in objects.pods_of(server):
        for each in containers(pod):
            words = [command_line(each.spec)]
            words += [f"{name}={value}" for name, value in environment(each.spec).items()]
            found = reply.setting.findall(" ".join(words))
            if found:
                return ", ".join(dict.fromkeys(found))
    return ""
