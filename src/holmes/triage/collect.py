"""From a live cluster to findings: list everything once, then read the logs that decide."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias
from urllib.parse import urlencode

import anyio

from holmes.core.errors import UsageError
from holmes.core.finding import Finding
from holmes.kubernetes.target import KubeTarget
from holmes.triage.custom import custom_kinds
from holmes.triage.fields import Obj, items, name_of, namespace_of, text
from holmes.triage.healthy import Healthy, healthy
from holmes.triage.impact import enriched
from holmes.triage.kubectl import Kubectl, Listed
from holmes.triage.logs import LogBook, LogRequest
from holmes.triage.names import nearest
from holmes.triage.objects import ObjectSet, trim
from holmes.triage.own_checks import OwnCheck
from holmes.triage.pods import is_ready
from holmes.triage.resources import DECISIVE, OPTIONAL, POD, RESOURCES, Resource
from holmes.triage.run import triage

_MOST_LOGS = 150
_LINES = 200
# For Ingresses; each list costs a kubectl of its own, which broken pods are worth always.
_FEW_SECRET_LISTS = 8
# One operator may have an object for each pod.
_MOST_CUSTOM = 1000
_LOG_BYTES = 256 * 1024
_ROUNDS = 4
LEASE = Resource(
    kind="Lease", api="/apis/coordination.k8s.io/v1/namespaces/kube-node-lease", plural="leases"
)
"""Those of the nodes, the cluster's clock, in whatever namespace is looked."""

# Other kinds may be an API that this cluster does without; a cluster without pods is none.
_NO_PODS = ("absent", POD)
# Normal events that a check reads; the others are the bulk of a healthy cluster's events.
_TELLING = frozenset({"Killing", "ScalingReplicaSet", "SuccessfulCreate", "JobAlreadyActive",
                       "NotTriggerScaleUp"})  # fmt: skip

