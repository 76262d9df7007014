"""One request of a check, and what came of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from holmes.core.errors import (
    BrokenStream,
    RequestRejected,
    ServerOverloaded,
    UnexpectedResponse,
)
from holmes.core.messages import Message, ToolDefinition, UserMessage
from holmes.models.base import ModelProgress, ModelReply, ModelRequest, TextDelta
from holmes.models.check.tasks import SYSTEM, TOOLS, Task
from holmes.models.client.completion import Completion
from holmes.models.client.server import ModelServer
from holmes.models.modes.requests import CallFormat, ReadReply, converse, with_calls

_ROOM = 256
"""Tokens for a reply: all tasks need less."""

_ROOM_TO_THINK = 4096
"""For models that think before they answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One task in one mode: `fault` is empty where the call was right, `refused` is the server's.

    syntax  how the call stood in the text, "" where it was in `tool_calls` or there was none
    """

    found: ReadReply | None = None
    fault: str = ""
    refused: str = ""

    @property
    def right(self) -> bool:
        """Whether the one right call came."""
        return self.found is not None and not self.fault

    @property
    def called(self) -> bool:
        """Whether any call came."""
        return self.found is not None and bool(self.found.reply.message.tool_calls)

    @property
    def syntax(self) -> str:
        """The syntax of a call in the text."""
        return self.found.syntax if self.found else ""


@dataclass(slots=True)
class Timing:
    """When the pieces of a streamed reply came, in seconds from the request."""

    began: float = field(default_factory=time.monotonic)
    first: float = 0.0
    last: float = 0.0
    pieces: int = 0

    def __call__(self, item: ModelProgress) -> None:
        """Take one piece of progress."""
        if isinstance(item, TextDelta):
            self.last = time.monotonic() - self.began
            self.first = self.first or self.last
            self.pieces += 1


class Asker:
    """Sends the requests of one check; counts them, and learns whether the model thinks."""

    def __init__(self, server: ModelServer) -> None:
        self._server = server
        self._room = _ROOM
        self.requests = 0

    @property
    def thinks(self) -> bool:
        """Whether a reply was used up by thinking."""
        return self._room > _ROOM

    async def ask(self, request: ModelRequest, timing: Timing | None = None) -> ModelReply:
        """One reply; raises a `ModelServerError`, `RequestRejected` for a refusal of any form.

        Where the whole reply went into thinking, it is asked for again with more room. A 500, an
        empty reply or a broken stream is how some servers refuse one kind of request
        (llama-cpp-python, FastChat, 24 Nov 2026).
        """
        try:
            return await self._ask(request, timing)
        except (ServerOverloaded, UnexpectedResponse, BrokenStream) as failed:
            if failed.status in {429, 503}:
                raise
            raise RequestRejected(
                failed.message, hint=failed.hint, address=failed.address, status=failed.status
            ) from failed

    async def _ask(self, request: ModelRequest, timing: Timing | None) -> ModelReply:
        room = request.max_tokens or self._room
        while True:
            self.requests += 1
            sent = replace(request, max_tokens=room)
            reply = await Completion(self._server, sent, timing or Timing()).run()
            message = reply.message
            unsaid = not message.content.strip() and not message.tool_calls
            if reply.stop_reason != "length" or not unsaid or room >= _ROOM_TO_THINK:
                return reply
            room = self._room = _ROOM_TO_THINK
            timing = None

    async def attempt(self, task: Task, call_format: CallFormat) -> Attempt:
        """One task with the tools offered in one call format; a refusal is a value."""
        messages = (SYSTEM, UserMessage(content=task.question))
        try:
            found = await self.offer(messages, TOOLS, call_format)
        except RequestRejected as refused:
            return Attempt(refused=refused.message)
        calls = found.reply.message.tool_calls
        return Attempt(found=found, fault=task.fault(calls) if calls else "no call")

    async def offer(
        self,
        messages: tuple[Message, ...],
        tools: Sequence[ToolDefinition],
        call_format: CallFormat,
        *,
        max_tokens: int | None = None,
        tool_choice: str = "",
    ) -> ReadReply:
        """One reply to a conversation with tools; raises a `ModelServerError`."""
        request = ModelRequest(
            messages=messages,
            tools=tuple(tools),
            max_tokens=max_tokens,
            tool_choice=tool_choice,
        )

        async def exchange(sent: ModelRequest) -> ReadReply:
            return with_calls(await self.ask(sent), tools)

        return await converse(exchange, request, call_format)
