"""One MCP server as a toolset: its tools, and what it has to read."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from holmes.core.messages import JsonObject, JsonValue
from holmes.core.tool_output import ToolOutput
from holmes.tools.base import Tool, ToolContext, Toolset, callable_name
from holmes.tools.data import listed
from holmes.tools.function_tool import FunctionTool, ToolFailure, definition
from holmes.toolsets.configured.mcp.connection import Connection
from holmes.toolsets.configured.mcp.content import output_of, resources_output, shown_arguments
from holmes.toolsets.configured.mcp.schema import (
    definition_of,
    one_line,
    without_nulls,
)
from holmes.toolsets.configured.mcp.settings import McpSettings
from holmes.toolsets.configured.mcp.transports import Transports

if TYPE_CHECKING:
    import mcp_types as mcp
    from mcp import Client

MOST_LISTED = 1000
"""Tools, resources or prompts of one server; it may go on listing for ever."""

_EVERY = 5.0  # seconds between two lines of progress of one call
_DESCRIPTION = 300
_INSTRUCTIONS = 2000


class McpServer:
    """What a section describes, connected while its toolset is open."""

    def __init__(self, name: str, settings: McpSettings, context: ToolContext) -> None:
        self._name = name
        self._settings = settings
        self._context = context
        self._transports = Transports(name, settings, context)
        self._connection = Connection(self._transports, self._list)
        self._tools: tuple[mcp.Tool, ...] = ()
        self._reads: tuple[str, ...] = ()
        self._instructions = ""

    def toolset(self) -> Toolset:
        """What the server listed last; nothing before it is connected."""
        tools: list[Tool] = []
        asked: list[str] = []
        for each in self._tools:
            tool = self._tool(each, taken={tool.definition.name for tool in tools})
            tools.append(tool)
            if not self._runs_unasked(each):
                asked.append(tool.definition.name)
        for kind in self._reads:
            tools.append(self._reader(kind))
            if not self._settings.trusted:
                asked.append(tools[-1].definition.name)
        return Toolset(
            name=self._name,
            description="an MCP server",
            tools=tuple(tools),
            instructions=self._instructions,
            asked=tuple(asked),
            allowing=f'to let it run unasked, list it under "approved_tools" of "{self._name}"',
            lifespan=self._lifespan,
            health=self._health,
            now=self.toolset,
        )

    @asynccontextmanager
    async def _lifespan(self) -> AsyncIterator[Toolset]:
        # Importing the SDK takes 1.4 s, in which other toolsets open.
        await to_thread.run_sync(_import_sdk)
        async with self._connection.open():
            yield self.toolset()

    async def _health(self) -> str:
        if tool := self._settings.health_check_tool:
            output = await self._call(tool, {}, repeatable=True)
            if output.status == "failed":
                raise ToolFailure(f'its health check "{tool}" failed: {output.note}')
        client = await self._connection.client()
        info = client.server_info
        said = one_line(f"{info.name} {info.version}", 100) if info else "a server without a name"
        return f"{said}, MCP {client.protocol_version}"

    async def _list(self, client: "Client") -> None:
        """Read what there is, page by page."""
        tools: list[mcp.Tool] = []
        has = client.server_capabilities
        cursor: str | None = None
        while has.tools is not None and len(tools) < MOST_LISTED:
            page = await client.list_tools(cursor=cursor, cache_mode="bypass")
            tools += page.tools
            cursor = page.next_cursor
            if not cursor:
                break
        reads = []
        if has.resources is not None and (
            (await client.list_resources()).resources
            or (await client.list_resource_templates()).resource_templates
        ):
            reads.append("resources")
        if has.prompts is not None and (await client.list_prompts()).prompts:
            reads.append("prompts")
        self._tools = tuple(each for each in tools[:MOST_LISTED] if self._wanted(each.name))
        self._reads = tuple(each for each in reads if self._wanted(self._reader_name(each)))
        # What it says to the model beside its tools, only where the user trusts it.
        trusted = self._settings.trusted and client.instructions
        mask = self._context.mask
        self._instructions = one_line(trusted, _INSTRUCTIONS, mask) if trusted else ""

    def _wanted(self, name: str) -> bool:
        said = self._settings
        return _matches(name, said.allowed_tools) and not _matches(name, said.denied_tools)

    def _runs_unasked(self, tool: "mcp.Tool") -> bool:
        reads = tool.annotations is not None and tool.annotations.read_only_hint is True
        return (reads and self._settings.trusted) or _matches(
            tool.name, self._settings.approved_tools
        )

    def _tool(self, tool: "mcp.Tool", taken: set[str]) -> Tool:
        said, mask = tool.description or tool.title, self._context.mask
        made = definition_of(tool.name, said, tool.input_schema, mask)
        number, plain = 2, made.name
        while made.name in taken:  # two names that are one for a model server
            made = definition_of(f"{plain[:60]}_{number}", made.description, made.parameters)
            number += 1
        hints = tool.annotations
        repeatable = hints is not None and bool(hints.read_only_hint or hints.idempotent_hint)
        return FunctionTool(
            definition=made,
            call=partial(self._call, tool.name, repeatable=repeatable),
            show=partial(self._shown, tool.name),
            timeout=self._settings.timeout_seconds,
        )

    def _shown(self, tool: str, arguments: JsonObject) -> str:
        said = shown_arguments(without_nulls(arguments))
        return f"mcp {self._name} {one_line(tool, 100)} {said}".strip()

    async def _call(self, tool: str, arguments: JsonObject, *, repeatable: bool) -> ToolOutput:
        given = without_nulls(arguments)
        tell = self._context.progress
        progress = _Progress(one_line(tool, 100), tell) if tell else None

        async def ask(client: "Client") -> "mcp.CallToolResult":
            return await client.call_tool(tool, given, progress_callback=progress)

        result = await self._connection.request(ask, repeatable=repeatable)
        return output_of(result, self._shown(tool, arguments))

    def _reader_name(self, kind: str) -> str:
        return callable_name(f"{self._name}_{kind}")

    def _reader(self, kind: str) -> Tool:
        """The one tool for resources or for prompts."""
        resources = kind == "resources"
        parameters: dict[str, JsonObject] = (
            {"uri": {"type": "string", "description": "one of the list"}}
            if resources
            else {"name": {"type": "string"}, "arguments": {"type": "object"}}
        )
        about = "one by its uri" if resources else "one by its name"
        return FunctionTool(
            definition=definition(
                self._reader_name(kind),
                f"List the {kind} of {one_line(self._name, 60)}, or read {about}.",
                parameters,
            ),
            call=self._resources if resources else self._prompts,
            show=partial(self._shown, kind),
            timeout=self._settings.timeout_seconds,
        )

    async def _resources(self, arguments: JsonObject) -> ToolOutput:
        command = self._shown("resources", arguments)
        uri = arguments.get("uri")
        if isinstance(uri, str):
            read = await self._connection.request(lambda client: client.read_resource(uri))
            return resources_output(read.contents, command)
        found = await self._connection.request(lambda client: client.list_resources())
        templates = await self._connection.request(lambda client: client.list_resource_templates())
        rows = [(str(each.uri), each.name, each.description) for each in found.resources]
        rows += [(t.uri_template, t.name, t.description) for t in templates.resource_templates]
        columns = ("URI", "NAME", "DESCRIPTION")
        return listed("resources", columns, _cells(rows), command, most=MOST_LISTED)

    async def _prompts(self, arguments: JsonObject) -> ToolOutput:
        command = self._shown("prompts", arguments)
        name = arguments.get("name")
        if isinstance(name, str):
            given = _texts(arguments.get("arguments"))
            got = await self._connection.request(lambda client: client.get_prompt(name, given))
            from mcp_types import CallToolResult  # noqa: PLC0415

            return output_of(CallToolResult(content=[m.content for m in got.messages]), command)
        found = await self._connection.request(lambda client: client.list_prompts())
        rows = [
            (each.name, ", ".join(a.name for a in each.arguments or ()), each.description)
            for each in found.prompts
        ]
        columns = ("NAME", "ARGUMENTS", "DESCRIPTION")
        return listed("prompts", columns, _cells(rows), command, most=MOST_LISTED)


class _Progress:
    """Passes on what a server says of a call's progress, now and then."""

    def __init__(self, tool: str, tell: Callable[[str], None]) -> None:
        self._tool = tool
        self._tell = tell
        self._next = 0.0

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        if anyio.current_time() < self._next:
            return
        self._next = anyio.current_time() + _EVERY
        done = f"{progress:g} of {total:g}" if total else f"{progress:g}"
        said = f": {one_line(message, 200)}" if message else ""
        self._tell(f"{self._tool}: {done}{said}")


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _texts(value: JsonValue) -> dict[str, str]:
    return {key: str(each) for key, each in value.items()} if isinstance(value, dict) else {}


def _cells(rows: Iterable[Sequence[str | None]]) -> list[tuple[str, ...]]:
    """Texts of the server, each on one line."""
    return [tuple(one_line(cell or "-", _DESCRIPTION) for cell in row) for row in rows]


def _import_sdk() -> None:
    import mcp  # noqa: F401, PLC0415
