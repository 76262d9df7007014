"""Teaches tools and the way to call them in few tokens, for models without native tools."""

import json
import re
from collections.abc import Collection, Sequence

from holmes.core.messages import (
    JsonObject,
    JsonValue,
    ToolCall,
    ToolDefinition,
)
from holmes.models.tool_syntax.core.shapes import properties_of

_FENCE = "```"
_HOW = "To call a tool, end your reply with its call in a JSON fence:"
_SENTENCE_END = re.compile(r"(?<=\w)[.;:!?](?:\s|$)|\n")
_TYPES = {"integer": "int", "boolean": "bool", "object": "object", "array": "list"}
_MAX_CHARS_OF_ALL_DESCRIPTIONS = 800
_SHORTEST_DESCRIPTION = 28
_LONGEST_DESCRIPTION = 110


def prompt(tools: Collection[ToolDefinition]) -> str:
    """Describe the tools, one line each, and show how to call one; "" without tools.

    A parameter without a type is a string, one with `?` may be left out. Twenty tools take at
    most 400 tokens: descriptions are cut to their first sentence, and shorter the more there are.
    """
    if not tools:
        return ""
    room = _MAX_CHARS_OF_ALL_DESCRIPTIONS // len(tools)
    room = max(_SHORTEST_DESCRIPTION, min(_LONGEST_DESCRIPTION, room))
    lines = (f"{signature(tool)} - {_brief(tool.description, room)}" for tool in tools)
    return "\n".join(("Tools:", *lines, "", _HOW, render_call([_example(tools)])))


def render_call(calls: Sequence[ToolCall]) -> str:
    """Write calls as the prompt teaches it: one fence a call, with the keys of `action_schema`."""
    written = (
        # A fence in an argument must not end the one around the call.
        json.dumps({"tool": c.name, "arguments": c.arguments}, ensure_ascii=False).replace(
            _FENCE, f"\\u0060{_FENCE[1:]}"
        )
        for c in calls
    )
    return "\n".join(f"{_FENCE}json\n{call}\n{_FENCE}" for call in written)


def render_result(name: str, content: str) -> str:
    """Write a tool's result as text of a user message."""
    return f"Result of {name}:\n{content}"


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


def signature(tool: ToolDefinition) -> str:
    """One line such as `get_logs(pod, tail?: int, level?: info|warn)`."""
    required = tool.parameters.get("required")
    needed = required if isinstance(required, list) else []
    parameters = properties_of(tool.parameters).items()
    shown = (f"{k}{'' if k in needed else '?'}{_type(schema)}" for k, schema in parameters)
    return f"{tool.name}({', '.join(shown)})"


def _type(schema: JsonObject) -> str:
    enum = schema.get("enum")
    if isinstance(enum, list) and enum:
        return f": {'|'.join(map(str, enum))}"
    stated = schema.get("type")
    types = stated if isinstance(stated, list) else [stated]
    known = next((t for t in types if isinstance(t, str) and t != "null"), "string")
    return "" if known == "string" else f": {_TYPES.get(known, known)}"


def _brief(description: str, room: int) -> str:
    description = description.strip()
    end = _SENTENCE_END.search(description)
    sentence = description[: end.start()] if end else description
    if len(sentence) <= room:
        return sentence
    return sentence[:room].rsplit(" ", 1)[0]


def _example(tools: Collection[ToolDefinition]) -> ToolCall:
    """A call of the first tool that has a required parameter, else of the first."""
    chosen = next((t for t in tools if t.parameters.get("required")), next(iter(tools)))
    required = chosen.parameters.get("required")
    properties = properties_of(chosen.parameters)
    keys = [k for k in required if isinstance(k, str)] if isinstance(required, list) else []
    arguments = {k: _sample(properties.get(k, {})) for k in keys}
    return ToolCall(id="", name=chosen.name, arguments=arguments)


def _sample(schema: JsonObject) -> JsonValue:
    enum = schema.get("enum")
    if isinstance(enum, list) and enum:
        return enum[0]
    samples: dict[str, JsonValue] = {
        "integer": 10,
        "number": 10,
        "boolean": True,
        "array": [],
        "object": {},
    }
    return samples.get(str(schema.get("type")), "…")
