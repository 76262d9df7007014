"""The keys of a database toolset."""

from urllib.parse import urlsplit

import msgspec

from holmes.core.errors import ToolsetFileError
from holmes.tools.section import Section
from holmes.toolsets.configured.database.product import Product
from holmes.toolsets.configured.database.products import (
    clickhouse,
    mssql,
    mysql,
    postgresql,
    sqlite,
)

_PRODUCTS = {
    "postgresql": postgresql.PRODUCT,
    "postgres": postgresql.PRODUCT,
    "mysql": mysql.PRODUCT,
    "mariadb": mysql.PRODUCT,
    "sqlite": sqlite.PRODUCT,
    "mssql": mssql.PRODUCT,
    "sqlserver": mssql.PRODUCT,
    "clickhouse": clickhouse.PRODUCT,
    "clickhouses": clickhouse.PRODUCT,
}


class DatabaseSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the database is, and how much may be asked of it.

    `clickhouse_use_http_json` is known and has no effect: that is how ClickHouse is asked.
    """

    connection_url: str
    read_only: bool = True
    verify_ssl: bool = True
    max_rows: int = 200
    timeout_seconds: float = 60.0
    clickhouse_use_http_json: bool = True

    def product(self, section: Section) -> Product:
        """The product that the URL names; ToolsetFileError where it is none of ours."""
        scheme = urlsplit(self.connection_url).scheme.lower().partition("+")[0]
        if scheme not in _PRODUCTS:
            known = "postgresql, mysql, mariadb, sqlite, clickhouse, mssql"
            raise ToolsetFileError(
                f'{section.where}: the connection_url begins with "{scheme}".',
                hint=f"Write it as PRODUCT://user:password@host:port/database with one of {known}.",
            )
        if not self.read_only:
            raise ToolsetFileError(
                f'{section.where}: "read_only: false" is not supported; Holmes only reads.',
                hint="Leave the key out.",
            )
        if self.max_rows < 1 or self.timeout_seconds <= 0:
            raise ToolsetFileError(
                f"{section.where}: max_rows and timeout_seconds are to be more than 0."
            )
        return _PRODUCTS[scheme]
