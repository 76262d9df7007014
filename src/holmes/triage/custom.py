"""Which kinds the cluster has of its own: those of CustomResourceDefinitions."""

import re
from collections.abc import Iterable

import anyio
import msgspec

from holmes.triage.fields import Obj, items, labels_of, name_of, text, words
from holmes.triage.kubectl import Kubectl
from holmes.triage.resources import BUILT_IN, Resource

# Set by kube-aggregator on the APIService of each CustomResourceDefinition's version ("onstart"
# on those that are built in; seen on 1.36).
_MANAGED = ("kube-aggregator.kubernetes.io/automanaged", "true")
_VERSION = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")
# A mesh and a few operators bring some hundred kinds, most of which never say how they are.
_MOST_KINDS = 150


async def custom_kinds(kubectl: Kubectl, services: Iterable[Obj]) -> list[Resource]:
    """The kinds that can be listed, each in its most stable version.

    One that is called like a kind of another group carries its own group in its name, which
    kubectl understands as well: `Service.serving.knative.dev`.
    """
    key, value = _MANAGED
    versions = [
        name_of(each).partition(".") for each in services if labels_of(each).get(key) == value
    ]
    served: dict[str, bytes | str] = {}

    async def one(path: str) -> None:
        got = await kubectl.get(path)
        if got.outcome == "ok":
            served[path] = got.body

    async with anyio.create_task_group() as tasks:
        for version, _, group in versions:
            tasks.start_soon(one, f"/apis/{group}/{version}")
    return _resources(served)


def _resources(served: dict[str, bytes | str]) -> list[Resource]:
    taken = set(BUILT_IN)
    found: dict[tuple[str, str], Resource] = {}
    for api in sorted(served, key=_stability):
        group = api.split("/")[2]
        for each in items(msgspec.json.decode(served[api]), "resources"):
            plural, kind = text(each, "name"), text(each, "kind")
            if "/" in plural or "list" not in words(each, "verbs") or (group, plural) in found:
                continue
            found[group, plural] = Resource(
                kind=f"{kind}.{group}" if kind in taken else kind, api=api, plural=plural,
                namespaced=each.get("namespaced") is True,
            )  # fmt: skip
            taken.add(kind)
    return [*found.values()][:_MOST_KINDS]


def _stability(api: str) -> tuple[int, int, int, str]:
    """The most stable version first, by Kubernetes' own order: v2, v1, v2beta1, v1alpha1."""
    found = _VERSION.fullmatch(api.rpartition("/")[2])
    major, level, minor = found.groups() if found else ("0", "alpha", "0")
    return {None: 0, "beta": 1}.get(level, 2), -int(major), -int(minor or 0), api
