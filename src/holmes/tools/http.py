"""Requests to the HTTP API of a back end, with limits, and one clear line for each way it fails."""

import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlencode, urlsplit

import anyio
import msgspec

from holmes import __version__
from holmes.core.messages import JsonValue
from holmes.tools.function_tool import ToolFailure
from holmes.tools.urls import without_login

if TYPE_CHECKING:
    import httpx2

    from holmes.tools.addresses import Reach

MOST_BYTES = 20_000_000
"""Of one reply, once it is unpacked; a longer one is a failed call."""

CONNECT_SECONDS = 5.0

_SAID = 300  # characters of an error's body that are shown
_LOOPBACK_NAMES = frozenset({"localhost", "localhost."})

Sign: TypeAlias = Callable[[str, str, bytes], Awaitable[Mapping[str, str]]]
"""The headers that prove who asks, of a request's method, URL and body."""

Parameters: TypeAlias = Mapping[str, "str | int | float | Sequence[str] | None"]


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The keys by which every toolset over HTTP is connected; a base for its own settings.

    `additional_headers` and `headers` are the same. `ca` is a file of certificates to trust.
    """

    api_url: str = ""
    api_key: str = ""
    username: str = ""
    password: str = ""
    bearer_token: str = ""
    headers: dict[str, str] = {}
    additional_headers: dict[str, str] = {}
    verify_ssl: bool = True
    ca: str = ""
    client_cert: str = ""
    client_key: str = ""
    timeout_seconds: float = 30.0

    def server(self, product: str, *, url: str = "", **more: str) -> "HttpServer":
        """The server that these settings mean; `more` are headers."""
        headers = {**self.headers, **self.additional_headers, **more}
        if self.bearer_token or self.api_key:
            headers.setdefault("Authorization", f"Bearer {self.bearer_token or self.api_key}")
        return HttpServer(
            product=product,
            base=url or self.api_url,
            headers=headers,
            login=(self.username, self.password) if self.username else None,
            verify=self.verify_ssl,
            ca=self.ca,
            certificate=(self.client_cert, self.client_key) if self.client_cert else None,
            seconds=self.timeout_seconds,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpReply:
    """A whole reply; `body` is at most MOST_BYTES."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, whatever it holds."""
        return self.body.decode("utf-8", "replace")


