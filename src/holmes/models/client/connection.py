"""The HTTP connection to one server: the only module that knows the HTTP library.

Every error of the library is translated here: `TransportFailure` for a connection that did not
work, `ErrorReplied` for a status that is no success.
"""

import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import anyio

from holmes import __version__
from holmes.core.errors import ModelServerError, ServerUnreachable, UnexpectedResponse
from holmes.models.client import failures
from holmes.models.client.endpoint import is_loopback_host
from holmes.models.client.error_reply import ErrorReply, read_error

if TYPE_CHECKING:
    import httpx2

_ERROR_BODY_LIMIT = 200_000  # bytes of an error body that are read: HTML pages can be long

Remedy: TypeAlias = Literal["none", "connect_again", "ask_again", "restart"]
"""What may mend a failed connection: nothing, a server that comes up, or the same request again
(`restart` where a part of the reply may have been shown)."""


class TransportFailure(Exception):
    """A request that got no whole HTTP reply; `failure` is the error for a person."""

    def __init__(self, failure: ModelServerError, remedy: Remedy) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.remedy = remedy


class ErrorReplied(Exception):
    """An HTTP error, or an error object within a 200."""

    def __init__(self, reply: ErrorReply) -> None:
        super().__init__(reply.sentence)
        self.reply = reply


