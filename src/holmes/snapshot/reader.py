"""Reading a live cluster through kubectl, whose credentials and plugins it has already."""

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from urllib.parse import urlencode

import anyio

from holmes.core.errors import SnapshotError
from holmes.core.messages import JsonObject
from holmes.kubernetes.kubectl import require_cluster, sentence
from holmes.kubernetes.target import KubeTarget
from holmes.snapshot import fields
from holmes.tools.process import find_executable, run_process

# Objects a page; kubectl itself asks for 500.
_PAGE = 500
_SECONDS = 120.0
_MAX_BYTES = 64 * 1024 * 1024
# kubectl is a process a request; more of them at once than this only queue at the API server.
_AT_ONCE = 8

_PRINTED = re.compile(r"Error from server(?: \((?P<reason>\w+)\))?: (?P<message>.+)", re.DOTALL)
# kubectl prints the reason and keeps the code to itself.
_CODES: Mapping[str, int] = {
    "BadRequest": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "MethodNotAllowed": 405,
    "ServiceUnavailable": 503,
    "Timeout": 504,
}


class Refused(Exception):
    """The API server answered with an error; `status` is its Status object."""

    def __init__(self, status: JsonObject) -> None:
        super().__init__(fields.text(status, "message"))
        self.status = status


class ClusterReader:
    """GET requests to the API server, a few at a time; UsageError where none is configured."""

    def __init__(self, target: KubeTarget) -> None:
        require_cluster(target)
        self._kubectl = [find_executable("kubectl") or "kubectl"]
        if target.kubeconfig:
            self._kubectl.append(f"--kubeconfig={target.kubeconfig}")
        if target.context:
            self._kubectl.append(f"--context={target.context}")
        self._limiter = anyio.CapacityLimiter(_AT_ONCE)

    async def cluster_name(self) -> str:
        """The cluster's name in kubeconfig, empty where there is none (inside a pod)."""
        path = "jsonpath={.contexts[0].context.cluster}"
        return (await self._run(["config", "view", "--minify", "-o", path])).strip()

    async def text(self, url: str) -> str:
        """The body of one answer; Refused for an error, SnapshotError where there is none."""
        return await self._run(["get", "--raw", url])

    async def value(self, url: str) -> JsonObject:
        """One answer that is a JSON object; raises as `text`, and where it isn't JSON."""
        body = await self.text(url)
        try:
            found = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise SnapshotError(f'The API server\'s answer to "{url}" is not JSON.') from error
        if not isinstance(found, dict):
            raise SnapshotError(f'The API server\'s answer to "{url}" is not a JSON object.')
        return found

    async def pages(self, url: str) -> AsyncIterator[JsonObject]:
        """The pages of a list; raises as `value`."""
        token = ""
        while True:
            query = {"limit": str(_PAGE)} | ({"continue": token} if token else {})
            page = await self.value(f"{url}?{urlencode(query)}")
            yield page
            token = fields.text(page, "metadata", "continue")
            if not token:
                return

    async def _run(self, arguments: Sequence[str]) -> str:
        async with self._limiter:
            result = await run_process(
                [*self._kubectl, *arguments], timeout=_SECONDS, max_bytes=_MAX_BYTES
            )
        if result.exit_code == 0:
            return result.stdout
        if status := _status_in(result.stderr):
            raise Refused(status)
        if result.truncated:
            size = f"{_MAX_BYTES // 1024 // 1024} MiB"
            raise Refused({"message": f"the answer is larger than {size}", "code": 413})
        said = result.stderr.strip().splitlines() or ["it ended without a word"]
        why = f"no answer in {_SECONDS:.0f} s" if result.timed_out else said[-1]
        raise SnapshotError(
            f"The cluster can't be read: {sentence(why)}",
            hint="Check it with `kubectl get --raw /version`, then run the same command again.",
        )


def _status_in(stderr: str) -> JsonObject | None:
    """The Status object behind kubectl's "Error from server (REASON): MESSAGE", or None."""
    match = _PRINTED.search(stderr)
    if match is None:
        return None
    reason = match["reason"] or ""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": match["message"].strip(),
        "reason": reason,
        "code": _CODES.get(reason, 500),
    }
