"""Tools for the tests of the loop: real objects with real behaviour, no cluster."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio

from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import ToolOutput
from holmes.tools.base import Tool, Toolset, ToolsetStatus


@dataclass(kw_only=True)
class FunctionTool:
    """A tool that runs a function and remembers the arguments of each call."""

    definition: ToolDefinition
    function: Callable[[JsonObject], Awaitable[ToolOutput]]
    timeout: float = 10.0
    calls: list[JsonObject] = field(default_factory=list)

    def preview(self, arguments: JsonObject) -> str:
        return f"{self.definition.name} {dict(arguments)}"

    async def run(self, arguments: JsonObject) -> ToolOutput:
        self.calls.append(arguments)
        return await self.function(arguments)


def lookup(
    name: str = "lookup", *, prints: str = "web-1 is fine", seconds: float = 0
) -> FunctionTool:
    """A tool with one required and two optional parameters."""

    async def function(arguments: JsonObject) -> ToolOutput:
        await anyio.sleep(seconds)
        return ToolOutput(status="ok", text=prints, command=f"{name} {arguments['what']}")

    parameters: JsonObject = {
        "type": "object",
        "properties": {
            "what": {"type": "string"},
            "limit": {"type": "integer"},
            "level": {"type": "string", "enum": ["info", "error"]},
        },
        "required": ["what"],
    }
    definition = ToolDefinition(name=name, description="Look something up", parameters=parameters)
    return FunctionTool(definition=definition, function=function)


def overview(prints: str = "web-1 is fine") -> FunctionTool:
    """A tool that takes an optional namespace and shows everything."""

    async def function(arguments: JsonObject) -> ToolOutput:
        return ToolOutput(status="ok", text=prints, command=f"overview {arguments}")

    parameters: JsonObject = {"type": "object", "properties": {"namespace": {"type": "string"}}}
    definition = ToolDefinition(name="overview", description="Everything", parameters=parameters)
    return FunctionTool(definition=definition, function=function)


def toolset(*tools: Tool) -> Toolset:
    return Toolset(name="test", description="", tools=tools, status=ToolsetStatus(state="enabled"))
