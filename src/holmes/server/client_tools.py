"""Tools that the client runs: the model calls them, the client gives the result."""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import anyio

from holmes.agent.loop import OWN_TOOLS
from holmes.core.errors import UsageError
from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import ToolOutput
from holmes.tools.base import Tool, Toolset, ToolsetStatus
from holmes.tools.permissions import ASKING_SECONDS

NAME = "frontend"
NO_RESULT = "The client gave no result for this call."

Call: TypeAlias = Callable[[str, JsonObject], Awaitable[str | None]]
"""Hands a call to the client, and waits for what it gives."""

_LEGAL = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientTool:
    """One as it was declared; `response` is what the model is told at once, None: wait for it."""

    definition: ToolDefinition
    response: str | None = None


@dataclass(eq=False)
class ClientCall:
    """A call that waits for the client; `key` is that of the call."""

    key: str
    tool: str
    arguments: JsonObject
    result: str | None = None
    given: anyio.Event = field(default_factory=anyio.Event)

    def give(self, result: str | None) -> None:
        """The client's result, or that it has none."""
        self.result = result
        self.given.set()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tool:
    declared: ClientTool
    call: Call

    @property
    def definition(self) -> ToolDefinition:
        return self.declared.definition

    @property
    def timeout(self) -> float:
        return ASKING_SECONDS + 1

    def preview(self, arguments: JsonObject) -> str:
        del arguments
        return ""

    async def run(self, arguments: JsonObject) -> ToolOutput:
        result = self.declared.response
        if result is None:
            result = await self.call(self.definition.name, arguments)
        if result is None:
            return ToolOutput(status="failed", note=NO_RESULT)
        return ToolOutput(status="ok" if result.strip() else "no_data", text=result)


def toolset(tools: Iterable[ClientTool], call: Call) -> tuple[Toolset, ...]:
    """The toolset of these tools; none where there are none."""
    made: tuple[Tool, ...] = tuple(_Tool(declared=each, call=call) for each in tools)
    if not made:
        return ()
    status = ToolsetStatus(state="enabled")
    return (Toolset(name=NAME, description="Tools of the client", tools=made, status=status),)


def check_names(tools: Iterable[ClientTool], toolsets: Iterable[Toolset]) -> None:
    """Raise UsageError where a name is no name, or is that of another tool."""
    taken = set(OWN_TOOLS)
    taken.update(tool.definition.name for item in toolsets for tool in item.tools)
    for each in tools:
        name = each.definition.name
        if not _LEGAL.fullmatch(name):
            raise UsageError(f'"{name[:80]}" is no name that a model takes for a tool.')
        if name in taken:
            raise UsageError(f'The tool "{name}" of the client is named like another one.')
        taken.add(name)
