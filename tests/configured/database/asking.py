"""A database toolset as the registry makes it, and its state for comparisons."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio

from holmes.core.messages import JsonValue
from holmes.core.tool_output import Table, ToolOutput
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.section import Section
from holmes.toolsets.configured.database import from_section

STATEMENTS = Path(__file__).parent / "statements"
TRACE = Path("/tmp/holmes-attack")  # noqa: S108  (what attacks try to write)

ORDERS = (
    "CREATE TABLE orders (id int PRIMARY KEY, state varchar(20), total int)",
    "INSERT INTO orders VALUES (1, 'paid', 10), (2, 'open', 20), (3, 'paid', 30)",
)


def statements(name: str) -> list[str]:
    return (STATEMENTS / name).read_text(encoding="utf-8").splitlines()


class Tools:
    """The tools of one toolset by the last part of their names."""

    def __init__(self, toolset: Toolset, prefix: str) -> None:
        self.toolset = toolset
        self._prefix = prefix

    async def __call__(self, name: str, **arguments: JsonValue) -> ToolOutput:
        tools = {tool.definition.name: tool for tool in self.toolset.tools}
        return await tools[f"{self._prefix}_{name}"].run(arguments)

    async def table(self, name: str, **arguments: JsonValue) -> Table:
        output = await self(name, **arguments)
        assert isinstance(output.data, Table), output
        return output.data


def made(url: str, **config: Any) -> Toolset:  # noqa: ANN401  (any YAML)
    section = Section(
        name="shop",
        kind="database",
        config={"connection_url": url, "timeout_seconds": 2, **config},
        source="test",
    )
    return from_section(section, ToolContext(environment={}))


@asynccontextmanager
async def opened(url: str, **config: Any) -> AsyncIterator[Tools]:  # noqa: ANN401
    toolset = made(url, **config)
    assert toolset.lifespan is not None
    async with toolset.lifespan():
        yield Tools(toolset, "shop")


async def outcomes(tools: Tools, asked: Sequence[str]) -> dict[str, ToolOutput]:
    """What became of each statement; two at a time, as the machine has cores."""
    found: dict[str, ToolOutput] = {}
    limiter = anyio.CapacityLimiter(3)

    async def one(statement: str) -> None:
        async with limiter:
            found[statement] = await tools("query", sql=statement)

    async with anyio.create_task_group() as group:
        for statement in asked:
            group.start_soon(one, statement)
    return {statement: found[statement] for statement in asked}


def answered(found: dict[str, ToolOutput]) -> list[str]:
    """The statements that gave a result."""
    return [sql for sql, output in found.items() if output.status in {"ok", "no_data"}]
