"""Before everything else: who may come, how much they may send; one line of log a request."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holmes.server.encoding import encode
from holmes.server.log import Log
from holmes.server.problems import Problem, TooLong
from holmes.server.settings import LOOPBACK, ServerSettings

MAX_BODY = 16 * 1024 * 1024
"""Bytes: a long conversation with all that its tools returned fits many times."""

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+))(?::\d+)?")

_OPEN = frozenset({"/healthz", "/readyz"})
"""No key: whoever watches over the process has none, and they tell nothing."""

_PAGE = ("/", "/static/")
"""The page holds no secret, and asks for a key by itself."""


Meter: TypeAlias = Callable[[str, str, int, float], None]
"""Is told of each request that ended: method, pattern of its path, status, seconds."""


@dataclass(kw_only=True)
class _Seen:
    """What became of one request."""

    status: int = 0
    sent: int = 0
    owner: str = ""


class Forbidden(Problem):
    """Called by a name or from a page that has no business here."""

    status = 403


class NoKey(Problem):
    """No key, or nobody's."""

    status = 401


class Guard:
    """An ASGI application around another."""

    def __init__(
        self,
        app: ASGIApp,
        settings: ServerSettings,
        log: Log,
        meter: Meter,
    ) -> None:
        self._app = app
        self._settings = settings
        self._log = log
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, refuse it, and say what became of it."""
        if scope["type"] != "http":
            return
        seen, began = _Seen(), time.monotonic()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
            else:
                seen.sent += len(message.get("body", b""))
            await send(message)

        try:
            self._check(scope, seen)
            await self._app(scope, _limited(receive), counted)
        except Problem as problem:
            await _refuse(problem, scope, receive, counted, seen)
        except Exception as error:  # noqa: BLE001  (a bug in one request ends no other)
            self._log.unforeseen(error)
            if not seen.status:
                fault = Response(encode({"detail": "A fault of HolmesGPT's own."}), 500)
                await fault(scope, receive, counted)
        finally:
            self._tell(scope, seen, time.monotonic() - began)

    def _check(self, scope: Scope, seen: _Seen) -> None:
        headers, settings = Headers(scope=scope), self._settings
        host = headers.get("host", "")
        name = _name_in(host)
        # Without a key a page of another site could come by a name that it resolves to loopback.
        if (settings.hosts or not settings.keys) and name not in {*LOOPBACK, *settings.hosts}:
            raise Forbidden("This server is not called by that name; see --allowed-host.")
        origin = headers.get("origin")
        own = (f"http://{host}", f"https://{host}", *settings.origins)
        if origin is not None and origin not in own:
            raise Forbidden("Pages of other origins may not call this server.")
        path = scope["path"]
        free = path in _OPEN or path == _PAGE[0] or path.startswith(_PAGE[1])
        if settings.keys and not free:
            seen.owner = settings.keys.owner(_key(headers)) or ""
            if not seen.owner:
                raise NoKey("Invalid or missing API key.")
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > MAX_BODY:
            raise TooLong(f"The body is longer than {MAX_BODY:,} bytes.")

    def _tell(self, scope: Scope, seen: _Seen, seconds: float) -> None:
        pattern = scope.get("pattern", "")
        client = scope.get("client")
        line = {
            "at": round(time.time(), 3),
            "method": scope["method"],
            "path": scope["path"],
            "status": seen.status,
            "seconds": round(seconds, 4),
            "bytes": seen.sent,
            "client": client[0] if client else "",
            "key": seen.owner,
        }
        self._log.line(line)
        self._meter(scope["method"], pattern, seen.status, seconds)


def _name_in(host: str) -> str:
    """The name without the port; nothing where that is no host."""
    match = _HOST.fullmatch(host)
    return (match[1] or match[2]).lower() if match else ""


def _key(headers: Headers) -> str:
    given = headers.get("x-api-key", "")
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return given or (token.strip() if scheme.lower() == "bearer" else "")


def _limited(receive: Receive) -> Receive:
    """The same body, as long as it may be."""
    size = 0

    async def piece() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY:
            raise TooLong(f"The body is longer than {MAX_BODY:,} bytes.")
        return message

    return piece


async def _refuse(
    problem: Problem, scope: Scope, receive: Receive, send: Send, seen: _Seen
) -> None:
    if seen.status:
        return  # the reply has begun
    said: object = {"detail": problem.detail}
    if scope["path"].startswith("/v1/"):
        kind = "invalid_request_error"
        said = {"error": {"message": problem.detail, "type": kind, "code": problem.status}}
    headers = {"www-authenticate": "Bearer"} if problem.status == 401 else None
    response = Response(encode(said), problem.status, headers, media_type="application/json")
    await response(scope, receive, send)
