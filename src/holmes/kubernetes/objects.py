"""Finding the object that a model means: it forgets namespaces, and the end of a pod's name."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from holmes.core.messages import JsonObject, JsonValue
from holmes.core.tool_output import ToolOutput
from holmes.kubernetes.kubectl import aim
from holmes.kubernetes.target import KubeTarget
from holmes.policy import names_secrets, refusal
from holmes.policy.tables import NAME
from holmes.tools.output import not_started, read_output
from holmes.tools.process import run_process

_EVERYWHERE = frozenset({"all", "*", "-a", "any", "--all-namespaces", "all-namespaces"})
_LISTED = 8
# What controllers append to a workload's name: without vowels, so that no word comes about.
_REPLICA_SUFFIX = re.compile(
    r"(?:-[bcdfghjklmnpqrstvwxz2456789]{4,10})?-(?:[bcdfghjklmnpqrstvwxz2456789]{5}|\d+)"
)
# Where a name is looked for that the kind asked for does not have; the likeliest comes first.
_OTHER_KINDS = (
    "deployments,statefulsets,daemonsets,cronjobs,jobs,nodes,namespaces,pods,services,ingresses,"
    "persistentvolumeclaims,configmaps"
)
_WORKLOADS = "deployments,statefulsets,daemonsets,cronjobs,jobs"
LOOKUP_SECONDS = 20.0
"""How long one look-up may take."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """Arguments as kubectl takes them, and what was changed to get there."""

    arguments: JsonObject
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """No object fits a name; `output` says so, and which come near where `near`."""

    output: ToolOutput
    near: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where an object is; `namespace` is empty for what has none.

    among  for a pod that stands for all replicas of a workload, how many there are
    """

    namespace: str
    name: str
    among: str = ""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


def tidied(arguments: JsonObject, target: KubeTarget) -> dict[str, JsonValue]:
    """`pod/web` taken apart, "all" namespaces left out, the target's namespace put in.

    `secret` says that the kind means Secrets.
    """
    tidy = {
        key: value.strip() if isinstance(value, str) else value for key, value in arguments.items()
    }
    for key, separated in (("name", "/"), ("kind", "/ ")):
        parts = re.split(f"[{separated}]", str(tidy.get(key) or ""))
        if len(parts) == 2 and all(parts):
            tidy["name"] = parts[1]
            if key == "kind" or "kind" not in arguments:
                tidy["kind"] = parts[0]
    namespace = tidy.get("namespace")
    if isinstance(namespace, str) and namespace.lower() in _EVERYWHERE:
        del tidy["namespace"]
    elif not namespace and target.namespace:
        tidy["namespace"] = target.namespace
    if str(tidy.get("name", "")).lower() in _EVERYWHERE:
        del tidy["name"]
    if names_secrets(str(tidy.get("kind", ""))):
        tidy["secret"] = True
    return tidy


def refused_name(arguments: JsonObject) -> ToolOutput | None:
    """The refusal of what can name nothing in a cluster: options, paths, several words."""
    for key in ("kind", "name", "namespace", "container"):
        value = str(arguments.get(key) or "")
        if value and not NAME.fullmatch(value):
            note = f'Nothing ran: "{value}" is not understood as a {key}.'
            return ToolOutput(status="denied", note=note)
    return None


async def find_object(arguments: JsonObject, target: KubeTarget) -> Prepared | ToolOutput:
    """Arguments with the namespace of the object that they name, and its name in full."""
    tidy_arguments = tidied(arguments, target)
    if refused := refused_name(tidy_arguments):
        return refused
    name = str(tidy_arguments.get("name") or "")
    kind = str(tidy_arguments.get("kind") or "")
    if not name or "namespace" in tidy_arguments or "," in kind:
        return Prepared(arguments=tidy_arguments)
    place = await find_place(kind, name, target)
    if isinstance(place, Missing):
        return await _under_other_kinds(tidy_arguments, place, target)
    if isinstance(place, ToolOutput):
        return place
    found: dict[str, JsonValue] = {**tidy_arguments, "name": place.name}
    if place.namespace:
        found["namespace"] = place.namespace
    note = "" if place.name == name else f'"{name}" was read as "{place.name}"{place.among}.'
    return Prepared(arguments=found, note=note)


