"""One kubectl for all requests: `kubectl proxy` on a socket that only this user can open.

A kubectl a request costs its start each time, 0.1 s of a core, and once more whatever program the
kubeconfig has for the token (`aws eks get-token` takes a second). The proxy pays both once, lets
nothing but GET through, and lives no longer than the scan.
"""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from holmes.tools.process import Background, background, find_executable

if TYPE_CHECKING:
    import httpx2

_START_SECONDS = 5.0
_POLL_SECONDS = 0.005
_FLAGS = (
    "--reject-methods=^(POST|PUT|PATCH|DELETE|CONNECT|OPTIONS|HEAD|TRACE)$",
    # Behind Rancher the API server has a path of its own. Unknown to kubectl before 1.23.
    "--append-server-path",
)
# Ends the proxy when our end of the pipe closes, and so even where this process is killed.
_LIFELINE = '"$@" & trap "kill $!; wait $!" EXIT; read -r _'


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What the API server, or the proxy for it, sent, or why nothing whole came (`failure`)."""

    status: int = 0
    body: bytes = b""
    failure: str = ""


class Proxy:
    """Asks through a running proxy."""

    def __init__(self, client: "httpx2.AsyncClient", *, seconds: float, max_bytes: int) -> None:
        self._client = client
        self._seconds = seconds
        self._max_bytes = max_bytes

    async def get(self, path: str, accept: str = "*/*") -> Reply:
        """One GET of a path with its query; never raises for what the other side does."""
        import httpx2  # noqa: PLC0415  # see `proxied`

        body = bytearray()
        try:
            with anyio.fail_after(self._seconds):
                url, headers = f"http://localhost{path}", {"Accept": accept}
                async with self._client.stream("GET", url, headers=headers) as response:
                    async for piece in response.aiter_bytes():
                        body += piece
                        if len(body) > self._max_bytes:
                            return Reply(failure="too large")
        except TimeoutError:
            return Reply(failure="timed out")
        except httpx2.HTTPError as error:
            return Reply(failure=f"kubectl proxy: {str(error) or type(error).__name__}")
        return Reply(status=response.status_code, body=bytes(body))


@asynccontextmanager
async def proxied(
    kubectl: Sequence[str], *, connections: int, seconds: float, max_bytes: int
) -> AsyncIterator[Proxy | None]:
    """A proxy by this kubectl with these flags; None where it does not come up.

    That is so where the socket can't be reached (a kubectl from a snap has a /tmp of its own) or a
    flag is unknown. `seconds` and `max_bytes` are those of one request.
    """
    shell = find_executable("sh")
    if shell is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="holmes-proxy-") as folder:
        socket = Path(folder) / "api"
        argv = (shell, "-c", _LIFELINE, "sh", *kubectl, "proxy", f"--unix-socket={socket}", *_FLAGS)
        async with background(argv) as running:
            import httpx2  # noqa: PLC0415  # 50 ms, while the proxy starts

            if not await _comes_up(socket, running):
                yield None
                return
            transport = httpx2.AsyncHTTPTransport(
                uds=str(socket), limits=httpx2.Limits(max_connections=connections)
            )
            async with httpx2.AsyncClient(transport=transport, timeout=None) as client:
                yield Proxy(client, seconds=seconds, max_bytes=max_bytes)


async def _comes_up(socket: Path, running: Background) -> bool:
    """Whether it listens before it ends or the time is over."""
    with anyio.move_on_after(_START_SECONDS):
        while not running.ended:
            try:
                async with await anyio.connect_unix(str(socket)):
                    return True
            except OSError:
                await anyio.sleep(_POLL_SECONDS)
    return False
