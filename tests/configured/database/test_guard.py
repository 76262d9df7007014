"""What the guard says, and T-SQL, whose server runs nowhere here: only the guard is tested."""

import pytest

from holmes.tools.function_tool import ToolFailure
from holmes.toolsets.configured.database.guard import reading
from holmes.toolsets.configured.database.products import mssql


def judged(sql: str) -> str:
    statement = reading(sql, "tsql", "SQL Server")
    mssql.PRODUCT.judge(statement)
    return statement.sql


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1\nDROP TABLE orders",
        "SELECT * INTO stolen FROM orders",
        "SELECT NEXT VALUE FOR ids",
        "SELECT * FROM OPENROWSET('a', 'b', 'c')",
        "SELECT * FROM OPENQUERY(other, 'DELETE FROM orders')",
        "SELECT * FROM sys.fn_xe_file_target_read_file('a', NULL, NULL, NULL)",
        "EXEC xp_cmdshell 'dir'",
        "xp_cmdshell 'dir'",
        "WAITFOR DELAY '00:00:10'",
        "SHUTDOWN",
        "WITH o AS (SELECT 1 AS a) DELETE FROM orders",
        "UPDATE orders SET state = 'x' OUTPUT inserted.id",
        "DECLARE @a int = 1",
        "SET ROWCOUNT 0",
        "BACKUP DATABASE shop TO DISK = 'x'",
        "MERGE orders USING o ON 1 = 1 WHEN MATCHED THEN DELETE;",
        "TRUNCATE TABLE orders",
        "SELECT 1; SELECT 2",
        "GO",
    ],
)
def test_what_writes_to_sql_server_is_refused(sql: str) -> None:
    with pytest.raises(ToolFailure):
        judged(sql)


def test_what_reads_from_sql_server_is_sent_as_it_was_parsed() -> None:
    said = judged("SELECT TOP 3 [state], COUNT(*) n /* x */ FROM dbo.orders GROUP BY [state]")
    assert said == "SELECT TOP 3 [state], COUNT(*) AS [n] FROM [dbo].[orders] GROUP BY [state]"
    # Two statements for the server, one for the parser: what is sent is the parser's.
    assert judged("SELECT 1 DELETE FROM orders") == "SELECT 1 AS [DELETE] FROM [orders]"


@pytest.mark.parametrize(
    ("sql", "status", "said"),
    [
        ("DROP TABLE t", "denied", '"DROP" is not a statement that reads'),
        ("SELECT 1; SELECT 2", "denied", "it holds more than one statement"),
        ("WITH a AS (DELETE FROM t RETURNING 1) SELECT * FROM a", "denied", 'it holds "DELETE"'),
        ("SELECT * FROM t FOR UPDATE", "denied", "it holds a lock (FOR UPDATE or the like)"),
        ("SELECT FROM WHERE", "invalid_arguments", "Not understood as PostgreSQL's SQL"),
        ("SELECT 'a", "invalid_arguments", "Not understood as PostgreSQL's SQL"),
        ("  ;", "invalid_arguments", "There is no statement in it."),
    ],
)
def test_a_refusal_says_why(sql: str, status: str, said: str) -> None:
    with pytest.raises(ToolFailure) as failure:
        reading(sql, "postgres", "PostgreSQL")
    assert failure.value.status == status
    assert said in failure.value.message
    assert "\x1b" not in failure.value.message


def test_no_comment_is_sent() -> None:
    statement = reading("SELECT/* a */1 -- b\n, count(*)\nFROM t", "postgres", "PostgreSQL")
    assert statement.sql == "SELECT 1 , count(*) FROM t"
    explained = reading("EXPLAIN /* a */ ANALYZE -- b\n SELECT 1", "postgres", "PostgreSQL")
    assert explained.sql == "EXPLAIN ANALYZE SELECT 1"
