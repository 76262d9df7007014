"""A configured toolset as a run has it: made from its section, opened, checked."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from holmes.core.messages import JsonValue
from holmes.core.tool_output import ToolOutput
from holmes.kubernetes.target import KubeTarget
from holmes.redaction.redactor import Redactor
from holmes.tools import registry
from holmes.tools.arguments import ValidArguments, validate
from holmes.tools.base import Tool, Toolset
from support.context import tool_context

NOBODY = KubeTarget(kubeconfig="/nonexistent/kubeconfig")


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The toolset, and the tools of all."""

    toolset: Toolset
    tools: Mapping[str, Tool]

    async def __call__(self, tool: str, **arguments: JsonValue) -> ToolOutput:
        checked = validate(self.tools[tool].definition, arguments)
        assert isinstance(checked, ValidArguments), checked
        return await self.tools[tool].run(checked.arguments)


@asynccontextmanager
async def opened(
    name: str,
    config: Mapping[str, JsonValue] | None = None,
    *,
    target: KubeTarget = NOBODY,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Opened]:
    """What `toolsets: {NAME: {config: …}}` makes."""
    context = tool_context(target, mask=Redactor().secrets)
    context = replace(context, environment={**context.environment, **(environment or {})})
    loaded = registry.load((), {name: {"config": dict(config or {})}}, context)
    async with registry.opened(loaded, context, print) as entered:
        items = await registry.check(entered)
        enabled = [item for item in items if item.status.state == "enabled"]
        yield Opened(
            toolset=next(item for item in items if item.name == name),
            tools={tool.definition.name: tool for item in enabled for tool in item.tools},
        )