async def _under_other_kinds(
    arguments: JsonObject, missing: Missing, target: KubeTarget
) -> Prepared | ToolOutput:
    """The object of exactly that name but of another kind; else which names come near it.

    Asked which version node-1 runs, a small model gets pods "node-1", is told that there is no such
    pod, and answers that node-1 does not exist (Qwen2.5-Coder-1.5B, 26 Nov 2026). The Job of "the
    orders migration" it describes as Deployment orders-migration.
    """
    kind, name = str(arguments.get("kind") or ""), str(arguments.get("name") or "")
    if not kind:
        return missing.output
    same = await _listed_kinds(_OTHER_KINDS, target, f"--field-selector=metadata.name={name}")
    places = {place for _, place in same}
    if len(places) == 1:
        found: dict[str, JsonValue] = {**arguments, "kind": same[0][0].lower()}
        found.pop("secret", None)
        if namespace := same[0][1].namespace:
            found["namespace"] = namespace
        kinds = " and a ".join(other for other, _ in same)
        return Prepared(arguments=found, note=f'There is no {kind} "{name}", but a {kinds}.')
    if missing.near or places:
        return missing.output
    workloads = await _listed_kinds(_WORKLOADS, target)
    near = difflib.get_close_matches(name, [place.name for _, place in workloads], n=3, cutoff=0.6)
    listed = [f"{other} {place}" for other, place in workloads if place.name in near][:_LISTED]
    note = f"{missing.output.note} Near: {', '.join(listed)}." if listed else missing.output.note
    return replace(missing.output, note=note)


async def _listed_kinds(kinds: str, target: KubeTarget, *chosen: str) -> list[tuple[str, Place]]:
    """The objects of some kinds, each with its kind; none where they can't be listed."""
    columns = "custom-columns=KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name"
    listing = await kubectl(["get", kinds, "-A", *chosen, "--no-headers", "-o", columns], target)
    rows = [cells for line in listing.text.splitlines() if len(cells := line.split()) == 3]
    return [
        (kind, Place(namespace="" if namespace == "<none>" else namespace, name=name))
        for kind, namespace, name in rows
    ]


async def find_again(arguments: JsonObject, target: KubeTarget) -> Prepared | ToolOutput | None:
    """Where an object is that was not in the namespace that was named; None where no other was.

    A small model that was not told the namespace says "default".
    """
    tidy_arguments = tidied(arguments, target)
    namespace = tidy_arguments.pop("namespace", None)
    name = str(tidy_arguments.get("name") or "")
    if not namespace or not name:
        return None
    found = await find_object(tidy_arguments, replace(target, namespace=""))
    if isinstance(found, ToolOutput):
        return found
    if found.arguments.get("kind") != tidy_arguments.get("kind"):
        return found  # its note says what it is
    if found.arguments.get("namespace") == namespace:
        return found  # its note says which name was meant
    if "namespace" not in found.arguments:
        return None
    note = (
        f'"{name}" is not in namespace "{namespace}"; this is '
        f"{found.arguments['namespace']}/{found.arguments['name']}."
    )
    return Prepared(arguments=found.arguments, note=note)


async def everywhere(arguments: JsonObject, target: KubeTarget) -> Prepared | None:
    """The same call for all namespaces, where the one that it names does not exist.

    kubectl finds nothing in a namespace that is none, and does not say which it was.
    """
    tidy_arguments = tidied(arguments, target)
    namespace = str(tidy_arguments.pop("namespace", None) or "")
    if not namespace or tidy_arguments.get("name"):
        return None
    found = await kubectl(["get", "namespace", namespace], target)
    if not is_not_found(found):
        return None
    note = f'There is no namespace "{namespace}": this is every namespace.'
    return Prepared(arguments=tidy_arguments, note=note)


