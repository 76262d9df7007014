"""PostgreSQL. Its catalog says of each function whether it may have side effects."""

from collections.abc import Sequence

from holmes.toolsets.configured.database.product import Product
from holmes.toolsets.configured.database.statement import Statement

HARMLESS = (
    "clock_timestamp", "timeofday", "random", "gen_random_uuid", "statement_timestamp",
    "pg_relation_size", "pg_table_size", "pg_indexes_size", "pg_total_relation_size",
    "pg_database_size", "pg_tablespace_size", "pg_blocking_pids", "pg_safe_snapshot_blocking_pids",
    "pg_is_in_recovery", "pg_is_wal_replay_paused", "pg_get_wal_replay_pause_state",
    "pg_last_wal_receive_lsn", "pg_last_wal_replay_lsn", "pg_last_xact_replay_timestamp",
    "pg_current_wal_lsn", "pg_current_wal_insert_lsn", "pg_current_wal_flush_lsn", "pg_lock_status",
    "pg_stat_statements", "pg_stat_statements_info", "pg_stat_get_wal_receiver",
    "pg_stat_get_progress_info", "pg_show_replication_origin_status", "pg_ls_waldir",
    "pg_available_extensions", "pg_stat_get_archiver", "pg_conf_load_time",
)  # fmt: skip
"""Functions that the catalog calls volatile because their value changes, not for what they do."""

UNSAFE = """
SELECT p.proname, n.nspname, CASE WHEN p.proname = ANY(%(calls)s) THEN 'call' ELSE 'member' END
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE (p.proname = ANY(%(calls)s) AND (pg_catalog.pg_function_is_visible(p.oid)
         OR n.nspname = ANY(%(schemas)s))
       OR p.proname = ANY(%(members)s) AND p.pronargs = 1
         AND (SELECT typtype FROM pg_catalog.pg_type WHERE oid = p.proargtypes[0]) = 'c')
  AND NOT (n.nspname = 'pg_catalog' AND p.proname <> ALL(%(doubtful)s)
             AND (p.provolatile <> 'v' OR p.proname = ANY(%(harmless)s))
           OR (p.provolatile = 'i' OR p.proname = ANY(%(harmless)s))
             AND EXISTS (SELECT FROM pg_catalog.pg_depend d
                         WHERE d.objid = p.oid AND d.deptype = 'e'))
LIMIT 1
"""
"""Gives the first function that may write: a volatile one, or one of a user's own making.

A stable function of an extension is refused too: `crosstab` runs any text as a query.
"""

# They take a transaction number or run a query that is a text, and are called stable.
DOUBTFUL = ("txid_current", "pg_current_xact_id", "ts_stat", "query_to_xml", "ts_rewrite")

MISSING = """
SELECT name FROM unnest(%(unknown)s::text[]) AS asked(name)
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_proc WHERE proname = name) LIMIT 1
"""


def _judge(_: Statement) -> None:
    """Nothing here: the catalog is asked, in the transaction of the query itself."""


def _session(seconds: float, _: int) -> Sequence[str]:
    milliseconds = int(seconds * 1000)
    return (
        "SET TRANSACTION READ ONLY",
        f"SET LOCAL statement_timeout = {milliseconds}",
        f"SET LOCAL lock_timeout = {min(milliseconds, 5000)}",
        "SET LOCAL standard_conforming_strings = on",
    )


