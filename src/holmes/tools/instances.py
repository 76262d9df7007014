"""Several servers under one toolset: `config: {…shared…, instances: [{name, …}]}`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from holmes.core.errors import ToolsetFileError
from holmes.core.messages import JsonObject, JsonValue, ToolDefinition
from holmes.core.tool_output import ToolOutput
from holmes.tools import changes
from holmes.tools.base import Tool, Toolset
from holmes.tools.changes import ChangeSource
from holmes.tools.function_tool import FunctionTool, ToolFailure
from holmes.tools.rows import answered
from holmes.tools.section import Section

_AUTHENTICATION = frozenset({
    "api_key", "app_key", "username", "password", "user", "token", "bearer_token", "headers",
    "additional_headers", "connection_url", "client_cert", "client_key", "client_cert_path",
    "client_key_path", "aws_access_key", "aws_secret_access_key", "aws_session_token",
    "azure_client_id", "azure_client_secret", "azure_tenant_id", "azure_use_managed_id",
})  # fmt: skip
"""Keys that go together: an instance that has one of its own inherits none, or a user's password
would be sent with another one's name."""


def instances_of(section: Section) -> Mapping[str, Section]:
    """The section of each instance by its name; one, without a name, where none are listed."""
    listed = section.config.get("instances")
    if listed is None:
        return {"": section}
    if not isinstance(listed, list) or not listed:
        raise ToolsetFileError(f'{section.where}: "instances" is to be a list of instances.')
    shared = {key: value for key, value in section.config.items() if key != "instances"}
    found: dict[str, Section] = {}
    for number, each in enumerate(listed, start=1):
        if not isinstance(each, Mapping) or not each.get("name"):
            raise ToolsetFileError(f"{section.where}: instance number {number} has no name.")
        name = str(each["name"])
        if name in found:
            raise ToolsetFileError(f'{section.where}: two instances are named "{name}".')
        found[name] = replace(section, config=_inherited(shared, each))
    return found


def _inherited(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in own.items() if key != "name"}
    if _AUTHENTICATION & own.keys():
        shared = {key: value for key, value in shared.items() if key not in _AUTHENTICATION}
    return {**shared, **own}


def joined(made: Mapping[str, Toolset], argument: str = "instance") -> Toolset:
    """One toolset of those of its instances: each tool is told by `argument` which one is meant."""
    if len(made) == 1:
        return next(iter(made.values()))
    first = next(iter(made.values()))
    tools: dict[str, dict[str, Tool]] = {}
    for instance, item in made.items():
        for tool in item.tools:
            tools.setdefault(tool.definition.name, {})[instance] = tool
    together = replace(
        first,
        tools=tuple(_OfInstances(tools=of, argument=argument) for of in tools.values()),
        lifespan=_lifespan_of(made),
        health=None,
        opening="",  # a call would have to say which instance is meant
        changes=_changes_of(made),
    )
    checks = {name: item.health for name, item in made.items() if item.health is not None}
    return replace(together, health=_health_of(checks)) if checks else together


def clusters(
    made: Mapping[str, Toolset], argument: str, listing: ToolDefinition, places: Mapping[str, str]
) -> Toolset:
    """The same under the peer's names: of several, a tool lists them with their places."""
    whole = joined(made, argument)
    if len(made) == 1:
        return whole

    async def listed(_: JsonObject) -> ToolOutput:
        answer = (argument, "address"), list(places.items()), ""
        return answered(answer, len(places), of="clusters", command="", nothing="none")

    tool = FunctionTool(definition=listing, call=listed, show=lambda _: "")
    return replace(whole, tools=(*whole.tools, tool))


def _changes_of(made: Mapping[str, Toolset]) -> ChangeSource | None:
    sources = {name: item.changes for name, item in made.items() if item.changes is not None}
    return changes.joined(sources) if sources else None


def _lifespan_of(made: Mapping[str, Toolset]) -> Any:  # noqa: ANN401  (as Toolset.lifespan has it)
    spans = [item.lifespan for item in made.values() if item.lifespan is not None]

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for span in spans:
                await stack.enter_async_context(span())
            yield

    return lifespan if spans else None


def _health_of(
    checks: Mapping[str, Callable[[], Awaitable[str]]],
) -> Callable[[], Awaitable[str]]:
    async def health() -> str:
        """What each instance says; one that answers is enough."""
        said, failed = [], []
        for name, check in checks.items():
            try:
                said.append(f"{name}: {await check()}")
            except ToolFailure as failure:
                failed.append(f"{name}: {failure.message}")
        if not said:
            raise ToolFailure("; ".join(failed))
        return "; ".join([*said, *(f"not used: {each}" for each in failed)])

    return health


@dataclass(frozen=True, kw_only=True, slots=True)
class _OfInstances:
    """The tools of one name, a server each; an argument says which one runs."""

    tools: Mapping[str, Tool]
    argument: str

    @property
    def definition(self) -> ToolDefinition:
        """As the tools have it, with the instance, which is required."""
        own = self._any.definition
        schema = dict(own.parameters)
        properties = schema.get("properties")
        names: list[JsonValue] = list(self.tools)
        schema["properties"] = {
            self.argument: {"type": "string", "enum": names},
            **(properties if isinstance(properties, dict) else {}),
        }
        needed = schema.get("required")
        schema["required"] = [self.argument, *(needed if isinstance(needed, list) else ())]
        return replace(own, parameters=schema)

    @property
    def timeout(self) -> float:
        """The longest of theirs."""
        return max(tool.timeout for tool in self.tools.values())

    @property
    def _any(self) -> Tool:
        return next(iter(self.tools.values()))

    def preview(self, arguments: JsonObject) -> str:
        """The request of the tool that is meant."""
        tool, rest = self._meant(arguments)
        return tool.preview(rest)

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """Run the tool that is meant."""
        tool, rest = self._meant(arguments)
        return await tool.run(rest)

    def _meant(self, arguments: JsonObject) -> tuple[Tool, JsonObject]:
        rest = {key: value for key, value in arguments.items() if key != self.argument}
        return self.tools.get(str(arguments.get(self.argument)), self._any), rest
