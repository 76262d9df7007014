"""A model and a tool that answer from the record as long as it lasts, and record what is new.

A tool's result is recorded by the sink, with the number that the run gave it: also one that ran out
of time, which the tool itself never sees.
"""

import hashlib
import time
from dataclasses import dataclass, replace

from holmes.core.errors import ContextOverflow, ModelServerError
from holmes.core.messages import (
    AssistantMessage,
    JsonObject,
    Message,
    SystemMessage,
    ToolCall,
    ToolDefinition,
    ToolMessage,
)
from holmes.core.tool_output import ToolOutput
from holmes.models.base import Model, ModelReply, ModelRequest, ProgressSink
from holmes.runs import records
from holmes.runs.played import Outcome, Played
from holmes.runs.tape import Tape
from holmes.tools.base import DelegatingTool


class RecordedModel:
    """A `Model` around another."""

    def __init__(self, inner: Model, tape: Tape) -> None:
        self._inner = inner
        self._tape = tape
        self._offered: tuple[ToolDefinition, ...] = ()

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self._inner.name

    @property
    def address(self) -> str:
        """The inner model's address."""
        return self._inner.address

    async def context_window(self) -> int | None:
        """The window that the run began with: what was cut to fit it must be cut again alike."""
        # Asked in any case: the client learns about its server from it.
        now = await self._inner.context_window()
        if self._tape.played.windows:
            return self._tape.played.windows[0]
        self._tape.append(records.Window(at=time.time(), tokens=now))
        return now

    async def count_tokens(self, text: str) -> int | None:
        """As it was counted in the run: how much room there was follows from it."""
        name = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
        counts = self._tape.played.counts
        if name in counts:
            return counts[name]
        tokens = await self._inner.count_tokens(text)
        if tokens is not None:
            self._tape.append(records.Counted(at=time.time(), text=name, tokens=tokens))
        return tokens

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        """The recorded outcome, without progress; else the inner model's, recorded."""
        tape = self._tape
        before, self._offered = self._offered, request.tools or self._offered
        kept = tape.asked(request.messages)
        number = tape.request
        if (outcome := tape.played.outcome(number)) is not None:
            return _played(outcome)
        if number > 1 and not request.tools and tape.played.replies:
            # The inner model has not seen the requests that were played.
            request = replace(request, tools_before=before)
        tape.played.end_before(number)
        tape.append(_requested(number, kept, request))
        began = time.monotonic()
        try:
            reply = await self._inner.complete(request, progress)
        except ContextOverflow as error:
            tape.append(_overflowed(number, error, time.monotonic() - began))
            raise
        except ModelServerError as error:
            tape.append(records.Failed(at=time.time(), request=number, reason=str(error)))
            tape.failed = True
            raise
        tape.failed = False
        tape.append(_replied(number, reply, time.monotonic() - began))
        return reply

    async def aclose(self) -> None:
        """Close the inner model."""
        await self._inner.aclose()


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedTool(DelegatingTool):
    """A `Tool` around another: a call that is on record does not run."""

    played: Played

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """The recorded output, else the inner tool's."""
        found = self.played.result(self.definition.name, arguments)
        return found.output if found is not None else await self.inner.run(arguments)


def _played(outcome: Outcome) -> ModelReply:
    if isinstance(outcome, records.Overflowed):
        raise ContextOverflow(outcome.reason, window=outcome.window)
    calls = tuple(
        ToolCall(
            id=call.id,
            name=call.name,
            arguments=call.arguments,
            raw_arguments=call.raw_arguments,
            parse_error=call.parse_error,
            repaired=call.repaired,
        )
        for call in outcome.calls
    )
    message = AssistantMessage(
        content=outcome.content, reasoning=outcome.reasoning, tool_calls=calls
    )
    return ModelReply(
        message=message,
        stop_reason=outcome.stop_reason,
        usage=outcome.usage,
        model=outcome.model,
    )


def _replied(number: int, reply: ModelReply, seconds: float) -> records.Replied:
    calls = tuple(
        records.Called(
            id=call.id,
            name=call.name,
            arguments=dict(call.arguments),
            raw_arguments=call.raw_arguments,
            parse_error=call.parse_error,
            repaired=call.repaired,
        )
        for call in reply.message.tool_calls
    )
    return records.Replied(
        at=time.time(),
        request=number,
        seconds=round(seconds, 3),
        content=reply.message.content,
        reasoning=reply.message.reasoning,
        calls=calls,
        stop_reason=reply.stop_reason,
        usage=reply.usage,
        model=reply.model,
    )


def _overflowed(number: int, error: ContextOverflow, seconds: float) -> records.Overflowed:
    return records.Overflowed(
        at=time.time(),
        request=number,
        seconds=round(seconds, 3),
        reason=error.message,
        window=error.window,
    )


def _requested(number: int, kept: int, request: ModelRequest) -> records.Requested:
    return records.Requested(
        at=time.time(),
        request=number,
        kept=kept,
        messages=tuple(_sent(message) for message in request.messages[kept:]),
        tools=tuple(tool.name for tool in request.tools),
        max_tokens=request.max_tokens,
    )


def _sent(message: Message) -> records.SentMessage:
    match message:
        case SystemMessage(content=content):
            return records.SentMessage(role="system", content=content)
        case AssistantMessage(content=content, tool_calls=calls):
            return records.SentMessage(role="assistant", content=content, calls=len(calls))
        case ToolMessage(content=content, name=name):
            return records.SentMessage(role="tool", content=content, tool=name)
        case _:
            return records.SentMessage(role="user", content=message.content)
