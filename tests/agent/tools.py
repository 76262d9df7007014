"""Tools for the tests of the loop: real objects with real behaviour, no cluster."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio

from holmes.core.finding import Finding, NextCall, ObjectRef
from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import Findings, ToolOutput
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


def lookup(name: str = "lookup", *, prints: str = "", seconds: float = 0) -> FunctionTool:
    """A tool with one required and two optional parameters; it shows the cause of `PROBLEMS`."""

    async def function(arguments: JsonObject) -> ToolOutput:
        await anyio.sleep(seconds)
        what = arguments["what"]
        causes = {each.name: each.cause for each in PROBLEMS}
        text = prints or causes.get(str(what), "web-1 is fine")
        return ToolOutput(status="ok", text=text, command=f"{name} {what}")

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


def finding(
    name: str, cause: str, *, namespace: str = "shop", pods: tuple[str, ...] = ()
) -> Finding:
    """A problem of a Deployment, which `lookup` confirms."""
    call = NextCall(tool="lookup", arguments={"what": name}, command=f"lookup {name}")
    return Finding(
        check="test",
        severity="critical",
        kind="Deployment",
        namespace=namespace,
        name=name,
        cause=cause,
        next_call=call,
        evidence=(f"{name}: {cause}",),
        affected=tuple(ObjectRef(kind="Pod", namespace=namespace, name=pod) for pod in pods),
    )


PROBLEMS = (
    finding("checkout", "DB_URL is not set", pods=("checkout-7d4b9c6f5d-x8k2p",)),
    finding("ledger", "image v9 does not exist", namespace="pay"),
)


def findings(
    found: tuple[Finding, ...] = PROBLEMS,
    healthy: tuple[str, ...] = ("shop/cart", "pay/fraud"),
    looks: tuple[str, ...] = (),
) -> FunctionTool:
    """A tool that finds problems by itself; `lookup` shows all of the objects in `looks`."""

    async def function(arguments: JsonObject) -> ToolOutput:
        del arguments
        text = "\n".join(each.summary for each in found) or "No problems were found in 9 pods."
        data = Findings(
            findings=found,
            healthy=healthy,
            looks={
                name: NextCall(tool="lookup", arguments={"what": name}, command=f"lookup {name}")
                for name in looks
            },
        )
        return ToolOutput(status="ok", text=text, command="find", data=data)

    parameters: JsonObject = {"type": "object", "properties": {}}
    definition = ToolDefinition(name="find", description="Find problems", parameters=parameters)
    return FunctionTool(definition=definition, function=function)


def toolset(*tools: Tool) -> Toolset:
    return Toolset(name="test", description="", tools=tools, status=ToolsetStatus(state="enabled"))
