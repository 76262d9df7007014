"""Downloads that go on where they stopped: the only module here that knows the HTTP library.

Importing it costs 0.2 s, so `holmes.embedded.weights` does that once there is something to fetch.
"""

import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import anyio
import httpx2
from anyio import to_thread

from holmes.core.errors import UsageError
from holmes.embedded.checksum import file_sha256

_ATTEMPTS = 4
_CONNECT_SECONDS = 10.0
_SILENCE_SECONDS = 60.0
_MOST_OF_A_PAGE = 16_000_000  # bytes of an index's page

_T = TypeVar("_T")

Advance = Callable[[int], None]
"""Told how many bytes came to the disk; a negative number where some were thrown away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A small document, as `url` served it in the end."""

    url: str
    status: int
    content_type: str
    body: bytes


class Fetcher:
    """An HTTP client whose failures are UsageErrors; `open_fetcher` makes one.

    `pause` is the seconds before the second attempt; each later one waits longer.
    """

    def __init__(self, client: httpx2.AsyncClient, pause: float) -> None:
        self._client = client
        self._pause = pause

    async def get(self, url: str, *, accept: str) -> Page:
        """A small document, with its status where that is below 500."""

        async def ask() -> Page:
            headers = {"Accept": accept, "Accept-Encoding": "identity"}
            async with self._client.stream("GET", url, headers=headers) as response:
                if response.status_code >= 500:
                    response.raise_for_status()
                body = b""
                async for block in response.aiter_raw():
                    body += block
                    _check_length(url, len(body), _MOST_OF_A_PAGE)
                return Page(
                    url=str(response.url),
                    status=response.status_code,
                    content_type=response.headers.get("content-type", ""),
                    body=body,
                )

        return await self._patiently(url, ask)

    async def describe(self, url: str, *, seconds: float) -> tuple[int, str] | None:
        """Size in bytes and SHA-256 ("": not said) of a large file on a hub.

        None: the hub did not answer within `seconds`, or not with success. Hugging Face names
        both in the redirect to its store (X-Linked-Size, X-Linked-Etag; its documentation, 2026).
        """
        size, digest = "", ""
        try:
            with anyio.fail_after(seconds):
                response = await self._client.head(url, headers={"Accept-Encoding": "identity"})
            response.raise_for_status()
            for reply in (response, *response.history):
                size = reply.headers.get("x-linked-size", size)
                digest = reply.headers.get("x-linked-etag", digest).strip('"')
            size = size or response.headers.get("content-length", "")
            return int(size or 0), digest if len(digest) == 64 else ""
        except (httpx2.HTTPError, TimeoutError, ValueError):
            return None

    async def download(
        self, url: str, target: Path, *, sha256: str, most: int, advance: Advance
    ) -> None:
        """Fetch a file of at most so many bytes; those that `target` has are not asked for again.

        `sha256` may be empty. A file that is whole and wrong is thrown away and fetched once
        more from its start: the older bytes may have been of another version.
        """
        for _ in range(2):
            await self._fetch(url, target, most, advance)
            if not sha256 or await to_thread.run_sync(file_sha256, target) == sha256:
                return
            advance(-_discard(target))
        raise UsageError(
            f"{without_credentials(url)} is not the file it should be: its SHA-256 is not {sha256}."
        )

    async def _fetch(self, url: str, target: Path, most: int, advance: Advance) -> None:
        length = _length(target)

        def grew() -> bool:
            nonlocal length
            before, length = length, _length(target)
            return length > before

        async def append() -> None:
            await self._append(url, target, most, advance)

        await self._patiently(url, append, grew)

    async def _append(self, url: str, target: Path, most: int, advance: Advance) -> None:
        have = _length(target)
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        async with self._client.stream("GET", url, headers=headers) as response:
            if have and response.status_code == 416:
                return  # nothing is left to fetch; the hash says whether that is right
            response.raise_for_status()
            goes_on = response.headers.get("content-range", "").startswith(f"bytes {have}-")
            if have and not (response.status_code == 206 and goes_on):
                advance(-_discard(target))
            with target.open("ab", buffering=0) as file:
                async for block in response.aiter_raw():
                    _check_length(url, file.tell() + len(block), most)
                    file.write(block)
                    advance(len(block))

    async def _patiently(
        self,
        url: str,
        action: Callable[[], Awaitable[_T]],
        grew: Callable[[], bool] = lambda: False,
    ) -> _T:
        """Do it, again after passing failures; those that brought bytes first don't count."""
        failures = 0
        while True:
            try:
                return await action()
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                failures = 1 if grew() else failures + 1
                if failures == _ATTEMPTS or not _may_pass(error):
                    raise UsageError(
                        f"{without_credentials(url)} can't be fetched: {_reason(error)}.",
                        hint="What is here already is kept: run `holmes model pull` again.",
                    ) from error
            await anyio.sleep(failures * self._pause)


@asynccontextmanager
async def open_fetcher(
    *, pause: float = 1.0, environment: Mapping[str, str] = os.environ
) -> AsyncIterator[Fetcher]:
    """A client that uses the proxies of the environment and the certificates that pip uses."""
    trusted = environment.get("PIP_CERT") or environment.get("SSL_CERT_FILE")
    async with httpx2.AsyncClient(
        follow_redirects=True,
        timeout=httpx2.Timeout(_SILENCE_SECONDS, connect=_CONNECT_SECONDS),
        verify=ssl.create_default_context(cafile=trusted) if trusted else True,
    ) as client:
        yield Fetcher(client, pause)


def without_credentials(url: str) -> str:
    """The address as it may be shown: a private index may carry `user:token@`."""
    split = urlsplit(url)
    return urlunsplit(split._replace(netloc=split.netloc.rpartition("@")[2]))


def _check_length(url: str, length: int, most: int) -> None:
    if length > most:
        raise UsageError(f"{without_credentials(url)} is longer than the {most} bytes it may have.")


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _discard(path: Path) -> int:
    length = _length(path)
    path.unlink(missing_ok=True)
    return length


def _may_pass(error: Exception) -> bool:
    if isinstance(error, httpx2.HTTPStatusError):
        return error.response.status_code >= 500 or error.response.status_code in {408, 429}
    return isinstance(error, httpx2.TransportError)


def _reason(error: Exception) -> str:
    if isinstance(error, httpx2.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return str(error) or type(error).__name__