Verdict: TypeAlias = Literal["well", "problems", "unknown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NotRead:
    """Something that could not be read, and why.

    decisive  whether the rest can't be called well without it
    """

    what: str
    why: str
    decisive: bool = False

    def __str__(self) -> str:
        return f"{self.what} ({self.why})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What is wrong, and what was looked at to say so.

    counts        objects by kind
    scope         the one namespace that was looked at; empty for all
    healthy       the objects that are well
    unread        what could not be read
    logs_read     logs that were fetched, the empty ones among them
    logs_skipped  logs that a check wanted and that were beyond the limit
    faults        what went wrong in the user's own checks, one line each
    """

    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    namespaces: int
    scope: str
    healthy: tuple[Healthy, ...] = ()
    unread: tuple[NotRead, ...] = ()
    logs_read: int = 0
    logs_skipped: int = 0
    faults: tuple[str, ...] = ()

    @property
    def problems(self) -> int:
        """How many findings are more than a remark."""
        return sum(finding.severity != "info" for finding in self.findings)

    @property
    def missed(self) -> tuple[NotRead, ...]:
        """What could not be read and may hide a problem."""
        return tuple(each for each in self.unread if each.decisive)

    @property
    def verdict(self) -> Verdict:
        """Whether all is well; `unknown` where nothing was found and something was `missed`."""
        if self.problems:
            return "problems"
        return "unknown" if self.missed else "well"


async def scan(target: KubeTarget, own: Sequence[OwnCheck] = ()) -> Report:
    """Look at a cluster, or at the target's namespace in it; `own` are the user's checks.

    What RBAC forbids or the API server fails to list is left out and named. Raises UsageError
    where the cluster does not answer, has no such namespace, or lets nothing be read.
    """
    kubectl = Kubectl(target)
    await kubectl.check()
    async with kubectl.connected():
        return await _scan(kubectl, target, own)


async def _scan(kubectl: Kubectl, target: KubeTarget, own: Sequence[OwnCheck]) -> Report:
    scope = target.namespace
    with _uncollected():
        lists = await _list_all(kubectl, scope)
        if lists[POD].outcome == "forbidden" and not scope:
            scope = await _own_namespace(kubectl)
            lists = await _list_all(kubectl, scope)
        if all(listed.outcome != "ok" for listed in lists.values()):
            raise UsageError(
                f"Nothing could be read from the cluster: pods {lists[POD].why}.",
                hint='Check "kubectl auth can-i list pods -A", or give -n NAMESPACE.',
            )
        custom = await _custom(kubectl, lists, scope)
        objects = _object_set(lists | custom, scope, await _secret_names(kubectl, lists))
        _check_namespace(objects, target.namespace)
        book = LogBook()
        findings = triage(objects, book, own)
    for _ in range(_ROUNDS):
        room = _MOST_LOGS - book.fetched()
        requests = [each for each in book.wanted() if _may_have_log(objects, each)][:room]
        if not requests:
            break
        await _fetch(kubectl, book, requests)
        findings = triage(objects, book, own)
    findings = enriched(objects, findings)
    unread = [*_unread(lists), *_partly(custom)]
    if book.refused:
        unread.append(NotRead(what="logs", why="forbidden"))
    if scope != target.namespace:
        unread.append(NotRead(what=f"namespaces other than {scope}", why="forbidden"))
    return Report(
        findings=findings,
        counts={kind: count for kind, count in objects.counts().items() if kind != "Lease"},
        namespaces=1 if scope else len({namespace_of(pod) for pod in objects.all("Pod")}),
        scope=scope,
        healthy=healthy(objects, findings),
        unread=tuple(unread),
        logs_read=book.fetched() - book.refused,
        logs_skipped=len(book.wanted()),
        faults=tuple(each.fault for each in own if each.fault),
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Nothing is searched for cycles meanwhile: lists make a million objects and none.

    That is half the time of decoding 5,000 pods (30 Nov 2026).
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


async def _list_all(kubectl: Kubectl, scope: str) -> dict[Resource, Listed]:
    """Every list, in the order of RESOURCES, so that no report varies with who answered first."""
    found: dict[Resource, Listed] = {}

    async def one(resource: Resource, path: str) -> None:
        found[resource] = await kubectl.list(path)

    async with anyio.create_task_group() as group:
        for resource in RESOURCES:
            group.start_soon(one, resource, resource.path(scope))
        group.start_soon(one, LEASE, LEASE.path(""))
    return {each: found[each] for each in (*RESOURCES, LEASE)}


async def _custom(
    kubectl: Kubectl, lists: Mapping[Resource, Listed], scope: str
) -> dict[Resource, Listed]:
    """The lists of the kinds that a CustomResourceDefinition made, as far as they may be read."""
    services = next(found.objects for each, found in lists.items() if each.kind == "APIService")
    found: dict[Resource, Listed] = {}

    async def one(resource: Resource) -> None:
        listed = await kubectl.list(resource.path(scope), most=_MOST_CUSTOM)
        telling = tuple(obj for obj in listed.objects if "status" in obj)
        found[resource] = replace(listed, objects=telling)

    kinds = await custom_kinds(kubectl, services)
    async with anyio.create_task_group() as group:
        for each in kinds:
            group.start_soon(one, each)
    return {each: found[each] for each in kinds}


def _partly(custom: Mapping[Resource, Listed]) -> list[NotRead]:
    """Of the kinds that not every cluster has: which lists failed, or were too long."""
    return [
        NotRead(what=resource.plural, why=listed.why)
        for resource, listed in custom.items()
        if listed.why and listed.outcome in {"ok", "failed"}
    ]


async def _own_namespace(kubectl: Kubectl) -> str:
    """The namespace of the kubeconfig's context, which its user may read if anything."""
    result = await kubectl.run("config", "view", "--minify", "-o", "jsonpath={..namespace}")
    return result.stdout.strip() or "default"


def _object_set(
    lists: Mapping[Resource, Listed], scope: str, secrets: Mapping[str, Sequence[Obj]]
) -> ObjectSet:
    objects: list[Obj] = [each for found in secrets.values() for each in found]
    for resource, listed in lists.items():
        for obj in listed.objects:
            obj["kind"] = resource.kind  # items of a list do not name their kind
            if resource.kind != "Event" or _tells(obj):
                objects.append(trim(obj))
    kinds = {each.kind for each, listed in lists.items() if listed.outcome == "ok"}
    return ObjectSet(objects, kinds | {f"Secret/{each}" for each in secrets}, scope=scope)


def _tells(event: Obj) -> bool:
    return text(event, "type") != "Normal" or text(event, "reason") in _TELLING


async def _secret_names(kubectl: Kubectl, lists: Mapping[Resource, Listed]) -> dict[str, list[Obj]]:
    """The names of the Secrets by namespace, where a pod may wait for one or an Ingress has one.

    The default output is a table that the API server computes, so that values never leave it;
    `-o json` and custom columns would fetch them. Where that is not allowed it is left out.
    """
    asking = [pod for pod in lists[POD].objects if not is_ready(pod) and _uses_secret(pod)]
    by_kind = {each.kind: listed.objects for each, listed in lists.items()}
    guarded = [each for each in by_kind["Ingress"] if items(each, "spec", "tls")]
    needed = {namespace_of(pod) for pod in asking}
    namespaces = dict.fromkeys([*sorted(needed), *sorted({namespace_of(each) for each in guarded})])
    found: dict[str, list[Obj]] = {}

    async def one(namespace: str) -> None:
        result = await kubectl.run("get", "secrets", "--no-headers", "-n", namespace)
        if result.exit_code == 0:
            names = [line.split()[0] for line in result.stdout.splitlines() if line.strip()]
            found[namespace] = [
                {"kind": "Secret", "metadata": {"name": name, "namespace": namespace}}
                for name in names
            ]

    async with anyio.create_task_group() as group:
        for namespace in [*namespaces][: max(len(needed), _FEW_SECRET_LISTS)]:
            group.start_soon(one, namespace)
    return found


def _uses_secret(pod: Obj) -> bool:
    return (
        "'secretRef'" in (said := str(pod.get("spec")))
        or "secretKeyRef" in said
        or any("secret" in volume for volume in items(pod, "spec", "volumes"))
    )


def _check_namespace(objects: ObjectSet, namespace: str) -> None:
    names = [name_of(each) for each in objects.all("Namespace")]
    if namespace and names and namespace not in names:
        near = nearest(namespace, names)
        raise UsageError(
            f'There is no namespace "{namespace}" in the cluster.',
            hint=f'Did you mean "{near}"?' if near else 'See "kubectl get namespaces".',
        )


def _unread(lists: Mapping[Resource, Listed]) -> list[NotRead]:
    """What can't be seen; a list that failed may hold anything, and would be there another time."""
    return [
        NotRead(
            what=resource.plural,
            why=listed.why,
            decisive=listed.outcome == "failed" or resource.kind in DECISIVE,
        )
        for resource, listed in lists.items()
        if (listed.outcome in {"forbidden", "failed"} or (listed.outcome, resource) == _NO_PODS)
        and resource.kind not in OPTIONAL
        and resource.plural != "leases"
    ]


def _may_have_log(objects: ObjectSet, request: LogRequest) -> bool:
    """Whether the container was ever started; the kubelet has nothing to say otherwise."""
    pod = objects.get("Pod", request.namespace, request.pod)
    statuses = [
        *items(pod, "status", "initContainerStatuses"),
        *items(pod, "status", "containerStatuses"),
    ]
    return any(
        (text(each, "name") == request.container and bool(text(each, "containerID")))
        or bool(text(each, "lastState", "terminated"))
        for each in statuses
    )


async def _fetch(kubectl: Kubectl, book: LogBook, requests: Sequence[LogRequest]) -> None:
    async def one(request: LogRequest) -> None:
        lines = await _read_log(kubectl, request, previous=request.previous)
        if not lines and request.previous:
            # The kubelet may already have removed the previous container.
            lines = await _read_log(kubectl, request, previous=False)
        book.add(request, lines)

    async with anyio.create_task_group() as group:
        for request in requests:
            group.start_soon(one, request)


async def _read_log(
    kubectl: Kubectl, request: LogRequest, *, previous: bool
) -> tuple[str, ...] | None:
    """The last lines; none where there is no such log, None where it may not be read."""
    query = {
        "container": request.container,
        "tailLines": str(_LINES),
        "limitBytes": str(_LOG_BYTES),
        "timestamps": "true",
    }
    if previous:
        query["previous"] = "true"
    path = f"/api/v1/namespaces/{request.namespace}/pods/{request.pod}/log"
    got = await kubectl.get(f"{path}?{urlencode(query)}")
    if got.outcome != "ok":
        return None if got.outcome == "forbidden" else ()
    said = got.body if isinstance(got.body, str) else got.body.decode(errors="replace")
    if said.startswith("unable to retrieve container logs"):
        return ()
    return tuple(said.splitlines())
