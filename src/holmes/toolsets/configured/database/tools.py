"""The tools of a database: query, tables, one table, and what an on-call person checks."""

import shlex
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from holmes.core.finding import NextCall
from holmes.core.messages import JsonObject, JsonValue
from holmes.core.tool_output import Json, ToolOutput
from holmes.tools.function_tool import FunctionTool, Part, ToolFailure, needing, tools_of
from holmes.tools.problems import problem, problems_output
from holmes.tools.rows import Rows, least, output_of, shown, taken
from holmes.toolsets.configured.database.product import Product
from holmes.toolsets.configured.database.settings import DatabaseSettings
from holmes.toolsets.configured.database.statement import Statement

_MOST_TABLES = 2000
_ROWS_OF_A_CHECK = 20
_ROWS_OF_AN_OVERVIEW = 5
_LOOKED_AT = "no session blocks another, connections are left, no large table is read as a whole"


class Database(Protocol):
    """What the tools ask."""

    settings: DatabaseSettings
    product: Product

    @property
    def place(self) -> str:
        """Product and address, as messages name them."""

    @property
    def client(self) -> Sequence[str]:
        """The command line to which a person adds a statement, without the password."""

    def open(self) -> AbstractAsyncContextManager[None]:
        """Close the connections at the end of the block."""

    async def version(self) -> str:
        """Product and version."""

    async def query(self, statement: Statement, limit: int) -> Rows:
        """The rows of a statement that the guard let through."""

    async def ask(self, sql: str, limit: int) -> Rows:
        """The rows of a query of ours."""

    async def check(self, what: str, limit: int) -> Rows:
        """The answer to one of the product's questions."""

    async def describe(self, table: str, schema: str) -> Rows:
        """Columns, keys and indexes of a table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseTools:
    """The tools of one database; their names begin with `prefix`."""

    prefix: str
    database: Database

    def all(self) -> tuple[FunctionTool, ...]:
        """All of them; what is wrong only where the product can tell."""
        product = self.database.product
        text: JsonObject = {"type": "string"}
        most = self.database.settings.max_rows
        whats: list[JsonValue] = list(product.checks)
        limit: JsonObject = {"type": "integer", "minimum": 1, "maximum": most}
        overview = ", ".join(product.overview)
        problems: Part = ("problems", "What is wrong with it. Call first.", {}, (), self.problems)
        return tools_of(
            *((problems,) if product.problems else ()),
            (
                "query",
                f"Rows of one reading {product.name} statement (SELECT, SHOW, EXPLAIN).",
                {"sql": text, "limit": limit},
                ("sql",),
                self.query,
            ),
            (
                "list_tables",
                "Tables with size and rows, the largest first.",
                {"schema": text, "include_views": {"type": "boolean"}},
                (),
                self.list_tables,
            ),
            (
                "describe_table",
                "Columns, keys and indexes of a table.",
                {"table_name": text, "schema": text},
                ("table_name",),
                self.describe_table,
            ),
            (
                "check",
                f"State of the database server. Without `what`: {overview}, in short.",
                {"what": {"type": "string", "enum": whats}},
                (),
                self.check,
            ),
            show=lambda name, given: getattr(self, f"show_{name}")(given),
            prefix=f"{self.prefix}_",
            timeout=self.database.settings.timeout_seconds + 10,
        )

    async def query(self, arguments: JsonObject) -> ToolOutput:
        """The rows of a statement of the model's."""
        with needing("sql"):
            # The parser takes 0.5 s to load, which a run without a query can do without.
            from holmes.toolsets.configured.database.guard import reading  # noqa: PLC0415
        product = self.database.product
        statement = reading(str(arguments["sql"]), product.dialect, product.name)
        limit = least(arguments.get("limit"), self.database.settings.max_rows)
        rows = await self.database.query(statement, limit)
        command = self.show_query({"sql": statement.sql})
        return output_of(rows, of="rows", command=command, nothing="no rows")

    def show_query(self, arguments: JsonObject) -> str:
        """The statement, as a person could run it."""
        return f"{shlex.join(self.database.client)} {shlex.quote(str(arguments['sql']))}"

    async def list_tables(self, arguments: JsonObject) -> ToolOutput:
        """The tables of a schema, or of all."""
        product = self.database.product
        found = await self.database.ask(product.tables, _MOST_TABLES)
        schema, views = arguments.get("schema"), arguments.get("include_views", True)
        kept = [
            row
            for row in found.rows
            if (not schema or row[0] == schema) and (views or "view" not in row[2].lower())
        ]
        rows = taken(found.columns, kept, self.database.settings.max_rows)
        nothing = f'no tables in schema "{schema}"' if schema else "no tables"
        command = self.show_list_tables(arguments)
        return output_of(rows, of="tables", command=command, nothing=nothing)

    def show_list_tables(self, _: JsonObject) -> str:
        """The query for the tables."""
        return self.show_query({"sql": " ".join(self.database.product.tables.split())})

    async def describe_table(self, arguments: JsonObject) -> ToolOutput:
        """Columns, keys and indexes of one table."""
        table, schema = str(arguments["table_name"]), str(arguments.get("schema") or "")
        if not schema and "." in table:
            schema, _, table = table.rpartition(".")
        rows = await self.database.describe(table, schema)
        command = self.show_describe_table(arguments)
        return output_of(rows, of="columns", command=command, nothing="no columns")

    def show_describe_table(self, arguments: JsonObject) -> str:
        """The table that is described."""
        schema = arguments.get("schema")
        name = f"{schema}.{arguments['table_name']}" if schema else str(arguments["table_name"])
        describe = {"postgres": f"\\d {name}", "sqlite": f"PRAGMA table_info({name})"}
        dialect = self.database.product.dialect
        return self.show_query({"sql": describe.get(dialect, f"DESCRIBE {name}")})

    async def check(self, arguments: JsonObject) -> ToolOutput:
        """One check, or the overview."""
        what = arguments.get("what")
        if not what:
            return await self._overview()
        rows = await self.database.check(str(what), _ROWS_OF_A_CHECK)
        return output_of(
            rows, of=str(what), command=self.show_check(arguments), nothing=f"{what}: none"
        )

    async def problems(self, _: JsonObject) -> ToolOutput:
        """Who blocks whom, who takes the connections, which table lacks an index."""
        rows = await self.database.ask(self.database.product.problems, _ROWS_OF_A_CHECK)
        found = []
        for check, kind, name, cause, evidence in rows.rows:
            arguments = {"what": check}
            confirm = NextCall(
                tool=f"{self.prefix}_check",
                arguments=arguments,
                command=self.show_check({**arguments}),
            )
            lines = [] if evidence == "NULL" else evidence.splitlines()
            found.append(problem(check, kind, name, cause, confirm, lines))
        nothing = f"nothing is wrong with {self.database.place} itself: {_LOOKED_AT}"
        return problems_output(found, command=self.show_problems({}), nothing=nothing)

    def show_problems(self, _: JsonObject) -> str:
        """The query, on one line."""
        return self.show_query({"sql": " ".join(self.database.product.problems.split())})

    async def _overview(self) -> ToolOutput:
        parts: list[str] = []
        data: dict[str, JsonValue] = {}
        failed: list[str] = []
        for what in self.database.product.overview:
            try:
                found = await self.database.check(what, _ROWS_OF_AN_OVERVIEW)
            except ToolFailure as failure:
                failed.append(f"{what}: {failure.message}")
                continue
            data[what] = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
            parts.append(f"{what}:\n{shown(found)}" if found.rows else f"{what}: none\n")
            if found.more:
                parts.append("  more of them: ask for this check alone\n")
        if not parts:
            raise ToolFailure("; ".join(failed))
        return ToolOutput(
            status="ok",
            text="".join(parts),
            command=self.show_check({}),
            note="; ".join(failed),
            data=Json(value=data),
        )

    def show_check(self, arguments: JsonObject) -> str:
        """The query of the check, or those of the overview."""
        product = self.database.product
        what = arguments.get("what")
        asked = [str(what)] if what else product.overview
        return self.show_query(
            {"sql": "; ".join(" ".join(product.checks[e].split()) for e in asked)}
        )
