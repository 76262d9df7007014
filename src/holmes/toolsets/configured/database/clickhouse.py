"""ClickHouse over HTTP: nothing but this program's HTTP client is needed."""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from holmes.tools.function_tool import ToolFailure
from holmes.tools.http import HttpReply, HttpServer
from holmes.tools.rows import MOST_CHARACTERS, Rows, taken
from holmes.tools.urls import without_login
from holmes.toolsets.configured.database.product import Product
from holmes.toolsets.configured.database.settings import DatabaseSettings
from holmes.toolsets.configured.database.statement import Statement

_NATIVE_PORTS = frozenset({9000, 9440})
_COLUMNS = (
    "SELECT name AS column, type, default_expression, data_compressed_bytes AS bytes "
    "FROM system.columns"
)
_READ_ONLY_USER = "Code: 164"  # a setting was given that this user may not change
_TIMEOUT = "Code: 159"


@dataclass(kw_only=True, slots=True)
class ClickHouse:
    """A ClickHouse server; each request says `readonly=1`, after which nothing can be set."""

    settings: DatabaseSettings
    product: Product
    server: HttpServer
    database: str
    _plain: bool = field(default=False, repr=False)

    @classmethod
    def of(cls, settings: DatabaseSettings, product: Product) -> "ClickHouse":
        """The server of a URL: clickhouse://user:password@host:8123/database."""
        url, login = without_login(settings.connection_url)
        parts = urlsplit(url)
        try:
            given = parts.port
        except ValueError as error:
            raise ToolFailure(f"{product.name}: the connection_url has no valid port") from error
        secure = (
            parts.scheme in {"clickhouses", "clickhouse+https"}
            or given in {443, 8443}
            or parse_qs(parts.query).get("secure", [""])[-1].lower() in {"1", "true"}
            or parse_qs(parts.query).get("protocol", [""])[-1] == "https"
        )
        if given in _NATIVE_PORTS or parts.scheme == "clickhouse+native":
            raise ToolFailure(
                f"ClickHouse is asked over HTTP, and port {given} is for its own protocol: "
                "write the HTTP port (8123, or 8443 for HTTPS) into connection_url"
            )
        port = given or (8443 if secure else 8123)
        host = parts.hostname or "localhost"
        literal = f"[{host}]" if ":" in host else host
        server = HttpServer(
            product=product.name,
            base=f"{'https' if secure else 'http'}://{literal}:{port}",
            login=(login[0] or "default", login[1]) if login else ("default", ""),
            verify=settings.verify_ssl,
            seconds=settings.timeout_seconds + 5,
        )
        database = unquote(parts.path.strip("/")) or "default"
        return cls(settings=settings, product=product, server=server, database=database)

    @property
    def place(self) -> str:
        """Product and address, as messages name them."""
        return f"{self.product.name} at {self.server.base}"

    @property
    def client(self) -> Sequence[str]:
        """The command line to which a person adds a statement."""
        program, *options = self.product.client.split()
        host = urlsplit(self.server.base).hostname
        return (program, f"--host={host}", f"--database={self.database}", *options)

    def open(self) -> AbstractAsyncContextManager[None]:
        """Close the connections at the end of the block."""
        return self.server.open()

    async def version(self) -> str:
        """Product and version."""
        rows = await self.ask(self.product.version, 1)
        return f"{self.product.name} {rows.rows[0][0]}"

    async def query(self, statement: Statement, limit: int) -> Rows:
        """The rows of a statement that the guard let through."""
        self.product.judge(statement)
        return await self.ask(statement.sql, limit)

    async def check(self, what: str, limit: int) -> Rows:
        """The answer to one of the product's questions."""
        return await self.ask(self.product.checks[what], limit)

    async def describe(self, table: str, schema: str) -> Rows:
        """Columns and keys of a table."""
        database, _, name = f"{schema or self.database}.{table}".rpartition(".")
        if "." in database:
            database = database.rpartition(".")[2]
        place = f"database = {_literal(database)} AND table = {_literal(name)}"
        sql = f"{_COLUMNS} WHERE {place}"
        found = await self.ask(sql, 1000)
        if not found.rows:
            raise ToolFailure(
                f'{self.place} has no table "{database}.{name}"; list the tables', status="no_data"
            )
        return found

    async def ask(self, sql: str, limit: int) -> Rows:
        """The rows of one statement."""
        reply = await self._reply(sql, limit)
        if reply.status != 200:
            said = " ".join(reply.text.split())[:400]
            if reply.status in {401, 403} or "Code: 516" in said:
                raise self.server.refused(reply)
            status = "timeout" if _TIMEOUT in said else "failed"
            raise ToolFailure(f"{self.place}: {said}", status=status)  # type: ignore[arg-type]
        if not reply.body.strip():
            return Rows(columns=(), rows=())
        try:
            document = json.loads(reply.body)
            columns = [each["name"] for each in document["meta"]]
        except (ValueError, KeyError, TypeError):
            lines = [(line,) for line in reply.text.splitlines()]
            return taken(("result",), lines, limit)
        return taken(columns, document["data"], limit)

    async def _reply(self, sql: str, limit: int) -> HttpReply:
        """One reply; a user who is read only already may set no limits, so it goes without."""
        base = {"query": sql, "database": self.database, "default_format": "JSONCompact"}
        limits: Mapping[str, str | int] = {
            "readonly": 1,
            "max_execution_time": max(1, int(self.settings.timeout_seconds)),
            "max_result_rows": limit + 1,
            "max_result_bytes": MOST_CHARACTERS * 20,
            "result_overflow_mode": "break",
        }
        if not self._plain:
            reply = await self.server.request("/", {**base, **limits}, method="POST")
            if not (reply.text.startswith(_READ_ONLY_USER) and "setting" in reply.text):
                return reply
            self._plain = True
        # The server takes a GET as read only, whoever asks.
        return await self.server.request("/", base)


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
