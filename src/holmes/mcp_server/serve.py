"""Serving on standard input and output, or over streamable HTTP."""

import hmac
import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from holmes.config.settings import Config
from holmes.core.errors import UsageError
from holmes.mcp_server.offer import Choice
from holmes.mcp_server.server import opened
from holmes.tools.http import is_loopback

KEYS = ("HOLMES_SERVER_KEY", "HOLMES_API_KEY")
"""Variables with the key that clients have to send; the second is the peer's."""

_SHORTEST_KEY = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where to listen; raises UsageError where that can't be meant."""

    host: str
    port: int

    @classmethod
    def read(cls, text: str) -> "Address":
        """HOST:PORT, or PORT alone for this machine."""
        host, _, port = text.rpartition(":")
        if not (port.isascii() and port.isdigit() and int(port) < 65536):
            raise UsageError(f'--http "{text}" has no port.', hint="Give HOST:PORT.")
        return cls(host=host.strip("[]") or "127.0.0.1", port=int(port))


async def serve(
    config: Config, choice: Choice, address: Address | None, say: Callable[[str], None]
) -> None:
    """Serve one client on standard input until it goes, or any number over HTTP until a signal."""
    # The SDK reports each malformed message to its logger, which Python prints on stderr.
    logging.getLogger("mcp").addHandler(logging.NullHandler())
    key = _key(address, os.environ)
    async with opened(config, choice, say) as server:
        if address is None:
            async with stdio_server() as (read, write):
                await server.run(read, write, server.create_initialization_options())
            return
        await _serve_http(server, address, key, say)


def _key(address: Address | None, environment: Mapping[str, str]) -> str:
    """The key that clients send; required where others than this machine can come."""
    name = next((name for name in KEYS if environment.get(name)), "")
    key = environment.get(name, "")
    if key and len(key) < _SHORTEST_KEY:
        raise UsageError(f"{name} is shorter than {_SHORTEST_KEY} characters.")
    if address is not None and not key and not is_loopback(address.host):
        raise UsageError(
            f"Anybody who reaches {address.host} could use it.",
            hint=f"Set {KEYS[0]} to a key that clients send, or listen on 127.0.0.1.",
        )
    return key


async def _serve_http(
    server: Server[Any], address: Address, key: str, say: Callable[[str], None]
) -> None:
    app: Any = server.streamable_http_app(host=address.host)
    settings = uvicorn.Config(
        _Locked(app, key) if key else app,
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    host = f"[{address.host}]" if ":" in address.host else address.host
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        listener = socket.create_server((address.host, address.port), family=family)
    except OSError as error:
        said = f"{host}:{address.port} can't be listened on: {error.strerror or error}."
        raise UsageError(said, hint="Give another --http HOST:PORT.") from error
    with listener:  # here, so that who reads the line can come at once
        say(f"Listening on http://{host}:{listener.getsockname()[1]}/mcp")
        await _Uvicorn(settings).serve(sockets=[listener])


class _Uvicorn(uvicorn.Server):
    """Without signal handlers of its own: the command ends what runs."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Locked:
    """Lets a request through that brings the key, as a bearer token or as X-API-Key."""

    def __init__(self, app: Any, key: str) -> None:  # noqa: ANN401  (any ASGI application)
        self._app = app
        self._key = key.encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  (ASGI)
        if scope["type"] == "http" and not self._opens(dict(scope["headers"])):
            headers = [(b"www-authenticate", b"Bearer"), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        await self._app(scope, receive, send)

    def _opens(self, headers: Mapping[bytes, bytes]) -> bool:
        bearer = headers.get(b"authorization", b"").removeprefix(b"Bearer ")
        return any(
            hmac.compare_digest(given, self._key)
            for given in (bearer, headers.get(b"x-api-key", b""))
        )
