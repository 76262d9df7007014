"""The tools on real servers: tables, limits, and what an on-call person checks."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import psycopg
import pymysql
import pytest

from configured.database.asking import made, opened
from configured.servers.process import free_port
from holmes.core.errors import ToolsetFileError
from holmes.core.tool_output import Findings, Json, Table
from holmes.tools.function_tool import ToolFailure

pytestmark = [pytest.mark.anyio, pytest.mark.lab]


@pytest.fixture
def postgresql_url(postgresql_port: int) -> str:
    return f"postgresql://watcher:secret-pw@127.0.0.1:{postgresql_port}/postgres"


@pytest.fixture
def mariadb_url(mariadb_port: int) -> str:
    return f"mariadb://root@127.0.0.1:{mariadb_port}/shop"


async def test_rows_come_with_their_limits(postgresql_url: str) -> None:
    async with opened(postgresql_url, max_rows=50) as tools:
        few = await tools("query", sql="SELECT * FROM orders ORDER BY id", limit=2)
        assert few.text == "id  state  total\n1   paid   10\n2   open   20\n"
        assert few.note == "only the first 2 rows; narrow it down or aggregate"
        many = await tools.table("query", sql="SELECT * FROM numbers a, numbers b")
        assert len(many.rows) == 50
        wide = await tools("query", sql="SELECT repeat('x', 900000) FROM numbers")
        assert len(wide.text) < 200_000
        assert "values longer than 500 characters are cut" in wide.note
        none = await tools("query", sql="SELECT * FROM orders WHERE id = 7")
        assert (none.status, none.note) == ("no_data", "no rows")
    assert "secret-pw" not in few.command
    assert few.command.startswith("psql postgresql://watcher@127.0.0.1:")


async def test_a_slow_statement_is_ended_by_the_server(postgresql_url: str) -> None:
    slow = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b"
    async with opened(postgresql_url, timeout_seconds=0.3) as tools:
        ended = await tools("query", sql=slow)
    assert ended.status == "timeout"
    assert "canceling statement due to statement timeout" in ended.note


@pytest.mark.parametrize("server", ["postgresql_url", "mariadb_url"])
async def test_ctrl_c_does_not_wait_for_a_statement(
    server: str, request: pytest.FixtureRequest
) -> None:
    slow = {
        "postgresql_url": "SELECT count(*) FROM numbers a, numbers b, numbers c",
        "mariadb_url": "SELECT COUNT(*) FROM information_schema.columns a,"
        " information_schema.columns b, information_schema.columns c",
    }
    async with opened(request.getfixturevalue(server), timeout_seconds=20) as tools:
        await tools("query", sql="SELECT 1")
        before = threading.active_count()
        with anyio.move_on_after(0.5) as scope:
            await tools("query", sql=slow[server])
        assert scope.cancelled_caught
        with anyio.fail_after(5):
            # The thread is free again where the next call needs no new one.
            await tools("query", sql="SELECT 1")
        assert threading.active_count() <= before + 1


async def test_an_error_is_one_line(postgresql_url: str) -> None:
    async with opened(postgresql_url) as tools:
        wrong = await tools("query", sql="SELECT stat FROM orders")
        missing = await tools("describe_table", table_name="order")
    assert wrong.status == "failed"
    assert wrong.note.endswith(
        'column "stat" does not exist HINT: Perhaps you meant to reference the column '
        '"orders.state".'
    )
    assert 'has no table "order"; list the tables' in missing.note


@pytest.mark.parametrize("server", ["postgresql_url", "mariadb_url"])
async def test_tables_and_columns(server: str, request: pytest.FixtureRequest) -> None:
    async with opened(request.getfixturevalue(server)) as tools:
        tables = await tools.table("list_tables")
        assert "orders" in {row[1] for row in tables.rows}
        assert (await tools("list_tables", schema="nowhere")).status == "no_data"
        described = await tools.table("describe_table", table_name="orders")
    assert described.columns == ("column", "type", "nullable", "default", "key", "indexes")
    assert described.rows[0][0] == "id"
    assert described.rows[0][4] == "primary key"


async def test_clickhouse_and_sqlite_tables(clickhouse_port: int, sqlite_file: Path) -> None:
    async with opened(f"clickhouse://127.0.0.1:{clickhouse_port}/shop") as tools:
        assert (await tools.table("list_tables")).rows[0][:2] == ("shop", "orders")
        assert len((await tools.table("describe_table", table_name="shop.orders")).rows) == 3
    async with opened(f"sqlite:///{sqlite_file}") as tools:
        assert (await tools.table("list_tables")).rows[0][:2] == ("main", "orders")
        assert len((await tools.table("describe_table", table_name="orders")).rows) == 3


@contextmanager
def blocked_postgresql(port: int) -> Iterator[None]:
    """A session that holds a row in an open transaction, and one that waits for it."""
    at = f"host=127.0.0.1 port={port} user=postgres"
    with psycopg.connect(f"{at} application_name=billing") as holder:
        holder.execute("UPDATE orders SET total = 11 WHERE id = 1")

        def wait() -> None:
            with psycopg.connect(at) as waiter, waiter.transaction(force_rollback=True):
                waiter.execute("UPDATE orders SET total = 12 WHERE id = 1")

        thread = threading.Thread(target=wait)
        thread.start()
        yield
        holder.rollback()
        thread.join()


async def test_who_blocks_whom_on_postgresql(postgresql_port: int, postgresql_url: str) -> None:
    with blocked_postgresql(postgresql_port):
        async with opened(postgresql_url) as tools:
            blocked = await tools("check", what="blocked")
            with anyio.fail_after(5):
                while blocked.status != "ok":
                    await anyio.sleep(0.05)
                    blocked = await tools("check", what="blocked")
            overview = await tools("check")
            locks = await tools("check", what="locks")
            problems = await tools("problems")
    assert isinstance(problems.data, Findings)
    blocking = next(each for each in problems.data.findings if each.check == "blocked")
    assert blocking.summary == (
        "Session billing: idle in transaction, and blocks a session of postgres by its locks"
    )
    assert "blocked for 0" in problems.text
    assert blocking.next_call.arguments == {"what": "blocked"}
    assert "by_application: billing" in blocked.text
    assert "by_state: idle in transaction" in blocked.text
    assert "UPDATE orders SET total = 12" in blocked.text
    assert isinstance(overview.data, Json)
    assert isinstance(overview.data.value, dict)
    assert list(overview.data.value) == ["connections", "blocked", "queries", "replication"]
    assert "orders" in locks.text


async def test_who_blocks_whom_on_mariadb(mariadb_port: int, mariadb_url: str) -> None:
    def connected() -> "pymysql.Connection[pymysql.cursors.Cursor]":
        return pymysql.connect(host="127.0.0.1", port=mariadb_port, user="root", database="shop")

    with connected() as holder, connected() as waiter:
        holder.cursor().execute("UPDATE orders SET total = 11 WHERE id = 1")
        waiter.cursor().execute("SET innodb_lock_wait_timeout = 20")
        update = "UPDATE orders SET total = 12 WHERE id = 1"
        thread = threading.Thread(target=lambda: waiter.cursor().execute(update))
        thread.start()
        async with opened(mariadb_url) as tools:
            blocked = await tools("check", what="blocked")
            with anyio.fail_after(5):
                while blocked.status != "ok":
                    await anyio.sleep(0.1)  # InnoDB keeps this table for 0.1 s
                    blocked = await tools("check", what="blocked")
        holder.rollback()
        thread.join()
        waiter.rollback()
    assert isinstance(blocked.data, Table)
    row = dict(zip(blocked.data.columns, blocked.data.rows[0], strict=True))
    assert (row["by_user"], row["by_command"], row["blocked_query"]) == ("root", "Sleep", update)


async def test_every_check_runs(
    postgresql_url: str, mariadb_url: str, clickhouse_port: int, sqlite_file: Path
) -> None:
    urls = (
        postgresql_url,
        mariadb_url,
        f"clickhouse://127.0.0.1:{clickhouse_port}",
        f"sqlite:///{sqlite_file}",
    )
    failed: dict[str, str] = {}
    for url in urls:
        async with opened(url) as tools:
            checks = next(t for t in tools.toolset.tools if t.definition.name == "shop_check")
            properties: Any = checks.definition.parameters["properties"]
            for what in properties["what"]["enum"]:
                output = await tools("check", what=what)
                if output.status not in {"ok", "no_data"}:
                    failed[f"{url.partition(':')[0]} {what}"] = output.note
    # ClickHouse keeps a log of queries only where its configuration says so.
    assert sorted(failed) == ["clickhouse failed", "clickhouse slowest"]
    assert "query_log" in failed["clickhouse slowest"]


async def health(url: str) -> str:
    async with opened(url) as tools:
        assert tools.toolset.health is not None
        return await tools.toolset.health()


async def test_health_and_servers_that_are_not_there(
    postgresql_url: str, mariadb_url: str, tmp_path: Path
) -> None:
    for url, product in ((postgresql_url, "PostgreSQL 15"), (mariadb_url, "MariaDB 10")):
        assert (await health(url)).startswith(product)
    gone = free_port()
    for url, said in (
        (f"postgresql://a:secret-pw@127.0.0.1:{gone}/x", "Connection refused"),
        (f"mysql://a:secret-pw@127.0.0.1:{gone}/x", "Can't connect"),
        (f"clickhouse://a:secret-pw@127.0.0.1:{gone}/x", "refuses the connection"),
        (f"sqlite:///{tmp_path}/none.db", "unable to open database file"),
        (postgresql_url.replace("watcher:", "nobody:"), 'role "nobody" does not exist'),
    ):
        with pytest.raises(ToolFailure, match=said) as failure:
            await health(url)
        assert "secret-pw" not in failure.value.message


def test_what_a_section_may_not_say() -> None:
    with pytest.raises(ToolsetFileError, match='the connection_url begins with "oracle"'):
        made("oracle://a@b/c")
    with pytest.raises(ToolsetFileError, match='"read_only: false" is not supported'):
        made("postgresql://a@b/c", read_only=False)
    with pytest.raises(ToolFailure, match="port 9000 is for its own protocol"):
        made("clickhouse://a@b:9000/c")
    with pytest.raises(ToolFailure, match=r"pip install 'holmesgpt\[mssql\]'"):
        made("mssql://a@b/c")


def test_the_definitions_are_small() -> None:
    toolset = made("postgresql://a@b/c")
    text = "".join(str(tool.definition) for tool in toolset.tools)
    assert len(text) < 1900
