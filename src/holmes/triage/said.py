"""What the platform itself says about a pod: whole sentences, each with where it was found."""

from collections.abc import Iterator

from holmes.triage.fields import Obj, items, mapping, name_of, number, ref_of, text
from holmes.triage.logs import both_ends
from holmes.triage.objects import ObjectSet, event_time
from holmes.triage.pods import containers, state_word

# States on the way to running, or that only repeat what another sentence says better.
_ROUTINE = frozenset({"", "ContainerCreating", "PodInitializing", "Completed", "CrashLoopBackOff"})
_REPEATS = frozenset({"ContainersNotReady", "PodCompleted", "BackOff"})
# An event that is this much older than its pod's last one is of a trouble that is over.
_SAME_TROUBLE_SECONDS = 600


def innermost(said: str, limit: int = 240) -> str:
    """A wrapped error in at most `limit` characters: where it began, and its cause at the end."""
    return both_ends(" ".join(said.split()), limit)


def events_said(objects: ObjectSet, pod: Obj, *reasons: str) -> list[Obj]:
    """The last warning event of each reason (or of these only) about a pod, oldest first."""
    last = {
        text(event, "reason"): event
        for event in objects.events(ref_of(pod), *reasons)
        if text(event, "type") != "Normal"
    }
    return sorted(last.values(), key=event_time)


def event_line(event: Obj) -> str:
    """An event as evidence: reason, how often, about what, and its message in full."""
    times = number(event, "count") or number(event, "series", "count") or 1
    about = text(event, "involvedObject", "name")
    return (
        f"event {text(event, 'reason')} (seen {times} times) on {about}: "
        f"{' '.join(text(event, 'message').split())}"
    )


def sentences(objects: ObjectSet, pod: Obj) -> list[str]:
    """Everything that the platform says is wrong with a pod, the most telling first."""
    return [f"{where}: {said}" for where, said in _told(objects, pod)]


def telling(objects: ObjectSet, pod: Obj) -> str:
    """The one sentence that tells most about why a pod isn't ready."""
    where_and_said = next(_told(objects, pod), None)
    return innermost(where_and_said[1]) if where_and_said else state_word(pod)


def _told(objects: ObjectSet, pod: Obj) -> Iterator[tuple[str, str]]:
    name = name_of(pod)
    if text(pod, "status", "message"):
        said = f"{text(pod, 'status', 'reason')}: {text(pod, 'status', 'message')}"
        yield f"pod {name} status", said.removeprefix(": ")
    yield from _states(pod)
    for each in items(pod, "status", "conditions"):
        said = text(each, "message")
        if text(each, "status") == "False" and said and text(each, "reason") not in _REPEATS:
            yield f"pod {name} condition {text(each, 'type')}", f"{text(each, 'reason')}: {said}"
    warnings = events_said(objects, pod)
    for event in reversed(warnings):
        old = objects.age(event_time(event)) - objects.age(event_time(warnings[-1]))
        if text(event, "reason") not in _REPEATS and old < _SAME_TROUBLE_SECONDS:
            heading, _, said = event_line(event).partition(": ")
            yield heading, f"{text(event, 'reason')}: {said}"


def _states(pod: Obj) -> Iterator[tuple[str, str]]:
    for each in containers(pod):
        where = f"pod {name_of(pod)} container {each.name}"
        if each.waiting not in _ROUTINE:
            said = text(each.status, "state", "waiting", "message")
            yield where, f"{each.waiting}: {said}".removesuffix(": ")
        for state in ("state", "lastState"):
            ended = mapping(each.status, state, "terminated")
            code = number(ended, "exitCode")
            if ended and code and not each.ready:
                said = f"{text(ended, 'reason')} (exit code {code}): {text(ended, 'message')}"
                yield where, said.strip().removesuffix(":")
