"""The seam between the investigation and any model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from holmes.core.messages import (
    AssistantMessage,
    JsonObject,
    Message,
    StopReason,
    ToolDefinition,
    Usage,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelRequest:
    """One request: the whole conversation, the tools on offer (none: answer in words).

    tools_before     what was offered earlier in a conversation that another process began
    tool_choice      how the protocol presses for a call ("auto", "required"); "" leaves it out
    response_format  holds the reply to a form, as the protocol writes it; None leaves it free. A
                     server that refuses it: `FeatureRefused` of feature "response_format"
    stream           False asks for the reply in one piece
    """

    messages: tuple[Message, ...]
    tools: tuple[ToolDefinition, ...] = ()
    tools_before: tuple[ToolDefinition, ...] = ()
    max_tokens: int | None = None
    tool_choice: str = ""
    response_format: JsonObject | None = None
    stream: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelReply:
    """One finished reply; `model` is the name that the server gave itself."""

    message: AssistantMessage
    stop_reason: StopReason
    usage: Usage
    model: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TextDelta:
    """A piece of the answer or of the reasoning, as it is written."""

    text: str
    kind: Literal["content", "reasoning"] = "content"


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Something a person should know while the client works: a retry, a changed request."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Restarted:
    """The reply begins anew (a retry after a broken stream): what was shown so far is void."""


ModelProgress: TypeAlias = TextDelta | Notice | Restarted
ProgressSink: TypeAlias = Callable[[ModelProgress], None]


class Model(Protocol):
    """Anything that completes a conversation.

    `complete` raises `holmes.core.errors.ModelServerError` (or a subclass) and nothing else;
    cancelling it closes the connection at once.
    """

    @property
    def name(self) -> str:
        """The model's name as sent to the server."""

    @property
    def address(self) -> str:
        """Where the data goes: the base URL, or a word for a model without one."""

    async def context_window(self) -> int | None:
        """The context window in tokens as the server states it, or None; never raises."""

    async def count_tokens(self, text: str) -> int | None:
        """Tokens of a text by the server's own tokenizer, None where it has none; never raises."""

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        """Send one request and return the whole reply; pieces of it go to `progress`."""

    async def aclose(self) -> None:
        """Close connections; the model can't be used afterwards."""


class DelegatingModel:
    """A `Model` around another, which does all that a subclass does not do otherwise."""

    def __init__(self, inner: Model) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self._inner.name

    @property
    def address(self) -> str:
        """The inner model's address."""
        return self._inner.address

    async def context_window(self) -> int | None:
        """The inner model's window."""
        return await self._inner.context_window()

    async def count_tokens(self, text: str) -> int | None:
        """By the inner model's tokenizer."""
        return await self._inner.count_tokens(text)

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        """The inner model's reply."""
        return await self._inner.complete(request, progress)

    async def aclose(self) -> None:
        """Close the inner model."""
        await self._inner.aclose()
