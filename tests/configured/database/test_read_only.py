"""Attacks on read-only access, by whoever may write: nothing is written, and what reads still runs.

The lists were written before the guard. First run, 30 Nov 2026: of 260 attacks none was let
through and nothing was written; of 76 honest statements 46 ran (every one on MariaDB; SQLite and
ClickHouse failed as a whole for two settings of ours, PostgreSQL refused each EXPLAIN).
"""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pymysql
import pytest

from configured.database.asking import TRACE, answered, opened, outcomes, statements
from configured.database.conftest import told

pytestmark = [pytest.mark.anyio, pytest.mark.lab]


async def attacked(url: str, product: str, state: Callable[[], object]) -> list[str]:
    before = state()
    async with opened(url) as tools:
        found = await outcomes(tools, statements(f"{product}.attacks"))
    assert state() == before
    assert not TRACE.exists()
    return answered(found)


async def refused(url: str, product: str) -> dict[str, str]:
    async with opened(url) as tools:
        found = await outcomes(tools, statements(f"{product}.honest"))
    good = answered(found)
    return {sql: output.note for sql, output in found.items() if sql not in good}


def postgresql_state(port: int) -> object:
    with psycopg.connect(f"host=127.0.0.1 port={port} user=postgres") as connection:
        asked = (
            "SELECT * FROM orders ORDER BY id",
            "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace",
            "SELECT last_value FROM ids",
            "SELECT name, setting FROM pg_settings WHERE source = 'configuration file'",
            "SELECT slot_name FROM pg_replication_slots",
            "SELECT loid FROM pg_largeobject",
            "SELECT relacl FROM pg_class WHERE relname = 'orders'",
            "SELECT n_dead_tup FROM pg_stat_user_tables",
            "SELECT locktype FROM pg_locks WHERE locktype = 'advisory'",
        )
        return [sorted(map(str, connection.execute(sql).fetchall())) for sql in asked]


def mariadb_state(port: int) -> object:
    with (
        pymysql.connect(host="127.0.0.1", port=port, user="root", database="shop") as connection,
        connection.cursor() as cursor,
    ):
        found = []
        for sql in (
            "SELECT * FROM orders ORDER BY id",
            "SHOW TABLES",
            "CHECKSUM TABLE orders",
            "SELECT next_not_cached_value FROM ids",
            "SELECT user, host FROM mysql.user ORDER BY 1, 2",
            "SELECT @@max_connections, @@read_only",
        ):
            cursor.execute(sql)
            found.append(cursor.fetchall())
        return found


async def test_postgresql_as_superuser(postgresql_port: int) -> None:
    url = f"postgresql://postgres@127.0.0.1:{postgresql_port}/postgres"
    through = await attacked(url, "postgresql", lambda: postgresql_state(postgresql_port))
    # A string that only looks like two statements, and a comment behind the only one.
    assert through == [
        "SELECT 1; -- ; DELETE FROM orders",
        "SELECT E'\\'; DELETE FROM orders; --'",
    ]
    assert await refused(url, "postgresql") == {}


async def test_postgresql_as_a_watcher(postgresql_port: int) -> None:
    url = f"postgresql://watcher:secret-pw@127.0.0.1:{postgresql_port}/postgres"
    assert await refused(url, "postgresql") == {}


async def test_mariadb_as_root(mariadb_port: int) -> None:
    url = f"mysql://root@127.0.0.1:{mariadb_port}/shop"
    assert await attacked(url, "mariadb", lambda: mariadb_state(mariadb_port)) == []
    assert await refused(url, "mariadb") == {}


async def test_clickhouse_as_one_who_may_write(clickhouse_port: int) -> None:
    url = f"clickhouse://127.0.0.1:{clickhouse_port}/shop"

    def state() -> object:
        return [told(clickhouse_port, sql) for sql in (
            "SELECT * FROM shop.orders ORDER BY id", "SHOW TABLES FROM shop",
        )]  # fmt: skip

    assert await attacked(url, "clickhouse", state) == []
    assert await refused(url, "clickhouse") == {}


async def test_clickhouse_as_one_who_may_set_nothing(clickhouse_port: int) -> None:
    url = f"clickhouse://ro:secret-pw@127.0.0.1:{clickhouse_port}/shop"
    assert await attacked(url, "clickhouse", lambda: None) == []
    assert await refused(url, "clickhouse") == {}


async def test_sqlite(sqlite_file: Path) -> None:
    url = f"sqlite:///{sqlite_file}"
    assert await attacked(url, "sqlite", sqlite_file.read_bytes) == []
    assert await refused(url, "sqlite") == {}
    assert [path.name for path in sqlite_file.parent.iterdir()] == ["shop.db"]
