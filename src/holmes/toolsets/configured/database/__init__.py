"""SQL databases: PostgreSQL, MySQL and MariaDB, SQLite, ClickHouse, SQL Server."""

from collections.abc import Mapping

from holmes.tools.base import ToolContext, Toolset, ToolsetStatus
from holmes.tools.function_tool import missing_extra, tool_prefix
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
        try:
            from holmes.toolsets.configured.database.relational import (  # noqa: PLC0415
                Relational,
            )
        except ImportError as error:
            raise missing_extra("sql", error) from error
        database = Relational.of(settings, product)
    prefix = tool_prefix(section.name)
    return Toolset(
        name=section.name,
        description=f"A {product.name} database: queries, tables, locks, replication",
        tools=DatabaseTools(prefix=prefix, database=database).all(),
        status=ToolsetStatus(state="enabled"),
        lifespan=database.open,
        health=database.version,
        opening=f"{prefix}_problems" if product.problems else "",
    )
