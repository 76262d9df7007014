"""kubectl_logs: the log of the pod and container that fails, whatever the model could name."""

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import anyio
from anyio import to_thread

from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import LogLine, LogLines, ToolOutput
from holmes.kubernetes.objects import (
    LOOKUP_SECONDS,
    Missing,
    Place,
    find_place,
    kubectl,
    nowhere,
    places_in,
    refused_name,
)
from holmes.kubernetes.pods import (
    Container,
    KubeObject,
    containers,
    failing_container,
    owned_by,
    pod_state,
    worst_first,
)
from holmes.kubernetes.target import KubeTarget
from holmes.tools.base import Mask
from holmes.tools.masking import masked_data
from holmes.tools.output import OTHER_SHAPE, not_started, output_of
from holmes.tools.process import run_process
from holmes.toolsets.kubernetes.labels import selected, tidied_labels, unlabelled

_TAIL = 100
# With a filter, the lines to look through.
_SEARCHED = 5000
_MOST_PODS = 10
_DATE = re.compile(r"\d{4}-")
_POD_KINDS = frozenset({"", "po", "pod", "pods"})

_DEFINITION = ToolDefinition(
    name="kubectl_logs",
    description="Logs of a pod, or of the failing pod of a workload.",
    parameters={
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "pod, deploy/NAME, or labels app=x"},
            "namespace": {"type": "string"},
            "container": {"type": "string"},
            "previous": {"type": "boolean", "description": "the run before the restart"},
            "tail": {"type": "integer"},
            "since": {"type": "string", "description": "e.g. 10m, or a time"},
            "filter": {"type": "string", "description": "regex"},
            "all": {"type": "boolean", "description": "all pods of the workload, by time"},
        },
        "required": ["name"],
    },
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Choice:
    """The pod and container to read, and how they were chosen; `others` fit the name as well."""

    namespace: str
    pod: str
    container: Container | None
    state: str
    note: str
    others: tuple["_Choice", ...] = ()

    @property
    def source(self) -> str:
        """Whose log it is: the pod, and its container."""
        return f"{self.pod}/{self.container.name}" if self.container else self.pod


