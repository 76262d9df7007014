"""Asking a cluster through the kubectl that its user already has: one GET a process."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

import anyio
import msgspec

from holmes.errors import UsageError
from holmes.toolsets.base import KubeTarget
from holmes.toolsets.kubectl import require_cluster, sentence
from holmes.toolsets.process import ProcessResult, find_executable, run_process
from holmes.triage.fields import Obj

_TIMEOUT_SECONDS = 60.0
_PAGE = 500
# A page of 500 pods is some 8 MB; one that doesn't fit is reported, not cut.
_MOST_BYTES = 64 * 1024 * 1024
_PARALLEL = 8
# kubectl puts the reason of the API's Status in brackets: "Error from server (Forbidden): …".
_REASON = re.compile(r"Error from server \((\w+)\)")

Outcome: TypeAlias = Literal["ok", "forbidden", "absent", "failed"]


class _Continue(msgspec.Struct):
    next: str = msgspec.field(name="continue", default="")


class _Page(msgspec.Struct):
    items: list[dict[str, Any]] | None
    metadata: _Continue = msgspec.field(default_factory=_Continue)


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """The objects of one list, or why there are none."""

    outcome: Outcome
    objects: tuple[Obj, ...] = ()
    why: str = ""


class Kubectl:
    """The real kubectl, with the flags that select the cluster.

    `get --raw` is one request a process, streams what the server sends, and needs no discovery.
    Raises UsageError where there is no kubectl.
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

    async def list(self, path: str) -> Listed:
        """Every object of a list, page by page."""
        found: list[Obj] = []
        token = ""
        while True:
            query = {"limit": str(_PAGE)} | ({"continue": token} if token else {})
            result = await self.run("get", "--raw", f"{path}?{urlencode(query)}")
            if result.exit_code != 0:
                return _failure(result)
            try:
                page = msgspec.json.decode(result.stdout, type=_Page)
            except msgspec.DecodeError as error:
                return Listed(outcome="failed", why=f"not a list: {error}")
            found += page.items or []
            token = page.metadata.next
            if not token:
                return Listed(outcome="ok", objects=tuple(found))

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


def is_forbidden(result: ProcessResult) -> bool:
    """Whether RBAC (or another authorizer) refused what kubectl asked for."""
    return _reason(result) == "Forbidden"


def _reason(result: ProcessResult) -> str:
    found = _REASON.search(result.stderr)
    return found[1] if found else ""


def _failure(result: ProcessResult) -> Listed:
    if result.timed_out or result.truncated:
        why = "timed out" if result.timed_out else "too large"
        return Listed(outcome="failed", why=why)
    match _reason(result):
        case "Forbidden":
            return Listed(outcome="forbidden", why="forbidden")
        case "NotFound" | "MethodNotAllowed":
            return Listed(outcome="absent", why="not served here")
        case _:
            return Listed(outcome="failed", why=last_line(result.stderr))
