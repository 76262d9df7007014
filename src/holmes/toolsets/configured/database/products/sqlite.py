"""SQLite: opened read only, and its own authorizer asked about each thing a statement does."""

import sqlite3
import time
from pathlib import Path
from urllib.parse import quote

from holmes.toolsets.configured.database.product import Product
from holmes.toolsets.configured.database.statement import Statement

_READS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
# Without an argument they say something; with one, most set it.
_PRAGMAS = frozenset({
    "application_id", "auto_vacuum", "busy_timeout", "cache_size", "collation_list",
    "compile_options", "data_version", "encoding", "foreign_keys", "freelist_count",
    "journal_mode", "journal_size_limit", "page_count", "page_size", "schema_version",
    "read_uncommitted", "synchronous", "user_version", "database_list", "function_list",
    "module_list",
})  # fmt: skip
_PRAGMAS_OF_A_NAME = frozenset({
    "foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo",
    "integrity_check", "quick_check", "table_info", "table_list", "table_xinfo",
})  # fmt: skip
_FUNCTIONS_REFUSED = frozenset({
    "load_extension", "fts3_tokenizer", "writefile", "readfile", "edit",
})  # fmt: skip
_LONGEST_VALUE = 10_000_000  # bytes; `randomblob(1e9)` would take the memory of this machine
_STEPS = 10_000  # of SQLite's machine between two looks at the clock, well under a millisecond


class ReadOnlyConnection(sqlite3.Connection):
    """A connection that reads; a statement that takes longer than `seconds` is interrupted."""

    seconds = 60.0

    def start(self) -> None:
        """Give the next statement its time."""
        end = time.monotonic() + self.seconds
        self.set_progress_handler(lambda: time.monotonic() > end, _STEPS)


def connect(path: str, seconds: float) -> ReadOnlyConnection:
    """The database of a file, which must exist; nothing can be written through it."""
    uri = f"file:{quote(str(Path(path).absolute()))}?mode=ro"
    connection = sqlite3.connect(
        uri, uri=True, check_same_thread=False, factory=ReadOnlyConnection, timeout=5
    )
    connection.seconds = seconds
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.execute("PRAGMA query_only = 1")
    connection.set_authorizer(_authorize)
    return connection


def _authorize(
    action: int, first: str | None, second: str | None, _database: str | None, _by: str | None
) -> int:
    """SQLite's own question before each step of a statement."""
    allowed = action in _READS
    if action == sqlite3.SQLITE_UPDATE:
        # A pragma in the place of a table asks for this to declare its columns. A statement that
        # did would be refused without writable_schema, and the file is opened read only.
        allowed = first == "sqlite_master"
    if action == sqlite3.SQLITE_FUNCTION:
        allowed = (second or "").lower() not in _FUNCTIONS_REFUSED
    if action == sqlite3.SQLITE_PRAGMA:
        name = (first or "").lower()
        allowed = name in _PRAGMAS_OF_A_NAME or (name in _PRAGMAS and second is None)
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _judge(_: Statement) -> None:
    """Nothing here: the authorizer knows what a statement calls, whatever it is spelled like."""


PRODUCT = Product(
    name="SQLite",
    dialect="sqlite",
    version="SELECT sqlite_version()",
    tables="""
SELECT 'main' AS schema, name AS "table", type, sql AS definition
FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name""",
    checks={
        "sizes": """
SELECT page_count * page_size AS bytes, freelist_count * page_size AS free_bytes, page_size
FROM pragma_page_count, pragma_page_size, pragma_freelist_count""",
        "integrity": "PRAGMA quick_check(20)",
        "settings": """
SELECT journal_mode, encoding, user_version, foreign_keys FROM pragma_journal_mode,
  pragma_encoding, pragma_user_version, pragma_foreign_keys""",
        "indexes": """
SELECT m.name AS "table", l.name AS "index", l."unique", l.origin
FROM sqlite_master m, pragma_index_list(m.name) l WHERE m.type = 'table'""",
    },
    overview=("sizes", "integrity", "settings"),
    client="sqlite3 -readonly",
    judge=_judge,
)
