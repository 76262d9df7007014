"""SQL databases: PostgreSQL, MySQL and MariaDB, SQLite, ClickHouse, SQL Server."""

from collections.abc import Mapping

from holmes.tools.base import ToolContext, Toolset, ToolsetStatus
from holmes.tools.function_tool import missing_extra, tool_prefix
from holmes.tools.section import Section

NAMES: Mapping[str, str] = {"database/sql": "A SQL database: queries, tables, locks, replication"}


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one database; its tools are named after the section."""
    try:
        from holmes.toolsets.configured.database.clickhouse import ClickHouse  # noqa: PLC0415
        from holmes.toolsets.configured.database.relational import Relational  # noqa: PLC0415
        from holmes.toolsets.configured.database.settings import DatabaseSettings  # noqa: PLC0415
        from holmes.toolsets.configured.database.tools import (  # noqa: PLC0415
            Database,
            DatabaseTools,
        )
    except ImportError as error:
        raise missing_extra("sql", error) from error
    settings = section.settings(DatabaseSettings, context.environment)
    product = settings.product(section)
    of = ClickHouse.of if product.dialect == "clickhouse" else Relational.of
    database: Database = of(settings, product)
    return Toolset(
        name=section.name,
        description=f"A {product.name} database: queries, tables, locks, replication",
        tools=DatabaseTools(prefix=tool_prefix(section.name), database=database).all(),
        status=ToolsetStatus(state="enabled"),
        lifespan=database.open,
        health=database.version,
    )
