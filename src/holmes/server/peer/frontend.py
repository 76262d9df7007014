"""Tools that a client of the peer's declares with its question, and runs by itself."""

from typing import Any, Literal

import msgspec

from holmes.core.errors import UsageError
from holmes.core.messages import ToolDefinition
from holmes.server.client_tools import ClientTool
from holmes.server.problems import Unreadable
from holmes.tools.arguments import validator

_MOST = 64


class FrontendTool(msgspec.Struct, frozen=True, kw_only=True):
    """One tool: `pause` hands its calls to the client, `noop` answers them at once."""

    name: str
    description: str = ""
    parameters: dict[str, Any] | None = None
    mode: Literal["pause", "noop"] = "pause"
    noop_response: str | None = None


class FrontendResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the client gives for one call."""

    tool_call_id: str
    result: str


def client_tools(declared: list[FrontendTool] | None, *, stream: bool) -> tuple[ClientTool, ...]:
    """The tools as an investigation takes them; UsageError and Unreadable for what can't be."""
    tools = tuple(map(_client_tool, declared or ()))
    if len(tools) > _MOST:
        raise Unreadable(f"{len(tools)} tools of the client are too many; {_MOST} are the most.")
    if not stream and any(each.response is None for each in tools):
        raise UsageError('A tool of the client whose mode is "pause" needs "stream": true.')
    return tools


def _client_tool(each: FrontendTool) -> ClientTool:
    schema = {"type": "object", "properties": {}} | (each.parameters or {})
    properties, required = schema["properties"], schema.get("required", [])
    try:
        validator(schema)
        fits = schema["type"] == "object" and all(map(properties.__contains__, required))
        fits = fits and all(isinstance(one, dict) for one in properties.values())
    except (ValueError, TypeError, AttributeError):
        fits = False
    if not fits:
        said = f'The parameters of the client\'s tool "{each.name[:80]}"'
        raise Unreadable(f'{said} are no JSON Schema of type "object".')
    definition = ToolDefinition(name=each.name, description=each.description, parameters=schema)
    response = None if each.mode == "pause" else each.noop_response or "Done."
    return ClientTool(definition=definition, response=response)
