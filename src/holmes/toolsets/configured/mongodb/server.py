"""A MongoDB server: commands that read, each with a time limit of the server's own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import msgspec
from pymongo import AsyncMongoClient
from pymongo.errors import (
    ExecutionTimeout,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from holmes.core.errors import ToolsetFileError
from holmes.tools.function_tool import ToolFailure
from holmes.tools.section import Section

Document = dict[str, Any]


class MongoSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server is: mongodb://user:password@host:27017/database, or mongodb+srv://."""

    connection_url: str
    default_database: str = ""
    read_only: bool = True
    verify_ssl: bool = True
    max_rows: int = 200
    timeout_seconds: float = 30.0


@dataclass(kw_only=True, slots=True)
class MongoServer:
    """A server and its client, made when it is first asked."""

    settings: MongoSettings
    _client: "AsyncMongoClient[Document] | None" = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: MongoSettings, section: Section) -> "MongoServer":
        """The server of these settings."""
        if not settings.read_only:
            raise ToolsetFileError(
                f'{section.where}: "read_only: false" is not supported; Holmes only reads.',
                hint="Leave the key out.",
            )
        if urlsplit(settings.connection_url).scheme not in {"mongodb", "mongodb+srv"}:
            raise ToolsetFileError(
                f"{section.where}: the connection_url is no mongodb:// or mongodb+srv:// URL."
            )
        return cls(settings=settings)

    @property
    def place(self) -> str:
        """Product and address, as messages name them."""
        return f"MongoDB at {self.address}"

    @property
    def address(self) -> str:
        """The hosts of the URL, without the login."""
        return urlsplit(self.settings.connection_url).netloc.rpartition("@")[2]

    @property
    def default(self) -> str:
        """The database of a call that names none, or nothing."""
        path = urlsplit(self.settings.connection_url).path.strip("/")
        return self.settings.default_database or path

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Close the connections at the end of the block."""
        try:
            yield
        finally:
            client, self._client = self._client, None
            if client is not None:
                await client.close()

    def database(self, given: object) -> str:
        """The database of a call: the one it names, else the configured one."""
        name = str(given or self.default)
        if not name:
            raise ToolFailure("Name the database.", status="invalid_arguments")
        return name

    async def version(self) -> str:
        """Product and version."""
        build = await self.command("admin", {"buildInfo": 1})
        return f"MongoDB {build.get('version', '')}".strip()

    async def command(self, database: str, command: Document) -> Document:
        """What a command of ours answers."""
        limited = {**command, "maxTimeMS": self._milliseconds}
        try:
            return dict(await self._opened()[database].command(limited))
        except (PyMongoError, OSError) as error:
            raise self._failure(error) from error

    async def find(
        self, database: str, collection: str, wanted: Mapping[str, Any], limit: int
    ) -> list[Document]:
        """Documents that a filter matches; `wanted` has filter, projection and sort."""
        try:
            cursor = self._opened()[database][collection].find(
                wanted.get("filter") or {},
                wanted.get("projection"),
                sort=wanted.get("sort"),
                limit=limit,
                max_time_ms=self._milliseconds,
            )
            async with cursor:
                return await cursor.to_list(limit)
        except (PyMongoError, OSError, TypeError, ValueError) as error:
            raise self._failure(error) from error

    async def aggregate(
        self, database: str, collection: str, pipeline: list[Document], limit: int
    ) -> list[Document]:
        """What a pipeline gives; the server stops after `limit` documents."""
        try:
            cursor = await self._opened()[database][collection].aggregate(
                [*pipeline, {"$limit": limit}], maxTimeMS=self._milliseconds, allowDiskUse=False
            )
            async with cursor:
                return await cursor.to_list(limit)
        except (PyMongoError, OSError, TypeError, ValueError) as error:
            raise self._failure(error) from error

    async def collections(self, database: str) -> list[str]:
        """The names of the collections."""
        try:
            return sorted(await self._opened()[database].list_collection_names())
        except (PyMongoError, OSError) as error:
            raise self._failure(error) from error

    @property
    def _milliseconds(self) -> int:
        return max(1, int(self.settings.timeout_seconds * 1000))

    def _opened(self) -> "AsyncMongoClient[Document]":
        if self._client is None:
            more: dict[str, Any] = (
                {} if self.settings.verify_ssl else {"tlsAllowInvalidCertificates": True}
            )
            try:
                self._client = AsyncMongoClient(
                    self.settings.connection_url,
                    appname="holmesgpt",
                    serverSelectionTimeoutMS=5000,
                    connectTimeoutMS=5000,
                    socketTimeoutMS=self._milliseconds + 5000,
                    retryWrites=False,
                    **more,
                )
            except (InvalidURI, ValueError) as error:
                raise ToolFailure(f"MongoDB: the connection_url is wrong: {error}") from error
        return self._client

    def _failure(self, error: Exception) -> ToolFailure:
        if isinstance(error, ExecutionTimeout):
            seconds = self.settings.timeout_seconds
            return ToolFailure(f"{self.place} took longer than {seconds:g} s", status="timeout")
        if isinstance(error, ServerSelectionTimeoutError):
            return ToolFailure(f"{self.place} can't be reached: no server answers within 5 s")
        said = str(error)
        if isinstance(error, OperationFailure) and error.details:
            said = str(error.details.get("errmsg", said))
        return ToolFailure(f"{self.place}: {' '.join(said.split())[:300]}")
