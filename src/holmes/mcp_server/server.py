"""The MCP server itself: which requests it answers, and with what."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as mcp
from mcp import MCPError
from mcp.server.lowlevel import Server

from holmes import __version__
from holmes.config.settings import Config
from holmes.core.events import Event, Noticed
from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import ToolOutput
from holmes.mcp_server.evidence import TEMPLATE, Shelf
from holmes.mcp_server.offer import Choice
from holmes.mcp_server.questions import Questions
from holmes.runtime import Runtime, tools_opened
from holmes.tools.arguments import InvalidArguments, validate
from holmes.tools.base import Tool, Toolset

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

MOST_CHARACTERS = 100_000
"""Of one tool's output; a client hands it to a model whole."""

_INSTRUCTIONS = (
    "HolmesGPT investigates live systems with read-only tools. `scan` lists what is wrong in a "
    "Kubernetes cluster in seconds; `ask` and `investigate` take minutes and cite their evidence, "
    "which can be read as resources."
)
_READS = mcp.ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=True)


@asynccontextmanager
async def opened(
    config: Config, choice: Choice, say: Callable[[str], None]
) -> AsyncIterator[Server[Any]]:
    """A server whose model and toolsets are open; a model only where something needs one."""

    def emit(event: Event) -> None:
        if isinstance(event, Noticed):
            say(event.text)

    shelf = Shelf()
    async with AsyncExitStack() as stack:
        questions: Questions | None = None
        if choice.questions:
            runtime = await stack.enter_async_context(Runtime.opened(config, emit))
            questions = Questions(config, runtime, shelf)
            toolsets = runtime.toolsets
        else:
            toolsets = await stack.enter_async_context(tools_opened(config, emit))
        for name in choice.naming_nothing(toolsets):
            say(f'No tool or toolset here is called "{name}" (--only, --without).')
        yield _Desk(choice, toolsets, questions, shelf).server()


class _Desk:
    """Answers the requests of all clients."""

    def __init__(
        self,
        choice: Choice,
        toolsets: tuple[Toolset, ...],
        questions: Questions | None,
        shelf: Shelf,
    ) -> None:
        self._choice = choice
        self._toolsets = toolsets
        self._questions = questions
        self._shelf = shelf

    def server(self) -> Server[Any]:
        """What speaks the protocol."""
        about: dict[str, Any] = {}
        if self._questions is not None:
            about = {
                "on_list_resources": self._list_resources,
                "on_list_resource_templates": self._list_templates,
                "on_read_resource": self._read_resource,
            }
        return Server(
            "holmesgpt",
            version=__version__,
            title="HolmesGPT",
            instructions=_INSTRUCTIONS,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            **about,
        )

    @property
    def _tools(self) -> dict[str, Tool]:
        now = (item if item.now is None else item.now() for item in self._toolsets)
        return dict(self._choice.tools(tuple(now)))

    async def _list_tools(self, _: object, __: object) -> mcp.ListToolsResult:
        own = [_listed(each.name, each) for each in self._choice.questions]
        others = [_listed(name, tool.definition) for name, tool in self._tools.items()]
        return mcp.ListToolsResult(tools=[*own, *others])

    async def _call_tool(
        self, context: "ServerRequestContext[Any]", params: mcp.CallToolRequestParams
    ) -> mcp.CallToolResult:
        given = params.arguments or {}
        for each in self._choice.questions:
            if each.name == params.name and self._questions is not None:
                return await self._asked(self._questions, each, given, context)
        tool = self._tools.get(params.name)
        if tool is None:
            raise MCPError(code=mcp.INVALID_PARAMS, message=f'There is no tool "{params.name}".')
        checked = validate(tool.definition, given)
        if isinstance(checked, InvalidArguments):
            return _failed(checked.message)
        with anyio.move_on_after(tool.timeout):
            return _result(await tool.run(checked.arguments))
        return _failed(f"It did not finish within {tool.timeout:.0f} s and was ended.")

    async def _asked(
        self,
        questions: Questions,
        tool: ToolDefinition,
        given: JsonObject,
        context: "ServerRequestContext[Any]",
    ) -> mcp.CallToolResult:
        checked = validate(tool, given)
        if isinstance(checked, InvalidArguments):
            return _failed(checked.message)

        async def report(step: float, line: str) -> None:
            await context.session.report_progress(step, message=line)

        return await questions.answer(tool.name, checked.arguments, report)

    async def _list_resources(self, _: object, __: object) -> mcp.ListResourcesResult:
        listed = [
            mcp.Resource(
                uri=uri,
                name=f"[{each.number}] {each.output.command or each.tool}",
                mime_type="text/plain",
                size=len(each.output.text.encode()),
            )
            for uri, each in self._shelf.all()
        ]
        return mcp.ListResourcesResult(resources=listed)

    async def _list_templates(self, _: object, __: object) -> mcp.ListResourceTemplatesResult:
        template = mcp.ResourceTemplate(
            uri_template=TEMPLATE,
            name="evidence",
            description="The whole result of a tool call of a run.",
            mime_type="text/plain",
        )
        return mcp.ListResourceTemplatesResult(resource_templates=[template])

    async def _read_resource(
        self, _: object, params: mcp.ReadResourceRequestParams
    ) -> mcp.ReadResourceResult:
        uri = str(params.uri)
        found = self._shelf.get(uri)
        if found is None:
            raise MCPError(code=mcp.INVALID_PARAMS, message=f'There is no resource "{uri}".')
        text = found.output.text or found.output.note
        contents = mcp.TextResourceContents(uri=uri, mime_type="text/plain", text=text)
        return mcp.ReadResourceResult(contents=[contents])


def _listed(name: str, tool: ToolDefinition) -> mcp.Tool:
    return mcp.Tool(
        name=name,
        description=tool.description,
        input_schema=dict(tool.parameters),
        annotations=_READS,
    )


def _failed(text: str) -> mcp.CallToolResult:
    return mcp.CallToolResult(content=[mcp.TextContent(text=text)], is_error=True)


def _result(output: ToolOutput) -> mcp.CallToolResult:
    text, note = output.text, output.note
    if len(text) > MOST_CHARACTERS:
        left_out = f"the rest of {len(text):,} characters is left out: ask for less"
        text, note = text[:MOST_CHARACTERS], f"{note} {left_out}".strip()
    parts = [part for part in (f"note: {note}" if note else "", text) if part]
    return mcp.CallToolResult(
        content=[mcp.TextContent(text="\n".join(parts))],
        is_error=output.status not in {"ok", "no_data"},
    )