def is_not_found(output: ToolOutput) -> bool:
    """Whether the API server says that there is no such object."""
    return output.status == "failed" and "(NotFound)" in output.text


async def find_place(kind: str, name: str, target: KubeTarget) -> Place | Missing | ToolOutput:
    """The one object of that name, or whose name begins so, in any namespace.

    None at all is Missing; several, or a list that failed, is a ToolOutput that says so.
    """
    listing = await kubectl(["get", kind, "-A"], target)
    if listing.status not in {"ok", "no_data"}:
        if "(Forbidden)" in listing.text:
            return replace(listing, note=f"{listing.note} Name the namespace.")
        return listing
    places = places_in(listing.text)
    exact = [place for place in places if place.name == name]
    found = exact or [place for place in places if place.name.startswith(name)]
    if len(found) == 1:
        return found[0]
    if replica := _replica(name, found, listing.text):
        return replica
    if found:
        note = f'{len(found)} {kind} fit "{name}": {_listed(found)}. Name one, with its namespace.'
        return ToolOutput(status="no_data", command=listing.command, note=note)
    return nowhere(kind, name, places, listing.command)


def _replica(workload: str, pods: Sequence[Place], table: str) -> Place | None:
    """Of pods that are replicas of one workload one that is not ready, else the first."""
    header, *lines = table.splitlines() or [""]
    if header.split()[1:4] != ["NAME", "READY", "STATUS"]:
        return None
    suffixes = [pod.name.removeprefix(workload) for pod in pods]
    one_place = len({pod.namespace for pod in pods}) == 1
    if not one_place or not all(_REPLICA_SUFFIX.fullmatch(suffix) for suffix in suffixes):
        return None
    rows = {(cells[0], cells[1]): cells[2] for line in lines if len(cells := line.split()) > 2}
    ready = [rows[pod.namespace, pod.name].split("/") for pod in pods]
    worst = next((i for i, (up, of) in enumerate(ready) if up != of), 0)
    return replace(pods[worst], among=f", one of {len(pods)} replicas")


def nowhere(kind: str, name: str, places: Sequence[Place], command: str) -> Missing:
    """That no object fits a name, and which come near."""
    note = f'There is no {kind} "{name}".'
    # A pod is near by the name of its workload.
    stems = {place: re.sub(f"{_REPLICA_SUFFIX.pattern}$", "", place.name) for place in places}
    named = {each for place, stem in stems.items() for each in (place.name, stem)}
    near = difflib.get_close_matches(name, sorted(named), n=3, cutoff=0.5)
    if near:
        listed = [place for place, stem in stems.items() if place.name in near or stem in near]
        note += f" Near: {_listed(listed)}."
    output = ToolOutput(status="no_data", command=command, note=note)
    return Missing(output=output, near=bool(near))


async def kubectl(
    words: Sequence[str], target: KubeTarget, *, condense: bool = False
) -> ToolOutput:
    """Run one kubectl command that the policy allows, for a table or text; see `run_process`."""
    argv = ["kubectl", *words]
    command = aim(argv, target)
    if reason := refusal(argv):
        note = f"Nothing ran: {reason}."
        return ToolOutput(status="denied", command=command.display, note=note)
    try:
        result = await run_process(command.argv, timeout=LOOKUP_SECONDS, condense=condense)
    except OSError as error:
        return not_started(error, "kubectl", command.display)
    return await read_output(result, command.display)


def places_in(table: str) -> list[Place]:
    """The objects of a table of `kubectl get -A`."""
    lines = table.splitlines()
    namespaced = bool(lines) and lines[0].startswith("NAMESPACE ")
    places = []
    for line in lines[1:]:
        cells = line.split()
        if namespaced and len(cells) > 1:
            places.append(Place(namespace=cells[0], name=cells[1]))
        elif cells and not namespaced:
            places.append(Place(namespace="", name=cells[0]))
    return places


def _listed(places: Sequence[Place]) -> str:
    more = f" and {len(places) - _LISTED} more" if len(places) > _LISTED else ""
    return ", ".join(str(place) for place in places[:_LISTED]) + more
