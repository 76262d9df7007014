"""Real servers with a small shop in each."""

import sqlite3
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pymysql
import pytest

from configured.database.asking import ORDERS, TRACE
from configured.servers.clickhouse import clickhouse
from configured.servers.mariadb import mariadb
from configured.servers.postgresql import postgresql

_POSTGRESQL = (
    *ORDERS,
    "CREATE TABLE numbers AS SELECT generate_series(1, 300000) AS n",
    "CREATE SEQUENCE ids",
    "CREATE MATERIALIZED VIEW totals AS SELECT state, sum(total) FROM orders GROUP BY 1",
    "CREATE EXTENSION dblink",
    "CREATE EXTENSION pg_stat_statements",
    """CREATE FUNCTION remove_order(n int) RETURNS int LANGUAGE sql AS
    'DELETE FROM orders WHERE id = n RETURNING id'""",
    """CREATE FUNCTION remove_elsewhere() RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT dblink_exec('host=127.0.0.1 port=' || current_setting('port')
    || ' dbname=postgres user=postgres', 'DELETE FROM orders') $$""",
    "CREATE FUNCTION removed(o orders) RETURNS text LANGUAGE sql AS 'SELECT remove_elsewhere()'",
    "CREATE PROCEDURE remove_orders() LANGUAGE sql AS 'DELETE FROM orders'",
    "CREATE ROLE watcher LOGIN PASSWORD 'secret-pw' IN ROLE pg_read_all_data, pg_monitor",
)
_MARIADB = (
    "CREATE DATABASE shop",
    "USE shop",
    *ORDERS,
    "CREATE SEQUENCE ids",
    """CREATE FUNCTION remove_order(n int) RETURNS int MODIFIES SQL DATA
    BEGIN DELETE FROM orders WHERE id = n; RETURN n; END""",
    "CREATE PROCEDURE remove_orders() DELETE FROM orders",
)


@pytest.fixture(scope="session")
def postgresql_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with postgresql(tmp_path_factory.mktemp("pg")) as port:
        with psycopg.connect(
            f"host=127.0.0.1 port={port} user=postgres", autocommit=True
        ) as connection:
            for statement in _POSTGRESQL:
                connection.execute(statement)
        yield port


@pytest.fixture(scope="session")
def mariadb_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with mariadb(tmp_path_factory.mktemp("my")) as port:
        with (
            pymysql.connect(
                host="127.0.0.1", port=port, user="root", autocommit=True
            ) as connection,
            connection.cursor() as cursor,
        ):
            for statement in _MARIADB:
                cursor.execute(statement)
        yield port


@pytest.fixture(scope="session")
def clickhouse_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with clickhouse(tmp_path_factory.mktemp("ch")) as port:
        told(port, "CREATE DATABASE shop")
        told(
            port,
            "CREATE TABLE shop.orders (id Int32, state String, total Int32)"
            " ENGINE = MergeTree ORDER BY id",
        )
        told(port, "INSERT INTO shop.orders VALUES (1, 'paid', 10), (2, 'open', 20), (3, 'x', 30)")
        yield port


def told(port: int, sql: str) -> str:
    """What ClickHouse answers to its own administrator."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", data=sql.encode())
    with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310
        text: str = reply.read().decode()
        return text


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    for statement in ORDERS:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


@pytest.fixture(autouse=True)
def no_trace() -> None:
    TRACE.unlink(missing_ok=True)
