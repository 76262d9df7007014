"""Runs the real client against a local server and keeps all that it said on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypedDict, Unpack

import anyio

from holmes.core.errors import ModelServerError
from holmes.core.messages import (
    Message,
    SystemMessage,
    ToolDefinition,
    UserMessage,
)
from holmes.models.base import (
    ModelProgress,
    ModelReply,
    ModelRequest,
    Notice,
    Restarted,
    TextDelta,
)
from holmes.models.client.chat_completions import ChatCompletionsModel, ClientSettings
from holmes.models.price import Price

KEY = "sk-test-1234567890"
KUBECTL_GET = ToolDefinition(
    name="kubectl_get",
    description="List objects",
    parameters={"type": "object", "properties": {"kind": {"type": "string"}}},
)


def request(
    *messages: Message, tools: Sequence[ToolDefinition] = (KUBECTL_GET,), max_tokens: int = 500
) -> ModelRequest:
    spoken = messages or (
        SystemMessage(content="Be brief."),
        UserMessage(content="What is wrong?"),
    )
    return ModelRequest(messages=spoken, tools=tuple(tools), max_tokens=max_tokens)


@dataclass
class Outcome:
    """What came of one `complete`: a reply or an error, and everything told meanwhile."""

    reply: ModelReply | None = None
    error: ModelServerError | None = None
    progress: list[ModelProgress] = field(default_factory=list)

    @property
    def notices(self) -> list[str]:
        return [step.text for step in self.progress if isinstance(step, Notice)]

    @property
    def restarts(self) -> int:
        return sum(isinstance(step, Restarted) for step in self.progress)

    def shown(self, kind: str = "content") -> str:
        """The text that a person sees in the end: what came after the last restart."""
        text = ""
        for step in self.progress:
            if isinstance(step, Restarted):
                text = ""
            elif isinstance(step, TextDelta) and step.kind == kind:
                text += step.text
        return text


class Changes(TypedDict, total=False):
    """The settings that tests change."""

    model: str
    api_key: str
    first_byte_timeout: float
    idle_timeout: float
    connect_timeout: float
    max_retries: int
    first_wait: float
    temperature: float | None
    stream: bool
    extra_headers: Mapping[str, str]
    window: int | None
    price: Price | None


def settings_for(base_url: str, **changes: Unpack[Changes]) -> ClientSettings:
    """Settings with a real key and waits short enough for tests."""
    quick = ClientSettings(
        base_url=base_url,
        model="tiny",
        api_key=KEY,
        connect_timeout=2.0,
        first_byte_timeout=5.0,
        idle_timeout=5.0,
        first_wait=0.01,
        loading_patience=0.2,
    )
    return replace(quick, **changes)


async def complete(model: ChatCompletionsModel, asked: ModelRequest | None = None) -> Outcome:
    outcome = Outcome()
    try:
        outcome.reply = await model.complete(asked or request(), outcome.progress.append)
    except ModelServerError as error:
        outcome.error = error
    return outcome


def ask(
    base_url: str, asked: ModelRequest | None = None, *, times: int = 1, **changes: Unpack[Changes]
) -> list[Outcome]:
    """One client, `times` requests one after the other."""

    async def run() -> list[Outcome]:
        model = ChatCompletionsModel(settings_for(base_url, **changes))
        try:
            return [await complete(model, asked) for _ in range(times)]
        finally:
            await model.aclose()

    return anyio.run(run)


def ask_once(
    base_url: str, asked: ModelRequest | None = None, **changes: Unpack[Changes]
) -> Outcome:
    return ask(base_url, asked, **changes)[0]
