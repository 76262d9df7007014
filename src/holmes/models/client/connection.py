"""The HTTP connection to one server: the only module that knows the HTTP library.

Every error of the library is translated here: `TransportFailure` for a connection that did not
work, `ErrorReplied` for a status that is no success. Bodies are read up to a limit, which counts
what they are when they are decompressed.
"""

import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
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

MAX_STREAM = 64_000_000
"""Bytes of a streamed reply: an event may take 300 of them to bring one token."""

MAX_DOCUMENT = 8_000_000
"""Bytes of one JSON document: OpenRouter's list of models, the longest seen, has 0.5 million."""

_MAX_ERROR = 200_000  # bytes of an error body that are read: HTML pages can be long

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
    _decompressed: Callable[[bytes, int], bytes] = field(init=False)
    _room: int = MAX_STREAM

    def __post_init__(self) -> None:
        self._pieces = self.response.aiter_raw()
        encoding = self.response.headers.get("content-encoding", "identity").strip().lower()
        if encoding in {"gzip", "x-gzip", "deflate"}:
            self._decompressed = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress  # either header
        elif encoding in {"", "identity"}:
            self._decompressed = lambda piece, _: piece
        else:
            what = f'sent a body in the encoding "{encoding}", which was not asked for.'
            raise TransportFailure(self.label.failure(UnexpectedResponse, what), "none")

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    async def next_piece(self, *, patience: float, began: bool) -> bytes | None:
        """The next bytes, or None at the end.

        Waits for `patience` seconds; `began` says whether the reply itself has begun, and with
        it whether silence is worth another try. Raises `TransportFailure`, also for a body that
        is longer than it may be.
        """
        import httpx2  # noqa: PLC0415 - 0.2 s, paid on the first request

        try:
            with anyio.fail_after(patience):
                piece = await anext(self._pieces, None)
            decompressed = self._decompressed(piece, self._room + 1) if piece else piece
        except TimeoutError as error:
            failure = failures.silent(self.label, patience, status=self.status, began=began)
            raise TransportFailure(failure, "restart" if began else "none") from error
        except zlib.error as error:
            failure = self.label.failure(
                UnexpectedResponse, f"sent a body that can't be decompressed: {error}."
            )
            raise TransportFailure(failure, "none") from error
        except httpx2.HTTPError as error:
            failure = failures.cut_off(self.label, self.status)
            raise TransportFailure(failure, "restart") from error
        self._room -= len(decompressed or b"")
        if self._room < 0:
            raise TransportFailure(failures.too_long(self.label, "bytes"), "none")
        return decompressed

    async def whole(self, patience: float) -> bytes:
        """All of a body that is one document, read within `patience` seconds."""
        self._room = min(self._room, MAX_DOCUMENT)
        pieces = []
        try:
            with anyio.fail_after(patience):
                while (piece := await self.next_piece(patience=patience, began=True)) is not None:
                    pieces.append(piece)
        except TimeoutError as error:
            failure = failures.silent(self.label, patience, status=self.status, began=True)
            raise TransportFailure(failure, "none") from error
        return b"".join(pieces)

    async def error(self, patience: float) -> ErrorReplied:
        """Read the body of an error."""
        body = b""
        # Where time runs out, the status and what was read so far say enough.
        with anyio.move_on_after(patience), suppress(TransportFailure):
            while len(body) < _MAX_ERROR:
                piece = await self.next_piece(patience=patience, began=True)
                if piece is None:
                    break
                body += piece
        headers = self.response.headers
        reply = read_error(
            self.status,
            body[:_MAX_ERROR],
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

    async def document(self, url: str, sent: bytes | None = None, *, patience: float) -> bytes:
        """The body of a GET, or of a POST where something is sent, within `patience` seconds.

        Raises `TransportFailure` or `ErrorReplied`.
        """
        method = "GET" if sent is None else "POST"
        async with self._send(method, url, sent, patience=patience) as incoming:
            if incoming.status != 200:
                raise await incoming.error(patience)
            return await incoming.whole(patience)

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
                    "Accept-Encoding": "identity",
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
