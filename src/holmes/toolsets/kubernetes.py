"""Finding the object that a model means: it forgets namespaces, and the end of a pod's name."""

import difflib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

from holmes.messages import JsonObject, JsonValue
from holmes.toolsets.base import KubeTarget, ToolOutput
from holmes.toolsets.kubectl import aim
from holmes.toolsets.outcome import not_started, output_of
from holmes.toolsets.policy import names_secrets, refusal
from holmes.toolsets.policy.tables import NAME
from holmes.toolsets.process import run_process

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
LOOKUP_SECONDS = 20.0
"""How long one look-up may take."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """Arguments as the template takes them, and what was changed to get there."""

    arguments: JsonObject
    note: str = ""


Preparation: TypeAlias = Callable[[JsonObject, KubeTarget], Awaitable[Prepared | ToolOutput]]


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

    A template may also ask `secret`: whether the kind means Secrets.
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


async def tidy(arguments: JsonObject, target: KubeTarget) -> Prepared | ToolOutput:
    """A preparation that looks nothing up."""
    tidy_arguments = tidied(arguments, target)
    return refused_name(tidy_arguments) or Prepared(arguments=tidy_arguments)


async def find_object(arguments: JsonObject, target: KubeTarget) -> Prepared | ToolOutput:
    """A preparation that finds the namespace of a named object, and a name by its beginning."""
    tidy_arguments = tidied(arguments, target)
    if refused := refused_name(tidy_arguments):
        return refused
    name = str(tidy_arguments.get("name") or "")
    kind = str(tidy_arguments.get("kind") or "")
    if not name or "namespace" in tidy_arguments or "," in kind:
        return Prepared(arguments=tidy_arguments)
    place = await find_place(kind, name, target)
    if isinstance(place, ToolOutput):
        other = await _as_other_kind(tidy_arguments, place, target)
        return other or place
    found: dict[str, JsonValue] = {**tidy_arguments, "name": place.name}
    if place.namespace:
        found["namespace"] = place.namespace
    note = "" if place.name == name else f'"{name}" was read as "{place.name}"{place.among}.'
    return Prepared(arguments=found, note=note)


async def _as_other_kind(
    arguments: JsonObject, missing: ToolOutput, target: KubeTarget
) -> Prepared | None:
    """The object of exactly that name but of another kind; None where there is none or several.

    Asked which version node-1 runs, a small model gets pods "node-1", is told that there is no such
    pod, and answers that node-1 does not exist (Qwen2.5-Coder-1.5B, 26 Nov 2026).
    """
    kind, name = str(arguments.get("kind") or ""), str(arguments.get("name") or "")
    if missing.status != "no_data" or not kind or " fit " in missing.note:
        return None
    columns = "custom-columns=KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name"
    chosen = f"--field-selector=metadata.name={name}"
    listing = await kubectl(
        ["get", _OTHER_KINDS, "-A", chosen, "--no-headers", "-o", columns], target
    )
    rows = [cells for line in listing.text.splitlines() if len(cells := line.split()) == 3]
    places = {Place(namespace=namespace, name=name) for _, namespace, _ in rows}
    if len(places) != 1:
        return None
    (other, namespace, _), *more = rows
    found = {**arguments, "kind": other.lower()}
    found.pop("secret", None)
    if namespace != "<none>":
        found["namespace"] = namespace
    kinds = " and a ".join([other, *(row[0] for row in more)])
    return Prepared(arguments=found, note=f'There is no {kind} "{name}", but a {kinds}.')


async def find_again(arguments: JsonObject, target: KubeTarget) -> Prepared | None:
    """Where an object is that was not in the namespace that was named; None where nowhere.

    A small model that was not told the namespace says "default".
    """
    tidy_arguments = tidied(arguments, target)
    namespace = tidy_arguments.pop("namespace", None)
    name = str(tidy_arguments.get("name") or "")
    if not namespace or not name:
        return None
    elsewhere = KubeTarget(context=target.context, kubeconfig=target.kubeconfig)
    found = await find_object(tidy_arguments, elsewhere)
    if isinstance(found, ToolOutput):
        return None
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


PREPARATIONS: Mapping[str, Preparation] = MappingProxyType(
    {"kubernetes": tidy, "kubernetes_object": find_object}
)


async def find_place(kind: str, name: str, target: KubeTarget) -> Place | ToolOutput:
    """The one object of that name, or whose name begins so, in any namespace.

    Several or none is a ToolOutput that says which there are.
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


def nowhere(kind: str, name: str, places: Sequence[Place], command: str) -> ToolOutput:
    """That no object fits a name, and which come near."""
    note = f'There is no {kind} "{name}".'
    if near := difflib.get_close_matches(name, [place.name for place in places], n=3, cutoff=0.5):
        note += f" Near: {_listed([place for place in places if place.name in near])}."
    return ToolOutput(status="no_data", command=command, note=note)


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
    return output_of(result, command.display)


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
