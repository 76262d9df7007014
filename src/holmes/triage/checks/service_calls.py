"""Calls that fail, as the callers' logs tell, resolved to the Service that they meant."""

from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about
from holmes.triage.fields import name_of, ref_of
from holmes.triage.hosts import (
    UNRESOLVED,
    Mention,
    about_host,
    address_text,
    backends,
    mentions,
    resolve,
)
from holmes.triage.logs import LogReader, message, quote
from holmes.triage.next_calls import read_logs
from holmes.triage.objects import ObjectSet
from holmes.triage.tails import Tail, tails


def find(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each container whose log ends in failed calls to a host that it names."""
    for tail in tails(objects, logs):
        finding = _finding(objects, tail)
        if finding:
            yield finding


def _finding(objects: ObjectSet, tail: Tail) -> Finding | None:
    line, mention = _named(objects, tail)
    if mention is None:
        return None
    why, explained_by = _why(objects, tail, mention, line)
    if not why:
        return None
    workload = tail.workload
    return about(
        "service_calls", workload, "warning", why,
        (f"{tail.request.source} ({len(tail.failures)} such lines): {quote(line)}",),
        next_call=read_logs(ref_of(tail.pod), tail.container.name), explained_by=explained_by,
    )  # fmt: skip


def _named(objects: ObjectSet, tail: Tail) -> tuple[str, Mention | None]:
    """The latest failing line that names a host, in the cluster before outside, and that host."""
    outside: tuple[str, Mention | None] = ("", None)
    for line in reversed(tail.failures):
        for mention in mentions(line):
            destination = resolve(objects, mention.host, tail.workload.namespace)
            if destination and (destination.exists or UNRESOLVED.search(line)):
                if destination.ref != ref_of(tail.pod):
                    return line, mention
            elif "." in mention.host and outside[1] is None and destination is None:
                outside = line, mention
    return outside


def _why(
    objects: ObjectSet, tail: Tail, mention: Mention, line: str
) -> tuple[str, tuple[ObjectRef, ...]]:
    destination = resolve(objects, mention.host, tail.workload.namespace)
    if destination is None:
        return f"calls to {address_text(mention)} fail: {message(line)}", ()
    ref = destination.ref
    if wrong := about_host(objects, line, tail.workload.namespace):
        who = f"container {tail.container.name} of {name_of(tail.pod)}"
        return f"{who} calls {address_text(mention)}{wrong}", (tail.workload,)
    port = f" port {mention.port}" if mention.port else ""
    return (
        f"calls to {ref.kind} {ref.name}{port} fail: {message(line)}",
        (ref, *(each for each in backends(objects, ref) if each != tail.workload)),
    )
