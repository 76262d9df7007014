"""A Redis or Valkey server, and which of its commands may run."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import msgspec
from redis.asyncio import Redis
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    RedisError,
    ResponseError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeout,
)

from holmes.tools.function_tool import ToolFailure
from holmes.tools.http import not_reached
from holmes.tools.urls import without_login

# They read no key, so the server's own table does not call them `readonly`.
_ASKING = frozenset({
    "client|info", "client|list", "cluster|countkeysinslot", "cluster|info", "cluster|links",
    "cluster|nodes", "cluster|shards", "cluster|slots", "command|count", "command|info", "echo",
    "info", "lastsave", "latency|doctor", "latency|histogram", "latency|history", "latency|latest",
    "memory|doctor", "memory|stats", "module|list", "ping", "pubsub|channels", "pubsub|numpat",
    "pubsub|numsub", "role", "slowlog|get", "slowlog|len", "time",
})  # fmt: skip
_FLAGS_REFUSED = frozenset({"write", "blocking", "may_replicate", "admin"})
_CATEGORIES_REFUSED = frozenset({"@dangerous", "@scripting", "@blocking", "@write", "@admin"})
_ACCESS_REFUSED = frozenset({"RW", "OW", "RM"})
_LARGEST_KEY = 5_000_000
"""Bytes; a command that walks all of a larger key holds up everybody else's."""


class RedisSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server is: redis://user:password@host:6379/0, or rediss:// for TLS."""

    connection_url: str
    username: str = ""
    password: str = ""
    verify_ssl: bool = True
    ca: str = ""
    timeout_seconds: float = 10.0
    max_rows: int = 100


