"""SQL databases: PostgreSQL, MySQL and MariaDB, SQLite, ClickHouse, SQL Server."""

from collections.abc import Mapping

from holmes.tools.base import ToolContext, Toolset
from holmes.tools.function_tool import needing, tool_prefix
from holmes.tools.section import Section
from holmes.toolsets.configured.database.clickhouse import ClickHouse
from holmes.toolsets.configured.database.settings import DatabaseSettings
from holmes.toolsets.configured.database.tools import Database, DatabaseTools

NAMES: Mapping[str, str] = {"database/sql": "A SQL database: queries, tables, locks, replication"}


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one database; its tools are named after the section."""
    settings = section.settings(DatabaseSettings, context.environment)
    product = settings.product(section)
    database: Database
    if product.dialect == "clickhouse":
        database = ClickHouse.of(settings, product)
    else:
        with needing("sql"):
            from holmes.toolsets.configured.database.relational import (  # noqa: PLC0415
                Relational,
            )
        database = Relational.of(settings, product)
    prefix = tool_prefix(section.name)
    return Toolset(
        name=section.name,
        description=f"A {product.name} database: queries, tables, locks, replication",
        tools=DatabaseTools(prefix=prefix, database=database).all(),
        lifespan=database.open,
        health=database.version,
        opening=f"{prefix}_problems" if product.problems else "",
    )
