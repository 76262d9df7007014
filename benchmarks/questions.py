"""The questions about tool call modes: tools and right calls as data, and the judge of a reply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import yaml

from holmes.core.messages import (
    JsonObject,
    JsonValue,
    ToolCall,
    ToolDefinition,
)
from holmes.tools.arguments import ValidArguments, validate

ToolCount: TypeAlias = Literal[5, 10, 20]
TOOL_COUNTS: tuple[ToolCount, ...] = (5, 10, 20)
_FILE = Path(__file__).with_name("questions.yaml")


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One question of a group; `optional` arguments may come as well, with any value."""

    group: str
    ask: str
    tool: str
    arguments: JsonObject
    optional: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether the right tool was called, and whether with the right arguments."""

    tool: bool
    arguments: bool


def questions() -> tuple[Question, ...]:
    """All forty, group by group: those that share their tools stand together."""
    return tuple(
        Question(
            group=name,
            ask=item["ask"],
            tool=item["tool"],
            arguments=item["arguments"],
            optional=tuple(item.get("optional", ())),
        )
        for name, group in _groups().items()
        for item in group["questions"]
    )


def tools_for(question: Question, count: ToolCount) -> tuple[ToolDefinition, ...]:
    """The tools on offer with a question: its group's five, five more, or all."""
    names = list(_groups())
    at = names.index(question.group)
    chosen = names if count == 20 else [names[(at + i) % len(names)] for i in range(count // 5)]
    return tuple(_tool(item) for name in chosen for item in _groups()[name]["tools"])


def judge(
    question: Question, calls: Sequence[ToolCall], tools: Sequence[ToolDefinition]
) -> Verdict:
    """Right is one call, after the client has mended its arguments as it does in a run."""
    if len(calls) != 1 or calls[0].name != question.tool:
        return Verdict(tool=False, arguments=False)
    if calls[0].parse_error:
        return Verdict(tool=True, arguments=False)
    definition = next(tool for tool in tools if tool.name == question.tool)
    checked = validate(definition, calls[0].arguments)
    right = isinstance(checked, ValidArguments) and _agree(question, checked.arguments)
    return Verdict(tool=True, arguments=right)


def _agree(question: Question, given: JsonObject) -> bool:
    asked = {key: value for key, value in given.items() if key not in question.optional}
    return _plain(asked) == _plain(question.arguments)


def _plain(value: object, key: str = "") -> object:
    """A value without what makes no difference: blanks at its ends, `Pods` for `pod` as a kind."""
    if isinstance(value, str):
        return value.strip().lower().removesuffix("s") if key == "kind" else value.strip()
    if isinstance(value, Mapping):
        return {name: _plain(part, name) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


@cache
def _groups() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    groups: dict[str, Any] = document["groups"]
    return groups


def _tool(item: Mapping[str, Any]) -> ToolDefinition:
    parameters = item["parameters"]
    properties: dict[str, JsonValue] = {
        name: {key: value for key, value in schema.items() if key != "optional"}
        for name, schema in parameters.items()
    }
    required: list[JsonValue] = [
        name for name, schema in parameters.items() if not schema.get("optional")
    ]
    return ToolDefinition(
        name=item["name"],
        description=item["description"],
        parameters={"type": "object", "properties": properties, "required": required},
    )