@dataclass(slots=True)
class Incoming:
    """A reply whose head has arrived and whose body is read piece by piece."""

    response: "httpx2.Response"
    label: failures.ServerLabel
    _pieces: AsyncIterator[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._pieces = self.response.aiter_bytes()

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    async def next_piece(self, *, patience: float, began: bool) -> bytes | None:
        """The next bytes, or None at the end.

        Waits for `patience` seconds; `began` says whether the reply itself has begun, and with
        it whether silence is worth another try.
        """
        import httpx2  # noqa: PLC0415 - 0.2 s, paid on the first request

        try:
            with anyio.fail_after(patience):
                return await anext(self._pieces, None)
        except TimeoutError as error:
            failure = failures.silent(self.label, patience, status=self.status, began=began)
            raise TransportFailure(failure, "restart" if began else "none") from error
        except httpx2.DecodingError as error:
            failure = self.label.failure(
                UnexpectedResponse, f"sent a body that can't be decompressed: {error}."
            )
            raise TransportFailure(failure, "none") from error
        except httpx2.HTTPError as error:
            failure = failures.cut_off(self.label, self.status)
            raise TransportFailure(failure, "restart") from error

    async def error(self, patience: float) -> ErrorReplied:
        """Read the body of an error."""
        body = b""
        try:
            while len(body) < _ERROR_BODY_LIMIT:
                piece = await self.next_piece(patience=patience, began=True)
                if piece is None:
                    break
                body += piece
        except TransportFailure:
            pass  # the status and what was read so far say enough
        headers = self.response.headers
        reply = read_error(
            self.status,
            body,
            retry_after=headers.get("retry-after", ""),
            location=headers.get("location", ""),
        )
        return ErrorReplied(reply)

    async def drain(self) -> None:
        """Read what comes after the last event, so that the connection can be used again."""
        import httpx2  # noqa: PLC0415

        with anyio.move_on_after(0.25):
            try:
                async for _ in self._pieces:
                    pass
            except httpx2.HTTPError:
                pass  # the reply is complete: how the connection ends doesn't matter


@dataclass(slots=True)
class Connection:
    """A pool of connections to one host, opened with the first request."""

    label: failures.ServerLabel
    host: str
    tls: bool
    headers: Mapping[str, str] = field(repr=False)
    connect_timeout: float
    reply_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Those of the last reply, names in lower case: they tell what kind of server it is."""
    _client: "httpx2.AsyncClient | None" = None

    @asynccontextmanager
    async def post(self, url: str, body: bytes, *, patience: float) -> AsyncIterator[Incoming]:
        """Send a JSON body; yields as soon as the head of the reply is there."""
        async with self._send("POST", url, body, patience=patience) as incoming:
            yield incoming

    async def get(self, url: str, *, patience: float) -> bytes:
        """The body of a GET; raises `TransportFailure` or `ErrorReplied`."""
        return await self._whole("GET", url, None, patience)

    async def exchange(self, url: str, body: bytes, *, patience: float) -> bytes:
        """The body of the reply to a POST; raises `TransportFailure` or `ErrorReplied`."""
        return await self._whole("POST", url, body, patience)

    async def _whole(self, method: str, url: str, sent: bytes | None, patience: float) -> bytes:
        async with self._send(method, url, sent, patience=patience) as incoming:
            if incoming.status != 200:
                raise await incoming.error(patience)
            body = b""
            while (piece := await incoming.next_piece(patience=patience, began=True)) is not None:
                body += piece
            return body

    async def aclose(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.aclose()

    @asynccontextmanager
    async def _send(
        self, method: str, url: str, body: bytes | None, *, patience: float
    ) -> AsyncIterator[Incoming]:
        import httpx2  # noqa: PLC0415

        client = self._open()
        try:
            request = client.build_request(method, url, content=body)
            with anyio.fail_after(patience):
                response = await client.send(request, stream=True)
        except TimeoutError as error:
            failure = failures.silent(self.label, patience, status=None, began=False)
            raise TransportFailure(failure, "none") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _unreachable(self.label, error) from error
        self.reply_headers = dict(response.headers)
        try:
            yield Incoming(response, self.label)
        finally:
            await response.aclose()

    def _open(self) -> "httpx2.AsyncClient":
        import httpx2  # noqa: PLC0415

        if self._client is None:
            # Proxies of the environment are for the world outside, never for this machine.
            direct = is_loopback_host(self.host)
            literal = f"[{self.host}]" if ":" in self.host else self.host
            self._client = httpx2.AsyncClient(
                headers={
                    "Content-Type": "application/json",
                    "User-Agent": f"holmesgpt/{__version__}",
                    **self.headers,
                },
                mounts={f"all://{literal}": None} if direct else None,
                # Reading the trusted authorities takes 0.1 s, and plain HTTP to this machine
                # needs none: a context that trusts nobody stands in.
                verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if direct and not self.tls else True,
                # Silence is timed by `Incoming`, which knows whether the reply has begun.
                timeout=httpx2.Timeout(None, connect=self.connect_timeout),
            )
        return self._client


def _unreachable(label: failures.ServerLabel, error: Exception) -> TransportFailure:
    """The failure for a request that got no head of a reply."""
    import httpx2  # noqa: PLC0415

    causes = tuple(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        passing = any(
            isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN
            for cause in causes
        )
        what, hint = "can't be found: its host name does not resolve.", "Check --api-base."
        return _failed(label, what, hint, "connect_again" if passing else "none")
    if isinstance(error, httpx2.ProxyError):
        what = f"can't be reached through the proxy: {error}."
        return _failed(label, what, "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.", "none")
    if isinstance(error, httpx2.ConnectTimeout):
        what = "does not accept connections: none was made in time."
        return _failed(label, what, "Check the host, the port and the firewall.", "connect_again")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        reason = next(cause for cause in causes if isinstance(cause, ssl.SSLError))
        what, hint = f"can't be reached by TLS: {_tls_reason(reason)}.", _tls_hint(reason)
        return _failed(label, what, hint, "none")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        what = "refuses the connection: nothing listens there."
        return _failed(
            label,
            what,
            "Is it running? Start it, or check the port in --api-base.",
            "connect_again",
        )
    if isinstance(error, (httpx2.ConnectError, httpx2.InvalidURL, httpx2.UnsupportedProtocol)):
        what = f"can't be reached: {str(causes[-1]) or type(error).__name__}."
        return _failed(label, what, "Check --api-base and the network.", "connect_again")
    what = "closed the connection without an answer."
    return _failed(label, what, "It may have crashed; look into its log.", "ask_again")


def _failed(label: failures.ServerLabel, what: str, hint: str, remedy: Remedy) -> TransportFailure:
    return TransportFailure(label.failure(ServerUnreachable, what, hint=hint), remedy)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and everything it came from, groups of parallel attempts included."""
    pending: list[BaseException | None] = [error]
    while pending:
        found = pending.pop(0)
        if found is None:
            continue
        yield found
        pending += [found.__cause__ or found.__context__]
        if isinstance(found, BaseExceptionGroup):
            pending += found.exceptions


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message or "its certificate is not trusted"
    return (error.reason or str(error)).replace("_", " ").lower()


def _tls_hint(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "Trust its authority with SSL_CERT_FILE, or check the host name."
    return 'Does this server speak plain HTTP? Then write "http://".'
