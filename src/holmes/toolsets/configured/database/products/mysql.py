"""MySQL and MariaDB."""

from collections.abc import Sequence
from pathlib import Path

from holmes.toolsets.configured.database.product import Product
from holmes.toolsets.configured.database.statement import Statement, denied

# No catalog says what a built-in function does, and a loadable one may do anything: so those that
# sqlglot does not know by type are let through only from this list.
READING = frozenset(
    Path(__file__).with_name("mysql_functions.txt").read_text(encoding="ascii").split()
)


# How strings are quoted must be what the parser took it to be.
_PLAIN_MODE = (
    "REPLACE(REPLACE(REPLACE(REPLACE(@@sql_mode, 'ANSI_QUOTES', ''), 'NO_BACKSLASH_ESCAPES', ''), "
    "'ORACLE', ''), 'ANSI', '')"
)


def _judge(statement: Statement) -> None:
    for call in statement.calls:
        if call.schema and call.schema != "sys":
            raise denied(f'"{call.schema}.{call.name}" is a function of a user\'s, and may write')
    for name in sorted(statement.unknown - READING):
        raise denied(f'the function "{name}" is not known to only read')


def _session(_: float, rows: int) -> Sequence[str]:
    return (
        f"SET SESSION sql_mode = {_PLAIN_MODE}",
        "SET SESSION lock_wait_timeout = 5",
        f"SET SESSION sql_select_limit = {rows}",
        "START TRANSACTION READ ONLY",
    )


CHECKS = {
    "queries": """
SELECT p.id, p.user, p.host, p.db, p.command, p.time AS seconds, p.state,
  TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) AS transaction_seconds, t.trx_rows_locked AS
  rows_locked, LEFT(p.info, 300) AS query
FROM information_schema.processlist p
LEFT JOIN information_schema.innodb_trx t ON t.trx_mysql_thread_id = p.id
WHERE p.id <> CONNECTION_ID() AND p.command NOT IN ('Daemon', 'Binlog Dump')
  AND (p.command <> 'Sleep' OR t.trx_id IS NOT NULL)
ORDER BY COALESCE(t.trx_started, NOW()), p.time DESC""",
    "blocked": """
SELECT waiting_pid AS blocked_id, wait_age_secs AS blocked_seconds, waiting_query AS blocked_query,
  locked_table, blocking_pid AS by_id, blocking_trx_age AS by_transaction_for,
  blocking_query AS by_query
FROM sys.innodb_lock_waits""",
    "locks": """
SELECT object_schema, object_name, index_name, lock_type, lock_mode, lock_status,
  COUNT(*) AS locks, GROUP_CONCAT(DISTINCT thread_id) AS threads
FROM performance_schema.data_locks GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY locks DESC""",
    "slowest": """
SELECT count_star AS calls, ROUND(sum_timer_wait / 1e9) AS total_ms,
  ROUND(avg_timer_wait / 1e9, 1) AS mean_ms, ROUND(max_timer_wait / 1e9, 1) AS max_ms,
  sum_rows_examined AS rows_examined, sum_no_index_used AS without_index,
  LEFT(digest_text, 300) AS query
FROM performance_schema.events_statements_summary_by_digest
WHERE digest_text IS NOT NULL ORDER BY sum_timer_wait DESC""",
    "replication": "SHOW REPLICA STATUS",
    "sizes": """
SELECT table_schema AS `schema`, table_name AS `table`, engine, table_rows AS about_rows,
  ROUND(data_length / 1048576, 1) AS data_mb, ROUND(index_length / 1048576, 1) AS indexes_mb
FROM information_schema.tables
WHERE table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')
ORDER BY data_length + index_length DESC""",
    "indexes": """
SELECT 'no primary key' AS what, CONCAT(t.table_schema, '.', t.table_name) AS name,
  CONCAT('about ', t.table_rows, ' rows') AS detail
FROM information_schema.tables t
LEFT JOIN information_schema.table_constraints c ON c.table_schema = t.table_schema
  AND c.table_name = t.table_name AND c.constraint_type = 'PRIMARY KEY'
WHERE t.table_type = 'BASE TABLE' AND c.constraint_name IS NULL
  AND t.table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')
UNION ALL SELECT 'read as a whole', CONCAT(object_schema, '.', object_name),
  CONCAT(count_read, ' rows read without an index')
FROM performance_schema.table_io_waits_summary_by_index_usage
WHERE index_name IS NULL AND count_read > 100000
  AND object_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')""",
    "bloat": """
SELECT table_schema AS `schema`, table_name AS `table`, ROUND(data_free / 1048576, 1) AS free_mb,
  ROUND((data_length + index_length) / 1048576, 1) AS used_mb
FROM information_schema.tables
WHERE data_free > 0 AND table_type = 'BASE TABLE' AND table_schema NOT IN ('mysql', 'sys')
ORDER BY data_free DESC""",
    "connections": """
SELECT COUNT(*) AS connections, @@max_connections AS max_connections,
  SUM(command = 'Sleep') AS sleeping, SUM(state LIKE 'Waiting for%') AS waiting,
  GROUP_CONCAT(DISTINCT user) AS users
FROM information_schema.processlist""",
}

# MariaDB has neither performance_schema.data_locks nor sys.innodb_lock_waits' sources of MySQL 8.
MARIADB = {
    "blocked": """
SELECT r.trx_mysql_thread_id AS blocked_id,
  TIMESTAMPDIFF(SECOND, r.trx_wait_started, NOW()) AS blocked_seconds,
  LEFT(r.trx_query, 200) AS blocked_query, l.lock_table AS locked_table,
  b.trx_mysql_thread_id AS by_id, p.user AS by_user, p.command AS by_command,
  TIMESTAMPDIFF(SECOND, b.trx_started, NOW()) AS by_transaction_seconds,
  LEFT(b.trx_query, 200) AS by_query
FROM information_schema.innodb_lock_waits w
JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id
JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id
LEFT JOIN information_schema.innodb_locks l ON l.lock_id = w.requested_lock_id
LEFT JOIN information_schema.processlist p ON p.id = b.trx_mysql_thread_id
UNION ALL SELECT p.id, p.time, LEFT(p.info, 200), p.state, NULL, NULL, NULL, NULL, NULL
FROM information_schema.processlist p WHERE p.state LIKE 'Waiting for % lock'""",
    "locks": """
SELECT t.trx_mysql_thread_id AS id, p.user, p.command, t.trx_state AS state,
  TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) AS transaction_seconds,
  t.trx_tables_locked AS tables_locked, t.trx_rows_locked AS rows_locked,
  t.trx_rows_modified AS rows_modified
FROM information_schema.innodb_trx t
LEFT JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
WHERE t.trx_mysql_thread_id <> CONNECTION_ID() ORDER BY t.trx_rows_locked DESC""",
}

PRODUCT = Product(
    name="MySQL",
    dialect="mysql",
    version="SELECT VERSION()",
    tables="""
SELECT table_schema AS `schema`, table_name AS `table`, LOWER(table_type) AS type,
  table_rows AS about_rows, ROUND((data_length + index_length) / 1048576, 1) AS size_mb
FROM information_schema.tables
WHERE table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')
ORDER BY data_length + index_length DESC""",
    checks=CHECKS,
    overview=("connections", "blocked", "queries", "replication"),
    variants=MARIADB,
    client="mariadb -e",
    judge=_judge,
    session=_session,
)