@dataclass(kw_only=True, slots=True)
class HttpServer:
    """One back end over HTTP; connections stay open until `aclose`.

    product  its name in messages: "Prometheus"
    base     its URL; paths of requests are added to it
    login    user and password of HTTP basic authentication, or another way to log in
    sign     what proves who asks, where that is new for each request or runs out
    reach    which addresses are connected to; None is any
    most     bytes of one reply
    """

    product: str
    base: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    login: "tuple[str, str] | httpx2.Auth | None" = field(default=None, repr=False)
    verify: bool = True
    ca: str = ""
    certificate: tuple[str, str] | None = None
    seconds: float = 30.0
    sign: Sign | None = field(default=None, repr=False)
    reach: "Reach | None" = None
    most: int = MOST_BYTES
    _client: "httpx2.AsyncClient | None" = None

    def __post_init__(self) -> None:
        """Take user and password out of the URL, which stands in commands and messages."""
        self.base, login = without_login(self.base)
        self.login = login or self.login

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Close the connections at the end of the block; a `lifespan` for a toolset."""
        try:
            yield
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Close all connections; the next request opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def url(self, path: str, parameters: Parameters | None = None) -> str:
        """The URL of a request, as a person could repeat it."""
        said = {key: value for key, value in (parameters or {}).items() if value is not None}
        query = f"?{urlencode(said, doseq=True)}" if said else ""
        below = f"/{path.lstrip('/')}" if path else ""
        return f"{self.base.rstrip('/')}{below}{query}"

    async def json(
        self,
        path: str,
        parameters: Parameters | None = None,
        *,
        method: str = "GET",
        form: Parameters | None = None,
        body: JsonValue = None,
        seconds: float | None = None,
    ) -> Any:  # noqa: ANN401  (any JSON)
        """The JSON of a reply of 2xx; ToolFailure for everything else.

        `form` is sent as a form, `body` as JSON.
        """
        reply = await self.request(
            path, parameters, method=method, form=form, body=body, seconds=seconds
        )
        if not 200 <= reply.status < 300:
            raise self.refused(reply)
        return self.read_json(reply)

    def read_json(self, reply: HttpReply) -> Any:  # noqa: ANN401  (any JSON)
        """The JSON of a reply, whatever its status; ToolFailure where it is none."""
        try:
            return json.loads(reply.body)
        except (ValueError, RecursionError) as error:
            said = _short(reply.text)
            raise ToolFailure(f"{self._at} answered with no JSON: {said}") from error

    async def request(
        self,
        path: str,
        parameters: Parameters | None = None,
        *,
        method: str = "GET",
        form: Parameters | None = None,
        body: JsonValue = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
        whole: str = "",
    ) -> HttpReply:
        """One reply, whatever its status; ToolFailure where none came within `seconds`.

        `whole` is a URL to ask as it is, instead of a path under `base`.
        """
        import httpx2  # noqa: PLC0415  # 50 ms that a run without such a toolset can do without

        limit = seconds or self.seconds
        content: dict[str, Any] = {}
        if form is not None:
            content["data"] = {key: value for key, value in form.items() if value is not None}
        if body is not None:
            content["json"] = body
        url = whole or self.url(path, parameters)
        try:
            with anyio.fail_after(limit):
                client = self._opened()
                request = client.build_request(method, url, headers=headers, **content)
                if self.sign is not None:
                    signed = await self.sign(method, str(request.url), request.read())
                    request.headers.update(signed)
                response = await client.send(request, stream=True)
                try:
                    return await self._whole(response)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            said = f"{self._at} did not answer within {limit:g} s"
            raise ToolFailure(said, status="timeout") from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
            raise self.unreachable(error) from error

    def refused(self, reply: HttpReply) -> ToolFailure:
        """The failure for a status that is not 2xx, with what the server said."""
        said = _short(reply.text)
        if 300 <= reply.status < 400:
            said = f"it points to {reply.headers.get('location', 'another address')}; set that"
        elif reply.status in {401, 403}:
            said = f"check its key, user or role ({said})"
        return ToolFailure(f"{self._at} answered {reply.status}: {said}")

    @property
    def _at(self) -> str:
        parts = urlsplit(self.base)
        return f"{self.product} at {parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")

    def unreachable(self, error: BaseException) -> ToolFailure:
        """The failure for an error by which no reply came."""
        return ToolFailure(f"{self._at} {self._unreachable(error)}")

    def answered(self, status: int, hint: str) -> ToolFailure:
        """The failure for a status, with what to do about it."""
        return ToolFailure(f"{self._at} answered {status}: {hint}")

    async def _whole(self, response: "httpx2.Response") -> HttpReply:
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > self.most:
                raise ToolFailure(
                    f"{self._at} answered with more than {self.most / 1_000_000:g} MB: ask for less"
                )
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpReply(status=response.status_code, headers=headers, body=bytes(body))

    def new_client(self, auth: "httpx2.Auth | None" = None) -> "httpx2.AsyncClient":
        """A client of one's own, for a library that speaks for itself; ToolFailure for no URL."""
        import httpx2  # noqa: PLC0415

        from holmes.tools.addresses import pinned  # noqa: PLC0415  # few need it

        parts = urlsplit(self.base)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ToolFailure(f'{self.product}: "{self.base}" is no http:// or https:// URL')
        # Proxies of the environment are for the world outside, never for this machine.
        direct = is_loopback(parts.hostname)
        literal = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        trust = self._trust() if parts.scheme == "https" else _trusts_nobody()
        return httpx2.AsyncClient(
            transport=pinned(self.reach, trust) if self.reach else None,
            headers={"User-Agent": f"holmesgpt/{__version__}", **self.headers},
            auth=auth or self.login,
            mounts={f"all://{literal}": None} if direct else None,
            verify=trust,
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
        )

    def _opened(self) -> "httpx2.AsyncClient":
        if self._client is None:
            self._client = self.new_client()
        return self._client

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca or None)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.certificate is not None:
            certificate, key = self.certificate
            context.load_cert_chain(certificate, key or None)
        return context

    def _unreachable(self, error: BaseException) -> str:
        import httpx2  # noqa: PLC0415

        if isinstance(error, httpx2.InvalidURL):
            return "has a URL that is not understood: check host and port"
        if isinstance(error, httpx2.ConnectTimeout):
            return f"does not accept connections: none was made within {CONNECT_SECONDS:g} s"
        return not_reached(error)


def not_reached(error: BaseException) -> str:
    """Why no connection came about: what to say after the server's name."""
    causes = tuple(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "can't be found: its host name does not resolve"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "refuses the connection: nothing listens there"
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return f"can't be reached by TLS: {cause.reason or cause}"
    return f"can't be reached: {' '.join(str(error).split())[:_SAID] or type(error).__name__}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or address alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in _LOOPBACK_NAMES


def _trusts_nobody() -> ssl.SSLContext:
    # Reading the trusted authorities takes 0.1 s, and plain HTTP needs none.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _short(text: str) -> str:
    said = " ".join(text[: 4 * _SAID].split())
    return said[:_SAID] + ("…" if len(said) > _SAID else "") or "nothing"