CHECKS = {
    "queries": """
SELECT pid, usename AS "user", datname AS database, state,
  concat_ws(':', wait_event_type, wait_event) AS waits_for,
  date_trunc('second', now() - query_start)::text AS query_for,
  date_trunc('second', now() - xact_start)::text AS transaction_for, left(query, 300) AS query
FROM pg_stat_activity
WHERE state <> 'idle' AND pid <> pg_backend_pid() AND backend_type = 'client backend'
ORDER BY xact_start NULLS LAST""",
    "blocked": """
SELECT w.pid AS blocked_pid, date_trunc('second', now() - w.query_start)::text AS blocked_for,
  left(w.query, 200) AS blocked_query, b.pid AS by_pid, b.usename AS by_user,
  b.application_name AS by_application, b.state AS by_state,
  date_trunc('second', now() - b.xact_start)::text AS by_transaction_for,
  left(b.query, 200) AS by_last_query
FROM pg_stat_activity w CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS blocker(pid)
JOIN pg_stat_activity b ON b.pid = blocker.pid
ORDER BY w.query_start""",
    "locks": """
SELECT coalesce(l.relation::regclass::text, l.locktype) AS lock_on, l.mode, l.granted,
  count(*) AS locks, string_agg(DISTINCT l.pid::text, ',') AS pids
FROM pg_locks l
WHERE l.pid <> pg_backend_pid() AND l.locktype <> 'virtualxid'
  AND (l.database IS NULL OR l.database IN (0, (SELECT oid FROM pg_database
       WHERE datname = current_database())))
GROUP BY 1, 2, 3 ORDER BY granted, locks DESC""",
    "slowest": """
SELECT calls, round(total_exec_time::numeric) AS total_ms, round(mean_exec_time::numeric, 1)
  AS mean_ms, round(max_exec_time::numeric, 1) AS max_ms, rows, shared_blks_read AS blocks_read,
  left(query, 300) AS query
FROM pg_stat_statements ORDER BY total_exec_time DESC""",
    "replication": """
SELECT 'standby ' || coalesce(application_name, '') AS what, client_addr::text AS address,
  concat_ws(', ', state, sync_state) AS state,
  pg_size_pretty(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
    ELSE pg_current_wal_lsn() END, replay_lsn)) AS behind, replay_lag::text AS lag
FROM pg_stat_replication
UNION ALL SELECT 'slot ' || slot_name, plugin::text,
  CASE WHEN active THEN 'active' ELSE 'NOT ACTIVE' END || coalesce(', WAL ' || wal_status, ''),
  pg_size_pretty(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
    ELSE pg_current_wal_lsn() END, restart_lsn)), NULL
FROM pg_replication_slots
UNION ALL SELECT 'this server is a standby', NULL,
  CASE WHEN pg_is_wal_replay_paused() THEN 'replay paused' ELSE 'replaying' END,
  pg_size_pretty(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())),
  (now() - pg_last_xact_replay_timestamp())::text
WHERE pg_is_in_recovery()""",
    "sizes": """
SELECT 'database' AS what, datname::text AS name, pg_size_pretty(pg_database_size(oid)) AS size,
  NULL AS indexes, pg_database_size(oid) AS bytes
FROM pg_database WHERE has_database_privilege(oid, 'CONNECT')
UNION ALL SELECT 'table', oid::regclass::text, pg_size_pretty(pg_total_relation_size(oid)),
  pg_size_pretty(pg_indexes_size(oid)), pg_total_relation_size(oid)
FROM pg_class WHERE relkind IN ('r', 'm', 'p') AND relnamespace NOT IN
  (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema', 'pg_toast'))
ORDER BY bytes DESC""",
    "indexes": """
SELECT 'index missing? read as a whole' AS what, relid::regclass::text AS name,
  format('%s sequential scans of %s rows each, %s index scans', seq_scan,
    seq_tup_read / seq_scan, coalesce(idx_scan, 0)) AS detail
FROM pg_stat_user_tables
WHERE seq_scan >= 50 AND seq_tup_read / seq_scan >= 10000 AND seq_scan > coalesce(idx_scan, 0)
UNION ALL SELECT 'index invalid', indexrelid::regclass::text, 'of ' || indrelid::regclass::text
FROM pg_index WHERE NOT indisvalid
UNION ALL SELECT 'index never used', s.indexrelid::regclass::text,
  format('of %s, %s', s.relid::regclass, pg_size_pretty(pg_relation_size(s.indexrelid)))
FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid)
WHERE s.idx_scan = 0 AND NOT i.indisunique AND pg_relation_size(s.indexrelid) > 1048576
ORDER BY 1""",
    "bloat": """
SELECT relid::regclass::text AS table, n_live_tup AS live_rows, n_dead_tup AS dead_rows,
  round(100.0 * n_dead_tup / greatest(n_live_tup + n_dead_tup, 1)) AS dead_percent,
  coalesce(greatest(last_vacuum, last_autovacuum)::timestamp(0)::text, 'never') AS vacuumed,
  age(c.relfrozenxid) AS transaction_age
FROM pg_stat_user_tables t JOIN pg_class c ON c.oid = t.relid
ORDER BY n_dead_tup DESC""",
    "connections": """
SELECT count(*) AS connections, current_setting('max_connections')::int AS max_connections,
  count(*) FILTER (WHERE state = 'active') AS active,
  count(*) FILTER (WHERE state = 'idle') AS idle,
  count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction,
  (SELECT string_agg(format('%s %s', usename, n), ', ' ORDER BY n DESC) FROM (SELECT usename,
     count(*) AS n FROM pg_stat_activity WHERE usename IS NOT NULL GROUP BY 1 LIMIT 10) u)
    AS by_user
FROM pg_stat_activity WHERE backend_type = 'client backend'""",
}

