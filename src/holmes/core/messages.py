"""What is said between the investigation and a model, free of any wire format."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self, TypeAlias

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
class Image:
    """A picture that goes with words; `url` is its address or a data URI, `detail` the protocol's.

    It goes to the model's server as it is: no secret in it is seen.
    """

    url: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class UserMessage:
    """What a person, or the loop on their behalf, says to the model."""

    content: str
    images: tuple[Image, ...] = ()
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
    """Tokens of one request as the server counted them; None where it did not say.

    cached_tokens     of the prompt, read from the server's cache
    reasoning_tokens  of the completion, spent on thinking
    cost              US dollars, as the server said or as the model's price makes it
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost: float | None = None

    @classmethod
    def total(cls, usages: "Iterable[Usage]") -> Self:
        """The sum of several requests; None where no server counted."""
        each = tuple(usages)

        def added(name: str) -> Any:  # noqa: ANN401  # whole numbers, and a cost
            known = [count for usage in each if (count := getattr(usage, name)) is not None]
            return sum(known) if known else None

        return cls(**{field.name: added(field.name) for field in fields(cls)})
