"""Holds a server to exactly one action: a call of an offered tool, or the answer.

Reasoning comes first and free, in a reply of its own: a model that must write JSON from the first
token thinks less (and the schema did not raise the hits of a 1.5B, it only keeps the form).
"""

import json
from collections.abc import Collection, Sequence

from holmes.messages import JsonObject, JsonValue, ToolDefinition
from holmes.models.tool_syntax.core.shapes import properties_of

_COMMON_RULES = r"""
ws ::= [ \n]?
string ::= "\"" char* "\""
char ::= [^"\\\x00-\x1f] | "\\" (["\\/bfnrt] | "u" hex hex hex hex)
hex ::= [0-9a-fA-F]
integer ::= "-"? ("0" | [1-9] [0-9]*)
number ::= integer ("." [0-9]+)? ([eE] [-+]? [0-9]+)?
boolean ::= "true" | "false"
value ::= object | array | string | number | boolean | "null"
object ::= "{" ws (string ws ":" ws value (ws "," ws string ws ":" ws value)*)? ws "}"
array ::= "[" ws (value (ws "," ws value)*)? ws "]"
""".strip()
_RULE_OF_TYPE = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "object": "object",
    "array": "array",
}


def action_schema(tools: Collection[ToolDefinition], *, may_answer: bool = True) -> JsonObject:
    """A JSON Schema of `{"tool": name, "arguments": {…}}` per tool, or `{"answer": text}`.

    Without tools, or for a forced call `may_answer=False`, the other branch is left out.
    """
    branches: list[JsonValue] = [_branch(tool) for tool in tools]
    if may_answer or not branches:
        branches.append(_object({"answer": {"type": "string"}}))
    return {"anyOf": branches}


def action_grammar(tools: Collection[ToolDefinition], *, may_answer: bool = True) -> str:
    """The same as a GBNF grammar for llama.cpp.

    Required arguments come first, then optional ones, each in the schema's order; schemas deeper
    than one level are only held to their JSON type.
    """
    rules: list[str] = []
    names: list[str] = []
    for number, tool in enumerate(tools):
        names.append(f"tool{number}")
        rules.append(_tool_rule(f"tool{number}", tool))
    if may_answer or not names:
        names.append("answer")
        rules.append('answer ::= "{\\"answer\\": " string "}"')
    return "\n".join((f"root ::= {' | '.join(names)}", *rules, _COMMON_RULES)) + "\n"


def _branch(tool: ToolDefinition) -> JsonValue:
    parameters = dict(tool.parameters) or {"type": "object"}
    return _object({"tool": {"const": tool.name}, "arguments": parameters})


def _object(properties: dict[str, JsonValue]) -> JsonValue:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _tool_rule(rule: str, tool: ToolDefinition) -> str:
    head = _literal(f'{{"tool": {json.dumps(tool.name)}, "arguments": {{')
    stated = tool.parameters.get("required")
    needed = [k for k in stated if isinstance(k, str)] if isinstance(stated, list) else []
    properties = dict(properties_of(tool.parameters))
    required = [_pair(k, properties.get(k, {})) for k in needed]
    optional = [_pair(k, schema) for k, schema in properties.items() if k not in needed]
    if required:
        body = [' ", " '.join(required), *_after_others(optional)]
    else:
        # Whichever optional argument comes first has no comma before it.
        starts = (
            " ".join((first, *_after_others(optional[i + 1 :]))) for i, first in enumerate(optional)
        )
        body = [f"({' | '.join(starts)})?"] if optional else []
    return f"{rule} ::= {' '.join((head, *body, _literal('}}')))}"


def _after_others(optional: Sequence[str]) -> list[str]:
    """Optional pairs, each at most once: allowed to repeat, a 1.5B repeated them for ever."""
    return [f'(", " {pair})?' for pair in optional]


def _pair(key: str, schema: JsonObject) -> str:
    return f"{_literal(json.dumps(key) + ': ')} {_value_rule(schema)}"


def _value_rule(schema: JsonObject) -> str:
    enum = schema.get("enum")
    if isinstance(enum, list) and enum:
        return f"({' | '.join(_literal(json.dumps(item)) for item in enum)})"
    return _RULE_OF_TYPE.get(str(schema.get("type")), "value")


def _literal(text: str) -> str:
    """A GBNF string; only quotes and backslashes need escaping in JSON that is ASCII."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
