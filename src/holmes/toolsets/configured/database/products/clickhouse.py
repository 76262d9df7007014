"""ClickHouse, over its HTTP interface; each request carries `readonly=1`."""

from holmes.toolsets.configured.database.product import Product
from holmes.toolsets.configured.database.statement import Statement, denied

# Table functions that make their rows here; the others read files, or reach another server.
_TABLE_FUNCTIONS = frozenset({
    "numbers", "numbers_mt", "zeros", "zeros_mt", "values", "view", "merge", "null",
    "generateseries", "generate_series", "explodingarrays",
})  # fmt: skip
_REFUSED = frozenset({"sleep", "sleepeachrow", "file", "catboostevaluate", "executable"})


def _judge(statement: Statement) -> None:
    for name in sorted(statement.tables - _TABLE_FUNCTIONS):
        raise denied(f'the table function "{name}" reads files or reaches another server')
    for call in sorted(statement.calls, key=lambda call: call.name):
        if call.name in _REFUSED:
            raise denied(f'the function "{call.name}" reads files or waits')


PRODUCT = Product(
    name="ClickHouse",
    dialect="clickhouse",
    version="SELECT version()",
    tables="""
SELECT t.database AS schema, t.name AS table, t.engine AS type, p.row_count AS about_rows,
  formatReadableSize(p.bytes) AS size
FROM (SELECT database, name, engine FROM system.tables
  WHERE database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema')) AS t
ANY LEFT JOIN (SELECT database, table AS name, sum(rows) AS row_count, sum(bytes_on_disk) AS bytes
  FROM system.parts WHERE active GROUP BY database, table) AS p USING (database, name)
ORDER BY p.bytes DESC""",
    checks={
        "queries": """
SELECT query_id, user, round(elapsed, 1) AS seconds, read_rows,
  formatReadableSize(memory_usage) AS memory, substring(query, 1, 300) AS query
FROM system.processes WHERE query NOT LIKE '%system.processes%' ORDER BY elapsed DESC""",
        "slowest": """
SELECT count() AS calls, sum(query_duration_ms) AS total_ms, round(avg(query_duration_ms)) AS
  mean_ms, max(query_duration_ms) AS max_ms, formatReadableSize(max(memory_usage)) AS memory,
  substring(any(query), 1, 300) AS query
FROM system.query_log WHERE type = 2 AND event_date >= today() - 1
GROUP BY cityHash64(replaceRegexpAll(query, '[0-9]+', '?')) ORDER BY total_ms DESC""",
        "failed": """
SELECT event_time, user, substring(exception, 1, 200) AS exception, substring(query, 1, 200)
  AS query
FROM system.query_log WHERE type > 2 AND event_date >= today() - 1 ORDER BY event_time DESC""",
        "replication": """
SELECT database, table, is_readonly, is_session_expired, absolute_delay AS delay_seconds,
  queue_size, inserts_in_queue, merges_in_queue, active_replicas, total_replicas
FROM system.replicas ORDER BY is_readonly DESC, absolute_delay DESC""",
        "sizes": """
SELECT database, table, sum(rows) AS row_count, count() AS parts,
  formatReadableSize(sum(bytes_on_disk)) AS size
FROM system.parts WHERE active GROUP BY database, table ORDER BY sum(bytes_on_disk) DESC""",
        "parts": """
SELECT database, table, partition, count() AS parts, sum(rows) AS row_count
FROM system.parts WHERE active GROUP BY database, table, partition ORDER BY parts DESC""",
        "merges": """
SELECT database, table, round(elapsed, 1) AS seconds, round(progress * 100) AS percent, num_parts,
  formatReadableSize(memory_usage) AS memory
FROM system.merges ORDER BY elapsed DESC""",
        "mutations": """
SELECT database, table, mutation_id, command, create_time, parts_to_do
FROM system.mutations WHERE NOT is_done ORDER BY create_time""",
        "connections": """
SELECT metric, value FROM system.metrics
WHERE metric LIKE '%Connection' OR metric IN ('Query', 'Merge', 'MemoryTracking')""",
    },
    overview=("connections", "queries", "replication", "mutations"),
    client="clickhouse-client --readonly=1 --query",
    judge=_judge,
)
