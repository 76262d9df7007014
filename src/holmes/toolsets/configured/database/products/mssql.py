"""Microsoft SQL Server. It has no read-only transaction: give Holmes a login that only reads.

Written from Microsoft's documentation; no SQL Server runs where the tests do.
"""

from collections.abc import Sequence

from holmes.toolsets.configured.database.product import Product
from holmes.toolsets.configured.database.statement import Statement, denied

# Functions of T-SQL have no side effects; these reach files and other servers.
_REFUSED = frozenset({
    "openrowset", "openquery", "opendatasource", "fn_xe_file_target_read_file",
    "fn_get_audit_file", "fn_trace_gettable", "fn_dblog", "fn_dump_dblog", "dm_os_file_exists",
    "fn_trace_getinfo", "dm_os_enumerate_filesystem",
})  # fmt: skip


def _judge(statement: Statement) -> None:
    if statement.kind != "query":
        raise denied("SQL Server has no such statement; use a SELECT")
    for call in sorted(statement.calls, key=lambda call: call.name):
        if call.name in _REFUSED:
            raise denied(f'the function "{call.name}" reads files or reaches another server')


def _session(_: float, rows: int) -> Sequence[str]:
    return ("SET LOCK_TIMEOUT 5000", f"SET ROWCOUNT {rows}")


PRODUCT = Product(
    name="SQL Server",
    dialect="tsql",
    version="SELECT CAST(SERVERPROPERTY('ProductVersion') AS varchar(30))",
    tables="""
SELECT s.name AS [schema], o.name AS [table], CASE o.type WHEN 'V' THEN 'view' ELSE 'table' END
  AS type, SUM(p.row_count) AS about_rows, SUM(p.reserved_page_count) * 8 / 1024 AS size_mb
FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id
LEFT JOIN sys.dm_db_partition_stats p ON p.object_id = o.object_id AND p.index_id < 2
WHERE o.type IN ('U', 'V') GROUP BY s.name, o.name, o.type ORDER BY size_mb DESC""",
    checks={
        "queries": """
SELECT r.session_id, s.login_name, r.status, r.wait_type, r.total_elapsed_time AS elapsed_ms,
  r.blocking_session_id, LEFT(t.text, 300) AS query
FROM sys.dm_exec_requests r JOIN sys.dm_exec_sessions s ON s.session_id = r.session_id
CROSS APPLY sys.dm_exec_sql_text(r.sql_handle) t
WHERE s.is_user_process = 1 AND r.session_id <> @@SPID ORDER BY r.total_elapsed_time DESC""",
        "blocked": """
SELECT r.session_id AS blocked_id, r.wait_time AS blocked_ms, r.wait_resource,
  LEFT(t.text, 200) AS blocked_query, r.blocking_session_id AS by_id, b.login_name AS by_login,
  b.status AS by_status, b.open_transaction_count AS by_transactions
FROM sys.dm_exec_requests r JOIN sys.dm_exec_sessions b ON b.session_id = r.blocking_session_id
CROSS APPLY sys.dm_exec_sql_text(r.sql_handle) t""",
        "slowest": """
SELECT TOP 50 q.execution_count AS calls, q.total_elapsed_time / 1000 AS total_ms,
  q.total_elapsed_time / q.execution_count / 1000 AS mean_ms, q.max_elapsed_time / 1000 AS max_ms,
  LEFT(t.text, 300) AS query
FROM sys.dm_exec_query_stats q CROSS APPLY sys.dm_exec_sql_text(q.sql_handle) t
ORDER BY q.total_elapsed_time DESC""",
        "sizes": """
SELECT DB_NAME(database_id) AS [database], type_desc AS type, SUM(size) / 128 AS size_mb
FROM sys.master_files GROUP BY database_id, type_desc ORDER BY size_mb DESC""",
        "indexes": """
SELECT TOP 50 d.statement AS [table], d.equality_columns, d.inequality_columns,
  d.included_columns, s.user_seeks, s.avg_user_impact AS percent_saved
FROM sys.dm_db_missing_index_details d
JOIN sys.dm_db_missing_index_groups g ON g.index_handle = d.index_handle
JOIN sys.dm_db_missing_index_group_stats s ON s.group_handle = g.index_group_handle
ORDER BY s.user_seeks * s.avg_user_impact DESC""",
        "replication": """
SELECT r.replica_server_name AS replica, s.synchronization_state_desc AS state,
  s.synchronization_health_desc AS health, s.log_send_queue_size AS send_queue_kb,
  s.redo_queue_size AS redo_queue_kb
FROM sys.dm_hadr_database_replica_states s
JOIN sys.availability_replicas r ON r.replica_id = s.replica_id""",
        "connections": """
SELECT login_name, status, COUNT(*) AS connections, @@MAX_CONNECTIONS AS max_connections
FROM sys.dm_exec_sessions WHERE is_user_process = 1 GROUP BY login_name, status
ORDER BY connections DESC""",
    },
    overview=("connections", "blocked", "queries"),
    client="sqlcmd -Q",
    judge=_judge,
    session=_session,
)
