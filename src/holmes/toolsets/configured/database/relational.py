"""A database that SQLAlchemy connects to; each query runs in a read-only transaction of its own."""

import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import anyio
import anyio.to_thread
import sqlalchemy
from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchTableError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from holmes.tools.function_tool import FailedStatus, ToolFailure, needing
from holmes.tools.rows import Rows, taken
from holmes.toolsets.configured.database.product import Product
from holmes.toolsets.configured.database.products import postgresql, sqlite
from holmes.toolsets.configured.database.settings import DatabaseSettings
from holmes.toolsets.configured.database.statement import Statement, denied

_CONNECT_SECONDS = 5
_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "sqlite": "sqlite",
    "tsql": "mssql+pymssql",
}
# What each says by a code: PostgreSQL's SQLSTATE, MySQL's and MariaDB's numbers, SQLite's names.
_TIMEOUTS = frozenset({"57014", "55P03", "1969", "3024", "1205", "SQLITE_INTERRUPT"})
_READ_ONLY = frozenset({"25006", "1792", "SQLITE_AUTH", "SQLITE_READONLY"})
_LENGTH = 400  # characters of an error's text

_Running: TypeAlias = list[Any]
"""The driver's connection on which a call has a statement running."""


@dataclass(kw_only=True, slots=True)
class Relational:
    """A database and its engine, made when it is first asked."""

    settings: DatabaseSettings
    product: Product
    url: URL
    _engine: Engine | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: DatabaseSettings, product: Product) -> "Relational":
        """The database of these settings; ToolFailure where its driver is not installed."""
        try:
            url = make_url(settings.connection_url)
        except ArgumentError as error:
            raise ToolFailure(f"{product.name}: the connection_url is no URL") from error
        url = url.set(drivername=_DRIVERS[product.dialect])
        with needing("mssql" if product.dialect == "tsql" else "sql"):
            if product.dialect != "sqlite":
                url.get_dialect().import_dbapi()
        return cls(settings=settings, product=product, url=url)

    @property
    def place(self) -> str:
        """Product, host and database, as messages name them."""
        host = f"{self.url.host}:{self.url.port}" if self.url.port else self.url.host
        return f"{self.product.name} at {host or self.url.database}"

    @property
    def client(self) -> Sequence[str]:
        """The command line to which a person adds a statement, without the password."""
        if self.product.dialect == "sqlite":
            return (*self.product.client.split(), str(self.url.database))
        program, *options = self.product.client.split()
        if self.product.dialect == "postgres":
            url = self.url
            shown = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
            return (program, shown.render_as_string(), *options)
        at = [f"-h{self.url.host}", f"-P{self.url.port or 3306}", f"-u{self.url.username}"]
        if self.product.dialect == "tsql":
            server = f"{self.url.host},{self.url.port or 1433}"
            at = ["-S", server, "-U", str(self.url.username), "-d"]
        return (program, *at, str(self.url.database or ""), *options)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Close the connections at the end of the block."""
        try:
            yield
        finally:
            engine, self._engine = self._engine, None
            if engine is not None:
                await anyio.to_thread.run_sync(engine.dispose)

    async def version(self) -> str:
        """Product and version."""
        rows = await self.ask(self.product.version, 1)
        said = rows.rows[0][0].split()[0].partition("-")
        return f"{'MariaDB' if 'MariaDB' in said[2] else self.product.name} {said[0]}"

    async def query(self, statement: Statement, limit: int) -> Rows:
        """The rows of a statement that the guard let through."""
        return await self._in_thread(partial(self._query, statement, limit))

    async def ask(self, sql: str, limit: int) -> Rows:
        """The rows of a query of ours."""
        return await self.query(Statement(sql=sql, kind="show"), limit)

    async def check(self, what: str, limit: int) -> Rows:
        """The answer to one of the product's questions."""
        return await self._in_thread(partial(self._check, what, limit))

    async def describe(self, table: str, schema: str) -> Rows:
        """Columns, keys and indexes of a table."""
        return await self._in_thread(partial(self._describe, table, schema or None))

    async def _in_thread(self, work: "Callable[[_Running], Rows]") -> Rows:
        running: _Running = []
        try:
            return await anyio.to_thread.run_sync(work, running, abandon_on_cancel=True)
        except anyio.get_cancelled_exc_class():
            # The process ends with its threads: the statement must not keep one.
            for driver in running:
                _interrupt(driver)
            raise

    def _query(self, statement: Statement, limit: int, running: _Running) -> Rows:
        with self._transaction(limit + 1, running) as connection:
            self._functions(connection, statement)
            return self._fetched(connection, statement, limit)

    def _check(self, what: str, limit: int, running: _Running) -> Rows:
        with self._transaction(limit + 1, running) as connection:
            sql = self.product.checks[what]
            if getattr(connection.dialect, "is_mariadb", False):
                sql = self.product.variants.get(what, sql)
            return self._fetched(connection, Statement(sql=sql, kind="show"), limit)

    def _describe(self, table: str, schema: str | None, running: _Running) -> Rows:
        with self._transaction(0, running) as connection:
            inspector = sqlalchemy.inspect(connection)
            try:
                columns = inspector.get_columns(table, schema)
            except NoSuchTableError as error:
                raise ToolFailure(
                    f'{self.place} has no table "{table}"; list the tables', status="no_data"
                ) from error
            key = inspector.get_pk_constraint(table, schema)["constrained_columns"]
            foreign = {
                column: f"{each['referred_table']}.{referred}"
                for each in inspector.get_foreign_keys(table, schema)
                for column, referred in zip(
                    each["constrained_columns"], each["referred_columns"], strict=False
                )
            }
            indexes: dict[str, list[str]] = {}
            for index in inspector.get_indexes(table, schema):
                for each in index["column_names"]:
                    indexes.setdefault(str(each), []).append(str(index["name"]))
        rows = [
            (
                column["name"],
                str(column["type"]),
                "yes" if column["nullable"] else "no",
                column["default"] or "",
                "primary key" if column["name"] in key else foreign.get(column["name"], ""),
                ", ".join(indexes.get(column["name"], ())),
            )
            for column in columns
        ]
        return taken(("column", "type", "nullable", "default", "key", "indexes"), rows, len(rows))

    def _functions(self, connection: Connection, statement: Statement) -> None:
        """Ask PostgreSQL's catalog about the functions that a statement calls."""
        self.product.judge(statement)
        if self.product.dialect != "postgres" or not (statement.calls or statement.members):
            return
        cursor = connection.connection.cursor()
        names = {
            "calls": [call.name for call in statement.calls],
            "schemas": [call.schema for call in statement.calls if call.schema],
            "members": list(statement.members),
            "harmless": list(postgresql.HARMLESS),
            "doubtful": list(postgresql.DOUBTFUL),
            "unknown": list(statement.unknown),
        }
        cursor.execute(postgresql.UNSAFE, names)
        if found := cursor.fetchone():
            raise denied(f'the function "{found[1]}.{found[0]}" may do more than read')
        cursor.execute(postgresql.MISSING, names)
        if found := cursor.fetchone():
            raise ToolFailure(f'{self.place} has no function "{found[0]}"')

    @contextmanager
    def _transaction(self, rows: int, running: _Running) -> Iterator[Connection]:
        """A connection in a transaction that can't write and is rolled back."""
        try:
            with self._opened().connect() as connection:
                cursor = connection.connection.cursor()
                for statement in self.product.session(self.settings.timeout_seconds, rows):
                    cursor.execute(statement)
                if self.product.dialect == "mysql":
                    cursor.execute(self._time_limit(connection))
                driver = connection.connection.driver_connection
                running.append(driver)
                if isinstance(driver, sqlite.ReadOnlyConnection):
                    driver.start()
                try:
                    yield connection
                finally:
                    running.clear()
                    if self._engine is None:
                        connection.invalidate()  # closed meanwhile: there is no pool to go back to
                    else:
                        connection.rollback()
        except (SQLAlchemyError, self._driver_error) as error:
            raise self._failure(error) from error

    def _time_limit(self, connection: Connection) -> str:
        seconds = self.settings.timeout_seconds
        if getattr(connection.dialect, "is_mariadb", False):
            return f"SET SESSION max_statement_time = {seconds:g}"
        return f"SET SESSION max_execution_time = {int(seconds * 1000)}"

    def _fetched(self, connection: Connection, statement: Statement, limit: int) -> Rows:
        driver: Any = connection.connection.driver_connection
        options: dict[str, bool] = {}
        if self.product.dialect != "postgres":
            made = driver.cursor()
        elif statement.kind == "query":
            # A cursor of the server's own: it makes no more rows than are fetched.
            made = driver.cursor(name="holmes")
            made.itersize = 50
        else:
            # Prepared, so that the server itself takes no second statement.
            made, options = driver.cursor(), {"prepare": True}
        with closing(made) as cursor:
            cursor.execute(statement.sql, **options)
            if cursor.description is None:
                return Rows(columns=(), rows=())
            columns = [str(column[0]) for column in cursor.description]
            return taken(columns, cursor, limit)

    def _opened(self) -> Engine:
        if self._engine is None:
            if self.product.dialect == "sqlite":
                path, seconds = str(self.url.database), self.settings.timeout_seconds
                self._engine = sqlalchemy.create_engine(
                    "sqlite://", creator=partial(sqlite.connect, path, seconds), poolclass=NullPool
                )
            else:
                self._engine = sqlalchemy.create_engine(
                    self.url,
                    connect_args=self._connect_arguments(),
                    pool_pre_ping=True,
                    pool_size=2,
                    max_overflow=4,
                    pool_timeout=_CONNECT_SECONDS,
                )
        return self._engine

    def _connect_arguments(self) -> dict[str, Any]:
        seconds = int(self.settings.timeout_seconds) + _CONNECT_SECONDS
        if self.product.dialect == "postgres":
            return {"connect_timeout": _CONNECT_SECONDS, "application_name": "holmesgpt"}
        if self.product.dialect == "tsql":
            return {"login_timeout": _CONNECT_SECONDS, "timeout": seconds}
        return {"connect_timeout": _CONNECT_SECONDS, "read_timeout": seconds}

    @property
    def _driver_error(self) -> type[Exception]:
        """The root of the errors that the driver raises."""
        driver = self._opened().dialect.dbapi
        error: type[Exception] = driver.Error if driver is not None else SQLAlchemyError
        return error

    def _failure(self, error: Exception) -> ToolFailure:
        cause = getattr(error, "orig", None) or error
        coded = (getattr(cause, name, None) for name in ("sqlstate", "sqlite_errorname"))
        code = str(next(filter(None, coded), (cause.args or ("",))[0]))
        status: FailedStatus = "failed"
        if code in _TIMEOUTS:
            status = "timeout"
        elif code in _READ_ONLY:
            status = "denied"
        said = str(cause.args[1]) if len(cause.args) > 1 else str(cause)
        lines = (line.strip() for line in said.splitlines())
        kept = [line for line in lines if line.strip("^ ") and not line.startswith("LINE ")]
        text = " ".join(" ".join(kept).split())[:_LENGTH] or type(cause).__name__
        return ToolFailure(f"{self.place}: {text}", status=status)


def _interrupt(driver: Any) -> None:  # noqa: ANN401  (a connection of any driver)
    """End the statement that runs on a connection, from another thread."""
    with suppress(Exception):  # the connection may be gone by now
        if hasattr(driver, "cancel_safe"):
            driver.cancel_safe(timeout=1)  # PostgreSQL
        elif hasattr(driver, "interrupt"):
            driver.interrupt()  # SQLite
        else:
            # PyMySQL has no way of its own; the server ends the statement at its time limit.
            driver._sock.shutdown(socket.SHUT_RDWR)  # noqa: SLF001
