"""What is said between the investigation and a model, free of any wire format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = Mapping[str, JsonValue]

StopReason: TypeAlias = Literal["stop", "tool_calls", "length", "content_filter", "unknown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolDefinition:
    """A tool as a model sees it; `parameters` is a JSON Schema of type object."""

    name: str
    description: str
    parameters: JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolCall:
    """One call that a model asked for.

    `arguments` is empty and `parse_error` says why where `raw_arguments` (the model's own text)
    could not be read as a JSON object. `repaired` says what was mended to read it, or is empty.
    """

    id: str
    name: str
    arguments: JsonObject = field(default_factory=dict)
    raw_arguments: str = ""
    parse_error: str = ""
    repaired: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemMessage:
    """Instructions; at most one, and first."""

    content: str
    kind: Literal["system"] = "system"


@dataclass(frozen=True, kw_only=True, slots=True)
class UserMessage:
    """What a person, or the loop on their behalf, says to the model."""

    content: str
    kind: Literal["user"] = "user"


@dataclass(frozen=True, kw_only=True, slots=True)
class AssistantMessage:
    """A model's reply: text, tool calls or both; `reasoning` is never sent back."""

    content: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    kind: Literal["assistant"] = "assistant"


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolMessage:
    """The answer to one tool call, under that call's id."""

    tool_call_id: str
    name: str
    content: str
    kind: Literal["tool"] = "tool"


Message: TypeAlias = SystemMessage | UserMessage | AssistantMessage | ToolMessage


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """Tokens of one request as the server counted them; None where it did not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
