"""What all paths share: bodies that are read once and checked, replies, streams, refusals."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

import anyio
import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from holmes.core.errors import HolmesError, ModelServerError, UsageError
from holmes.server.encoding import encode
from holmes.server.problems import Problem, TooSlow, Unreadable

BODY_SECONDS = 30.0
"""For a body to arrive."""

PING_SECONDS = 15.0
"""Between two signs of life on a stream: proxies close what is silent for a minute."""

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """One path with one method, and what the OpenAPI document says of it.

    body    the type of the JSON body, where there is one
    reply   the type of the JSON reply; None for another kind of content
    status  of a good reply
    stream  whether the reply can be a stream of server-sent events
    query   query parameters with what they say
    """

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    says: str
    body: Any = None
    reply: Any = None
    status: int = 200
    stream: bool = False
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def route(self) -> Route:
        """As Starlette has it; the guard reads the path's pattern from the scope."""

        async def handle(request: Request) -> Response:
            request.scope["pattern"] = self.path
            return await self.handler(request)

        return Route(self.path, handle, methods=[self.method])


async def body_of(request: Request, kind: type[_T]) -> _T:
    """The body as that type; Unreadable says what is wrong with it."""
    raw = b""
    with anyio.move_on_after(BODY_SECONDS) as scope:
        raw = await request.body()
    if scope.cancelled_caught:
        raise TooSlow(f"The body did not come within {BODY_SECONDS:g} s.")
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise Unreadable(f"The body is not as documented: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"The body is not JSON: {error}.") from error
    except RecursionError as error:
        raise Unreadable("The body is nested too deep.") from error


def reply(value: object, status: int = 200) -> Response:
    """A JSON reply."""
    return Response(encode(value), status, media_type="application/json")


def stream(pieces: AsyncIterator[bytes]) -> Response:
    """A stream of server-sent events."""
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(pieces, media_type="text/event-stream", headers=headers)


def number_of(text: str, name: str, *, default: int, most: int) -> int:
    """A whole number out of a path, a query or a header; Unreadable."""
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) <= most):
        raise Unreadable(f"{name} is not a whole number up to {most}.")
    return int(text)


def status_of(error: Exception) -> int:
    """The HTTP status for a failure."""
    match error:
        case Problem() | HTTPException():
            return error.status if isinstance(error, Problem) else error.status_code
        case ModelServerError(status=429):
            return 429
        case UsageError():
            return 400
        case _:
            return 502


def words_of(error: Exception) -> str:
    """What to say of a failure."""
    if isinstance(error, HTTPException):
        return {404: "There is no such path.", 405: "This path has other methods."}.get(
            error.status_code, error.detail
        )
    return error.detail if isinstance(error, Problem) else str(error)


async def refused(request: Request, error: Exception) -> Response:
    """The reply to what can't be done."""
    said, status = words_of(error), status_of(error)
    if request.url.path.startswith("/v1/"):
        kind = "invalid_request_error" if status < 500 else "server_error"
        return reply({"error": {"message": said, "type": kind, "code": status}}, status)
    found = reply({"detail": said}, status)
    found.headers.update(error.headers or {} if isinstance(error, HTTPException) else {})
    return found


async def gone(_request: Request, _error: Exception) -> Response:
    """Nobody reads this: the caller hung up while sending."""
    return Response(status_code=499)


REFUSALS: Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    Problem: refused,
    HolmesError: refused,
    HTTPException: refused,
    ClientDisconnect: gone,
}
