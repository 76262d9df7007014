"""Asking a cluster through the kubectl that its user already has.

Requests go through one `kubectl proxy`; where that can't be had, each through a kubectl of its own.
"""

import math
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

import anyio
import msgspec

from holmes.core.errors import UsageError
from holmes.kubernetes.kubectl import require_cluster, sentence
from holmes.kubernetes.target import KubeTarget
from holmes.tools.process import ProcessResult, find_executable, run_process
from holmes.triage.fields import Obj, text
from holmes.triage.proxy import Proxy, Reply, proxied

_TIMEOUT_SECONDS = 60.0
_PAGE = 500
# A page of 500 pods is some 8 MB; one that doesn't fit is reported, not cut.
_MOST_BYTES = 64 * 1024 * 1024
_PARALLEL = 8
_OK = 200
# kubectl puts the reason of the API's Status in brackets: "Error from server (Forbidden): …".
_REASON = re.compile(r"Error from server \((\w+)\)")

# What kubectl asks for to print a table; each row has the metadata of its object and no more.
_METADATA = "application/json;as=Table;v=v1;g=meta.k8s.io"

Outcome: TypeAlias = Literal["ok", "forbidden", "absent", "failed"]


class _Continue(msgspec.Struct):
    next: str = msgspec.field(name="continue", default="")


class _Row(msgspec.Struct):
    object: dict[str, Any]


class _Page(msgspec.Struct):
    items: list[dict[str, Any]] | None
    metadata: _Continue = msgspec.field(default_factory=_Continue)

    def objects(self) -> list[Obj]:
        return self.items or []


class _Table(msgspec.Struct):
    """A page in which each row has the metadata of its object."""

    rows: list[_Row] | None
    metadata: _Continue = msgspec.field(default_factory=_Continue)

    def objects(self) -> list[Obj]:
        return [row.object for row in self.rows or ()]


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """The objects of one list, or why there are none; `why` they are not all, too."""

    outcome: Outcome
    objects: tuple[Obj, ...] = ()
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Got:
    """What one GET brought: a body where `outcome` is "ok", else why there is none."""

    outcome: Outcome
    body: str | bytes = b""
    why: str = ""


class Kubectl:
    """The real kubectl, with the flags that select the cluster.

    `get` sends one request as it is, and needs no discovery. Raises UsageError where there is no
    kubectl.
    """

    def __init__(self, target: KubeTarget) -> None:
        executable = find_executable("kubectl")
        if executable is None:
            raise UsageError(
                '"kubectl" is not in PATH.',
                hint="Install it (https://kubernetes.io/docs/tasks/tools/).",
            )
        self._target = target
        self._argv = [executable, *flags(target)]
        self._limiter = anyio.CapacityLimiter(_PARALLEL)
        self._proxy: Proxy | None = None

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """While it is open, requests share one kubectl, where that can be had."""
        async with proxied(
            self._argv, connections=_PARALLEL, seconds=_TIMEOUT_SECONDS, max_bytes=_MOST_BYTES
        ) as proxy:
            self._proxy = proxy
            try:
                yield
            finally:
                self._proxy = None

    async def check(self) -> None:
        """Raise UsageError where no cluster is configured, or with what kubectl says of it."""
        require_cluster(self._target)
        result = await self.run("get", "--raw", "/version")
        if result.exit_code != 0:
            why = "no answer in time" if result.timed_out else last_line(result.stderr)
            raise UsageError(
                f"The cluster can't be read: {sentence(why)}",
                hint='Check "kubectl cluster-info", --context and --kubeconfig.',
            )

    async def list(
        self, path: str, *, most: float = math.inf, metadata_only: bool = False
    ) -> Listed:
        """Every object of a list, page by page, until there are `most`.

        With `metadata_only` the API server leaves out the rest, so that no value of a Secret or a
        ConfigMap is sent; that fails where there is no proxy, which alone can ask for it.
        """
        if metadata_only and self._proxy is None:
            return Listed(outcome="failed", why="kubectl proxy does not start")
        form: type[_Page | _Table] = _Table if metadata_only else _Page
        accept = _METADATA if metadata_only else "*/*"
        found: list[Obj] = []
        token = ""
        while True:
            query = {"limit": str(_PAGE)} | ({"continue": token} if token else {})
            got = await self.get(f"{path}?{urlencode(query)}", accept)
            if got.outcome != "ok":
                return Listed(outcome=got.outcome, why=got.why)
            try:
                page = msgspec.json.decode(got.body, type=form)
            except (ValueError, RecursionError) as error:
                return Listed(outcome="failed", why=f"not a list: {error}")
            found += page.objects()
            token = page.metadata.next
            if not token or len(found) >= most:
                why = f"only {len(found)} of them" if token else ""
                return Listed(outcome="ok", objects=tuple(found), why=why)

    async def get(self, path: str, accept: str = "*/*") -> Got:
        """What the API server has at a path with its query, in the form `accept`."""
        if self._proxy is None:
            return _of_process(await self.run("get", "--raw", path))
        async with self._limiter:
            return _of_reply(await self._proxy.get(path, accept))

    async def run(self, *arguments: str) -> ProcessResult:
        """One kubectl, at most eight at a time."""
        async with self._limiter:
            return await run_process(
                [*self._argv, *arguments], timeout=_TIMEOUT_SECONDS, max_bytes=_MOST_BYTES
            )


def flags(target: KubeTarget) -> Iterable[str]:
    """The flags that make kubectl ask this cluster; the namespace is in each request's path."""
    if target.kubeconfig:
        yield f"--kubeconfig={target.kubeconfig}"
    if target.context:
        yield f"--context={target.context}"


def last_line(said: str) -> str:
    """The last line that says something: kubectl's retries come before it."""
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "no reason")


def _of_process(result: ProcessResult) -> Got:
    if result.exit_code == 0:
        return Got(outcome="ok", body=result.stdout)
    if result.timed_out or result.truncated:
        return Got(outcome="failed", why="timed out" if result.timed_out else "too large")
    found = _REASON.search(result.stderr)
    return _refused(found[1] if found else "", last_line(result.stderr))


def _of_reply(reply: Reply) -> Got:
    if reply.failure:
        return Got(outcome="failed", why=reply.failure)
    if reply.status == _OK:
        return Got(outcome="ok", body=reply.body)
    said = reply.body.decode(errors="replace")
    try:
        status = msgspec.json.decode(reply.body, type=dict[str, Any])
    except (ValueError, RecursionError):  # the proxy's own words, or those of something in between
        return _refused("", last_line(said))
    reason = text(status, "reason")
    return _refused(reason, f"Error from server ({reason}): {text(status, 'message')}")


def _refused(reason: str, why: str) -> Got:
    match reason:
        case "Forbidden":
            return Got(outcome="forbidden", why="forbidden")
        case "NotFound" | "MethodNotAllowed":
            return Got(outcome="absent", why="not served here")
        case _:
            return Got(outcome="failed", why=why)
