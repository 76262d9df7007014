"""Holds a server to exactly one call of an offered tool.

Thinking comes first and free, in a reply of its own: see `holmes.models.modes.requests`.
"""

from collections.abc import Collection

from holmes.core.messages import JsonObject, JsonValue, ToolDefinition


def action_schema(tools: Collection[ToolDefinition]) -> JsonObject:
    """A JSON Schema of `{"tool": name, "arguments": {…}}`, one branch a tool."""
    return {"anyOf": [_branch(tool) for tool in tools]}


def _branch(tool: ToolDefinition) -> JsonValue:
    parameters = dict(tool.parameters) or {"type": "object"}
    properties: dict[str, JsonValue] = {"tool": {"const": tool.name}, "arguments": parameters}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