@dataclass(frozen=True, kw_only=True, slots=True)
class LogsTool:
    """Resolves a pod's name, its beginning or a workload to one container, and reads its log.

    Of several pods the failing one is read, of several containers the failing one, init containers
    included; the note says which. `kubectl logs deploy/x` takes any pod, mostly the healthy old
    one of a rollout that is stuck (seen with kubectl 1.37, 2026-11-24).
    """

    target: KubeTarget
    mask: Mask
    timeout: float = 3 * LOOKUP_SECONDS

    @property
    def definition(self) -> ToolDefinition:
        """The tool as a model sees it."""
        return _DEFINITION

    def preview(self, arguments: JsonObject) -> str:
        """The command, as far as it is known before the pod is looked up."""
        tidy = tidied_labels(arguments, self.target)
        namespace, labels = tidy.get("namespace"), str(tidy.get("labels") or "")
        words = ["kubectl", "logs", *(["-l", labels] if labels else [str(tidy.get("name", ""))])]
        return shlex.join([*words, "-n", str(namespace)] if namespace else words)

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """Choose the pod and container, read the log, and the previous one where it is empty."""
        tidy = tidied_labels(arguments, self.target)
        if refused := refused_name(tidy):
            return refused
        choice = await self._choose(tidy)
        if isinstance(choice, ToolOutput):
            return choice
        try:
            wanted = _Wanted.of(tidy)
        except ValueError as error:
            return ToolOutput(status="invalid_arguments", note=f"Nothing ran: {error}.")
        if tidy.get("all") is True and choice.others:
            return await self._read_all((choice, *choice.others), wanted)
        container = choice.container
        if container is not None and not container.started:
            return _never_started(choice, container)
        output = await self._read(choice, wanted)
        note = _chosen(choice, previous=wanted.previous)
        has_previous = container is not None and container.has_previous
        if output.status != "ok" and not wanted.previous and has_previous:
            earlier = await self._read(choice, replace(wanted, previous=True))
            if earlier.status == "ok":
                output, note = earlier, _chosen(choice, previous=True)
        return replace(output, note=f"{note} {output.note}".strip())

    async def _choose(self, tidy: dict[str, Any]) -> _Choice | ToolOutput:
        namespace = str(tidy.get("namespace") or "")
        choice = await self._choose_in(namespace, tidy) if namespace else None
        if choice is not None and (isinstance(choice, _Choice) or choice.status != "no_data"):
            return choice
        place = await self._place(tidy)
        if isinstance(place, ToolOutput):
            # What comes near is looked for in all namespaces, unless they may not be listed.
            return place if choice is None or place.status == "no_data" else choice
        elsewhere = await self._choose_in(place, tidy)
        if isinstance(elsewhere, ToolOutput) or not namespace:
            return elsewhere
        # A small model that was not told the namespace says "default".
        return replace(elsewhere, note=f'Not in "{namespace}" but in "{place}": {elsewhere.note}')

    async def _choose_in(self, namespace: str, tidy: dict[str, Any]) -> _Choice | ToolOutput:
        kind, name = str(tidy.get("kind") or "").lower(), str(tidy.get("name") or "")
        words = ["get", "pods", "-n", namespace, "-o", "json", *selected(tidy)]
        listing = await kubectl(words, self.target)
        if listing.status not in {"ok", "no_data"}:
            return listing
        try:
            pods: list[KubeObject] = json.loads(listing.text or "{}").get("items") or []
            if found := pods if "labels" in tidy else _matching(pods, kind, name):
                return _choice(found, tidy, namespace)
            if "labels" in tidy:
                return unlabelled(tidy, namespace, listing.command)
            places = [Place(namespace=namespace, name=_name(pod)) for pod in pods]
        except json.JSONDecodeError:  # cut off at the limit of what is read: thousands of pods
            return await self._choose_exactly(namespace, tidy)
        except OTHER_SHAPE:
            return _no_pods(listing)
        return nowhere("pod or workload", name, places, listing.command).output

    async def _choose_exactly(self, namespace: str, tidy: dict[str, Any]) -> _Choice | ToolOutput:
        """The pod of just that name, where its namespace has too many to look through."""
        name, kind = str(tidy.get("name") or ""), str(tidy.get("kind") or "").lower()
        note = f'Namespace "{namespace}" has too many pods to look through: name one pod in full.'
        if kind not in _POD_KINDS or not name:
            return ToolOutput(status="failed", note=note)
        pod = await kubectl(["get", "pod", name, "-n", namespace, "-o", "json"], self.target)
        if pod.status != "ok":
            return replace(pod, note=f"{note} {pod.note}")
        try:
            return _choice([json.loads(pod.text)], tidy, namespace)
        except OTHER_SHAPE:
            return _no_pods(pod)

    async def _place(self, tidy: dict[str, Any]) -> str | ToolOutput:
        """The namespace of a pod or workload, looked for in all."""
        kind, name = str(tidy.get("kind") or "").lower(), str(tidy.get("name") or "")
        if kind not in _POD_KINDS:
            place = await find_place(kind, name, self.target)
            if isinstance(place, Missing):
                return place.output
            return place if isinstance(place, ToolOutput) else place.namespace
        listing = await kubectl(["get", "pods", "-A", *selected(tidy)], self.target)
        if listing.status == "no_data" and "labels" in tidy:
            return unlabelled(tidy, "", listing.command)
        if listing.status != "ok":
            return listing
        places = places_in(listing.text)
        namespaces = _namespaces_of(places, name)
        name = name or str(tidy.get("labels"))
        if len(namespaces) == 1:
            return namespaces.pop()
        if not namespaces:
            return nowhere("pod or workload", name, places, listing.command).output
        note = f'"{name}" fits pods in {", ".join(sorted(namespaces))}: name the namespace.'
        return ToolOutput(status="no_data", command=listing.command, note=note)

    async def _read(
        self, choice: _Choice, wanted: "_Wanted", *, timestamps: bool = False
    ) -> ToolOutput:
        """One container's log: masked, then filtered, then its last lines."""
        words = ["logs", choice.pod, "-n", choice.namespace, f"--tail={wanted.read}"]
        if choice.container is not None:
            words += ["-c", choice.container.name]
        words += [*(["--previous"] if wanted.previous else []), *wanted.since]
        words += ["--timestamps"] if timestamps else []
        output = await kubectl(words, self.target, condense=not wanted.pattern)
        if output.status != "ok":
            return output
        log = LogLines(lines=_lines(output.text, choice.source, timestamps=timestamps))
        # In a thread: a scan of 10 MB takes over a second.
        scan = partial(masked_data, log, self.mask)
        masked = await to_thread.run_sync(scan, abandon_on_cancel=True)
        lines = masked.lines if isinstance(masked, LogLines) else ()
        if wanted.pattern:
            return await _filtered(output, lines, wanted)
        return _output(output, lines)

    async def _read_all(self, choices: Sequence[_Choice], wanted: "_Wanted") -> ToolOutput:
        """The logs of several pods as one, in the order of time."""
        outputs: dict[str, ToolOutput] = {}

        async def read(choice: _Choice) -> None:
            outputs[choice.source] = await self._read(choice, wanted, timestamps=True)

        async with anyio.create_task_group() as group:
            for choice in choices[:_MOST_PODS]:
                group.start_soon(read, choice)
        seen = [outputs[choice.source] for choice in choices[:_MOST_PODS]]
        logs = [each.data.lines for each in seen if isinstance(each.data, LogLines)]
        lines = sorted((line for log in logs for line in log), key=lambda line: line.time)
        lines = lines[-wanted.tail :]
        note = f"{len(seen)} pods, by time."
        if len(choices) > len(seen):
            note += f" Not read: {len(choices) - len(seen)} more."
        failed = [each for each in seen if each.status not in {"ok", "no_data"}]
        notes = [note, *dict.fromkeys(each.note for each in failed)]
        return ToolOutput(
            status="ok" if lines else failed[0].status if failed else "no_data",
            text="".join(f"{line.time} {line.source} {line.text}\n" for line in lines),
            command="; ".join(each.command for each in seen),
            note=" ".join(notes),
            data=LogLines(lines=tuple(lines)) if lines else None,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wanted:
    """Which part of a log is asked for; `read` lines are looked through for `tail` of them."""

    pattern: str
    tail: int
    read: int
    previous: bool
    since: tuple[str, ...]

    @classmethod
    def of(cls, tidy: dict[str, Any]) -> "_Wanted":
        pattern, tail = str(tidy.get("filter") or ""), int(tidy.get("tail") or _TAIL)
        since = str(tidy.get("since") or "")
        flags: tuple[str, ...] = ()
        if _DATE.match(since):
            moment = datetime.fromisoformat(since)
            utc = moment.isoformat() + ("Z" if moment.tzinfo is None else "")
            flags = (f"--since-time={utc}",)
        elif since:
            flags = (f"--since={since}",)
        return cls(
            pattern=pattern,
            tail=tail,
            read=max(_SEARCHED, tail) if pattern else tail,
            previous=tidy.get("previous") is True,
            since=flags,
        )


def _lines(text: str, source: str, *, timestamps: bool) -> tuple[LogLine, ...]:
    stamped = (line.partition(" ") if timestamps else ("", "", line) for line in text.splitlines())
    return tuple(LogLine(time=time, text=line, source=source) for time, _, line in stamped)


def _output(output: ToolOutput, lines: Sequence[LogLine]) -> ToolOutput:
    text = "".join(f"{line.text}\n" for line in lines)
    return replace(output, text=text, data=LogLines(lines=tuple(lines)))


async def _filtered(output: ToolOutput, lines: Sequence[LogLine], wanted: _Wanted) -> ToolOutput:
    """The last lines that match; grep, because no pattern makes it take forever."""
    argv = ("grep", "-iE", "-e", wanted.pattern)
    command = f"{output.command} | {shlex.join(argv)} | tail -n {wanted.tail}"
    text = "\n".join(line.text for line in lines)
    try:
        result = await run_process(
            (*argv, "--line-number", "--only-matching"),
            timeout=LOOKUP_SECONDS,
            stdin=text.encode("utf-8", "replace"),
        )
    except OSError as error:
        return not_started(error, "grep", command)
    found = output_of(result, command)
    if found.status == "no_data":
        return replace(found, note=f"None of the last {len(lines)} lines matches.")
    if found.status != "ok":
        return found
    numbers = dict.fromkeys(int(line.partition(":")[0]) for line in found.text.splitlines())
    matching = [lines[number - 1] for number in numbers]
    more = len(matching) - wanted.tail
    note = f"{len(matching)} lines match, {more} of them before these." if more > 0 else ""
    return _output(
        replace(output, command=command, note=f"{output.note} {note}".strip()),
        matching[-wanted.tail :],
    )


def _no_pods(output: ToolOutput) -> ToolOutput:
    note = "What kubectl printed is not what it prints of pods as JSON."
    return ToolOutput(status="failed", command=output.command, note=note)


def _matching(pods: list[KubeObject], kind: str, name: str) -> list[KubeObject]:
    if kind not in _POD_KINDS:
        return owned_by(pods, kind, name)
    exact = [pod for pod in pods if _name(pod) == name]
    return exact or owned_by(pods, "", name) or [p for p in pods if _name(p).startswith(name)]


def _choice(found: list[KubeObject], tidy: dict[str, Any], namespace: str) -> _Choice | ToolOutput:
    """Of several pods the one that does worst, with the others behind it."""
    choices: list[_Choice] = []
    for pod in worst_first(found):
        container = failing_container(pod)
        if wanted := str(tidy.get("container") or ""):
            by_name = {item.name: item for item in containers(pod)}
            if wanted not in by_name:
                note = f'Pod "{_name(pod)}" has no container "{wanted}": {", ".join(by_name)}.'
                return ToolOutput(status="failed", note=note)
            container = by_name[wanted]
        # "Evicted" says little, and an evicted pod's log is gone: the sentence is in the status.
        why = " ".join(str((pod.get("status") or {}).get("message") or "").split())
        state = ": ".join(part for part in (pod_state(pod), why) if part)
        note = f"Pod {_name(pod)} ({state})"
        if len(found) > 1:
            note += f", the one of {len(found)} that does worst"
        choices.append(
            _Choice(
                namespace=namespace,
                pod=_name(pod),
                container=container,
                state=pod_state(pod),
                note=note,
            )
        )
        if tidy.get("all") is not True:
            break
    return replace(choices[0], others=tuple(choices[1:]))


def _chosen(choice: _Choice, *, previous: bool) -> str:
    run = ", the run before its last restart" if previous else ""
    container = choice.container
    if container is None:
        return f"{choice.note}{run}."
    kind = "init container" if container.init else "container"
    return f"{choice.note}, {kind} {container.name}{run}."


def _never_started(choice: _Choice, container: Container) -> ToolOutput:
    why = ": ".join(part for part in (container.reason or choice.state, container.message) if part)
    note = f"{_chosen(choice, previous=False)} It has no log: the container never started ({why})."
    return ToolOutput(status="no_data", note=note)


def _namespaces_of(places: list[Place], name: str) -> set[str]:
    exact = {place.namespace for place in places if place.name == name}
    workload = {place.namespace for place in places if place.name.startswith(f"{name}-")}
    return exact or workload or {p.namespace for p in places if p.name.startswith(name)}


def _name(pod: KubeObject) -> str:
    return str((pod.get("metadata") or {}).get("name"))