@dataclass(kw_only=True, slots=True)
class RedisServer:
    """A server and its connections, made when it is first asked."""

    settings: RedisSettings
    _client: "Redis | None" = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """Product and address, as messages name them."""
        parts = urlsplit(without_login(self.settings.connection_url)[0])
        return f"Redis at {parts.netloc or parts.path}"

    @property
    def client(self) -> Sequence[str]:
        """The command line to which a person adds a command, without the password."""
        parts = urlsplit(without_login(self.settings.connection_url)[0])
        base = ("redis-cli", "-h", parts.hostname or "localhost", "-p", str(parts.port or 6379))
        number = parts.path.strip("/")
        return (*base, "-n", number) if number not in {"", "0"} else base

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Close the connections at the end of the block."""
        try:
            yield
        finally:
            client, self._client = self._client, None
            if client is not None:
                await client.aclose()

    async def version(self) -> str:
        """Product and version."""
        info = await self.info("server")
        product = "valkey" if "valkey_version" in info else "redis"
        return f"{product.capitalize()} {info.get(f'{product}_version', '')}".strip()

    async def info(self, *sections: str) -> dict[str, str]:
        """The fields of INFO."""
        lines = str(await self.ask("INFO", *sections)).splitlines()
        pairs = (line.partition(":") for line in lines if not line.startswith("#"))
        return {name: value for name, _, value in pairs if name}

    async def ask(self, *words: object) -> Any:  # noqa: ANN401  (whatever the command answers)
        """What a command of ours answers."""
        try:
            return await self._opened().execute_command(*words)  # type: ignore[no-untyped-call]
        except (RedisError, OSError, ValueError) as error:
            raise self._failure(error) from error

    async def ask_all(self, commands: Sequence[Sequence[object]]) -> list[Any]:
        """What several commands answer, sent at once; one that fails fails all."""
        try:
            pipeline = self._opened().pipeline(transaction=False)
            for words in commands:
                pipeline.execute_command(*words)
            return list(await pipeline.execute())
        except (RedisError, OSError, ValueError) as error:
            raise self._failure(error) from error

    async def run(self, words: Sequence[str]) -> Any:  # noqa: ANN401
        """What a command answers that reads, by the server's own table of commands."""
        categories = await self._may_run(words)
        if "@slow" in categories:
            await self._small_enough(words)
        return await self.ask(*words)

    async def _may_run(self, words: Sequence[str]) -> frozenset[str]:
        name = words[0].lower()
        full = f"{name}|{words[1].lower()}" if len(words) > 1 else name
        if name in _ASKING or full in _ASKING:
            return frozenset()
        found = (await self.ask("COMMAND", "INFO", name))[0]
        if not found:
            raise ToolFailure(f'{self.place} has no command "{words[0]}"')
        for inner in found[9] if len(found) > 9 else ():
            if str(inner[0]).lower() == full:
                found, name = inner, full
        flags, categories = frozenset(map(str, found[2])), frozenset(map(str, found[6]))
        refused = (flags & _FLAGS_REFUSED) | (categories & _CATEGORIES_REFUSED)
        # PFCOUNT is called readonly, and writes its count into the key: only its keys tell.
        refused |= _access(found) & _ACCESS_REFUSED
        if "readonly" not in flags or refused:
            said = ", ".join(sorted(refused)) or "not readonly"
            raise ToolFailure(
                f'Not run: {self.place} says of "{name.replace("|", " ").upper()}": {said}. '
                "Commands that are flagged readonly may run.",
                status="denied",
            )
        return categories

    async def _small_enough(self, words: Sequence[str]) -> None:
        try:
            keys = await self.ask("COMMAND", "GETKEYS", *words)
        except ToolFailure:
            return  # it names no key, or is wrong: the server will say so
        sizes = await self.ask_all([("MEMORY", "USAGE", key, "SAMPLES", 5) for key in keys])
        for key, size in zip(keys, sizes, strict=True):
            if size and size > _LARGEST_KEY:
                raise ToolFailure(
                    f'Not run: the key "{key}" takes {size / 1e6:.0f} MB, and a command that may '
                    "walk through all of it holds up the server. Read the key in part.",
                    status="denied",
                )

    def _opened(self) -> "Redis":
        if self._client is None:
            settings = self.settings
            more: dict[str, Any] = {}
            if settings.connection_url.startswith("rediss"):
                more["ssl_cert_reqs"] = "required" if settings.verify_ssl else "none"
                more["ssl_check_hostname"] = settings.verify_ssl
                if settings.ca:
                    more["ssl_ca_certs"] = settings.ca
            url, login = without_login(settings.connection_url)
            if settings.password:
                login = settings.username, settings.password
            if login:
                more |= {"username": login[0] or None, "password": login[1]}
            self._client = Redis.from_url(
                url,
                socket_timeout=settings.timeout_seconds,
                socket_connect_timeout=5,
                decode_responses=True,
                encoding_errors="backslashreplace",
                protocol=2,
                client_name="holmesgpt",
                **more,
            )
            # Answers as the server gives them: the library reshapes some, by the command's name.
            self._client.response_callbacks.clear()
        return self._client

    def _failure(self, error: Exception) -> ToolFailure:
        said = " ".join(str(error).split())[:300]
        if isinstance(error, RedisTimeout):
            text = f"did not answer within {self.settings.timeout_seconds:g} s"
            return ToolFailure(f"{self.place} {text}", status="timeout")
        if isinstance(error, NoPermissionError | AuthenticationError):
            return ToolFailure(f"{self.place} refuses the user or what it may do: {said}")
        if isinstance(error, ResponseError):
            return ToolFailure(f"{self.place}: {said}")
        return ToolFailure(f"{self.place} {not_reached(error)}")


def _access(found: Sequence[Any]) -> frozenset[str]:
    """What a command does to its keys, as Redis 7 tells: RO, RW, access, update, …"""
    specifications = found[8] if len(found) > 8 else ()
    return frozenset(
        str(flag)
        for each in specifications
        for name, flags in zip(each[::2], each[1::2], strict=True)
        if name == "flags"
        for flag in flags
    )
