"""Requests to URLs that a model names: each, and each redirect, is judged before it is sent."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from holmes.core.messages import JsonValue
from holmes.tools.function_tool import ToolFailure
from holmes.tools.http import HttpReply, HttpServer

if TYPE_CHECKING:
    import httpx2

MOST_REDIRECTS = 5
_PORTS = {"http": 80, "https": 443}
_ODD = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029\ufeff]")
# Control characters, a backslash, what is no UTF-8, what Windows takes for slashes, and `%u002e`.
_HIDDEN = re.compile(r"[\x00-\x1f\x7f\\\ufffd\u2044\u2215\u29f8]|%u[0-9A-Fa-f]{4}", re.IGNORECASE)
_DEEPEST = 4  # times that a path may be encoded
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BY_GET = frozenset({301, 302, 303})  # after which any method becomes GET


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A URL read once: what is judged is what is asked."""

    url: str
    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Scheme, host and port; the port that goes without saying is not said."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == _PORTS[self.scheme]
        return f"{self.scheme}://{host}" + ("" if usual else f":{self.port}")


Headers: TypeAlias = Mapping[str, str]
Admit: TypeAlias = Callable[[Target, str], Headers]
"""The headers for a request of that method, or ToolFailure where it is not allowed."""
Login: TypeAlias = Callable[[Target, str], "httpx2.Auth | None"]


def target_of(text: str) -> Target:
    """A URL, read; ToolFailure where readers could differ about what it means.

    Refused: a user or password in it, backslashes, spaces and control characters, and paths with
    steps upwards or hidden slashes, encoded any number of times.
    """
    import httpx2  # noqa: PLC0415

    if _ODD.search(text):
        raise _refused(text, "it holds a space, a backslash or a control character")
    try:
        url = httpx2.URL(text)
        parts = urlsplit(text)
        same = (parts.hostname or "").rstrip(".") == url.host.rstrip(".") or not url.host.isascii()
        host, port = url.host, url.port
    except (httpx2.InvalidURL, ValueError) as error:
        raise _refused(text, "it can't be read") from error
    if url.scheme not in {"http", "https"} or not host:
        raise _refused(text, "it has to begin with http:// or https:// and a host")
    if url.userinfo or "@" in parts.netloc:
        raise _refused(text, "it holds a user or a password")
    if not same and "xn--" not in url.raw_host.decode():
        raise _refused(text, "its host can be read in two ways")
    return Target(
        url=str(url).partition("#")[0],
        scheme=url.scheme,
        host=host,
        port=port or _PORTS[url.scheme],
        path=_plain_path(parts.path or "/", text),
    )


def _plain_path(path: str, text: str) -> str:
    """The path decoded once; refused where a server could read it as another one."""
    once = unquote(path)
    deep = once
    for _ in range(_DEEPEST):
        deep, before = unquote(deep), deep
        if deep == before:
            break
    else:
        raise _refused(text, "its path is encoded too often")
    # What some servers make of full-width dots and slashes, and of overlong UTF-8.
    deep = normalize("NFKC", deep)
    if deep.count("/") != path.count("/") or _HIDDEN.search(deep):
        raise _refused(text, "a slash or a control character is hidden in its path")
    steps = {segment.partition(";")[0].strip() for segment in deep.split("/")}
    if {".", ".."} & steps:
        raise _refused(text, "its path has steps upwards")
    return once


def _refused(text: str, why: str) -> ToolFailure:
    shown = " ".join(text[:200].split())
    return ToolFailure(f'"{shown}" is refused: {why}', status="denied")


@dataclass(frozen=True, kw_only=True, slots=True)
class Guarded:
    """Requests to URLs that a model names.

    admit   judges each request, redirects included, and gives the headers for that host alone
    server  what asks an origin, with its limits
    login   how a request logs in where headers alone do not
    """

    admit: Admit
    server: Callable[[str], HttpServer]
    login: Login | None = None

    async def request(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Headers | None = None,
        body: JsonValue = None,
    ) -> tuple[Target, HttpReply]:
        """The last reply, with where it came from."""
        target = target_of(url)
        for _ in range(MOST_REDIRECTS + 1):
            admitted = {**(headers or {}), **self.admit(target, method)}
            server = self.server(target.origin)
            server.login = self.login(target, method) if self.login else None
            async with server.open():
                reply = await server.request(
                    "", method=method, headers=admitted, body=body, whole=target.url
                )
            location = reply.headers.get("location", "")
            if reply.status not in _REDIRECTS or not location:
                return target, reply
            secure, target = target.scheme == "https", target_of(_joined(target.url, location))
            if secure and target.scheme != "https":
                raise _refused(target.url, "it is a redirect to a connection without TLS")
            if reply.status in _BY_GET and method not in {"GET", "HEAD"}:
                method, body = "GET", None
        raise ToolFailure(f"{url} redirects more than {MOST_REDIRECTS} times")


def _joined(base: str, location: str) -> str:
    """A redirect's target; a relative one is of the page that it came from."""
    import httpx2  # noqa: PLC0415

    if _ODD.search(location):
        raise _refused(location, "it holds a space, a backslash or a control character")
    parts = urlsplit(location)
    if parts.path and not parts.scheme:
        _plain_path(parts.path, location)
    try:
        return str(httpx2.URL(base).join(location))
    except httpx2.InvalidURL as error:
        raise _refused(location, "it can't be read") from error