PROBLEMS = """
WITH waits AS (
  SELECT w.pid, coalesce(nullif(w.application_name, ''), w.usename) AS who, w.query,
    w.query_start, blocker.pid AS by_pid
  FROM pg_stat_activity w CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS blocker(pid)),
taken AS (
  SELECT usename, count(*) AS n, count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS open,
    sum(count(*)) OVER () AS all_of_them, current_setting('max_connections')::int AS most,
    current_setting('superuser_reserved_connections')::int AS kept
  FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
  GROUP BY 1)
SELECT 'blocked' AS check, 'Session' AS kind,
  coalesce(nullif(b.application_name, ''), b.usename, b.pid::text) AS name,
  format('%s, and blocks %s of %s by its locks', b.state,
    CASE count(*) WHEN 1 THEN 'a session' ELSE count(*) || ' sessions' END,
    string_agg(DISTINCT w.who, ', ')) AS cause,
  concat_ws(E'\\n', format('pid %s, its transaction open for %s, last statement: %s', b.pid,
    date_trunc('second', now() - b.xact_start), left(b.query, 200)),
    format('blocked for %s: %s', date_trunc('second', now() - min(w.query_start)),
    left(min(w.query), 200))) AS evidence
FROM waits w JOIN pg_stat_activity b ON b.pid = w.by_pid
WHERE b.pid NOT IN (SELECT pid FROM waits)
GROUP BY b.pid, b.application_name, b.usename, b.state, b.xact_start, b.query
UNION ALL SELECT 'connections', 'User', usename::text,
  format('holds %s of %s connections (%s idle in transaction); %s are left', n, most, open,
    most - kept - all_of_them), format('max_connections %s, %s kept for superusers', most, kept)
FROM taken WHERE all_of_them >= 0.8 * (most - kept) AND n >= 0.5 * all_of_them
UNION ALL SELECT 'indexes', 'Table', relid::regclass::text,
  format('read as a whole by %s sequential scans of %s rows each, for want of an index', seq_scan,
    seq_tup_read / seq_scan), format('%s index scans', coalesce(idx_scan, 0))
FROM pg_stat_user_tables
WHERE seq_scan >= 50 AND seq_tup_read / seq_scan >= 10000 AND seq_scan > coalesce(idx_scan, 0)
UNION ALL SELECT 'replication', 'ReplicationSlot', slot_name::text,
  'not active: it keeps WAL that nobody reads', 'WAL status ' || coalesce(wal_status, 'unknown')
FROM pg_replication_slots WHERE NOT active
UNION ALL SELECT 'replication', 'Standby', inet_server_addr()::text, 'its replay is paused', NULL
WHERE CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END"""
"""Read as a whole and connections: by the bounds of the check of indexes, and by four fifths."""

PRODUCT = Product(
    name="PostgreSQL",
    dialect="postgres",
    version="SELECT current_setting('server_version')",
    tables="""
SELECT n.nspname AS schema, c.relname AS table, CASE c.relkind WHEN 'v' THEN 'view'
  WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS type,
  c.reltuples::bigint AS about_rows, pg_size_pretty(pg_total_relation_size(c.oid)) AS size
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
ORDER BY pg_total_relation_size(c.oid) DESC""",
    checks=CHECKS,
    overview=("connections", "blocked", "queries", "replication"),
    client="psql -c",
    problems=PROBLEMS,
    judge=_judge,
    session=_session,
)
