"""A model and a tool that answer from the record as long as it lasts, and record what is new."""

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from holmes.core.errors import ContextOverflow, ModelServerError
from holmes.core.messages import JsonObject, Message, ToolDefinition
from holmes.core.tool_output import ToolOutput
from holmes.models.base import DelegatingModel, Model, ModelReply, ModelRequest, ProgressSink
from holmes.runs import records
from holmes.runs.replay import Replay
from holmes.tools.base import DelegatingTool

if TYPE_CHECKING:
    from holmes.runs.recorder import Recorder


class RecordedModel(DelegatingModel):
    """A `Model` around another."""

    def __init__(self, inner: Model, recorder: "Recorder") -> None:
        super().__init__(inner)
        self._recorder = recorder
        self._offered: tuple[ToolDefinition, ...] = ()
        self._sent: tuple[Message, ...] = ()

    async def context_window(self) -> int | None:
        """The window that the run began with: what was cut to fit it must be cut again alike."""
        # Asked in any case: the client learns about its server from it.
        now = await super().context_window()
        if (then := self._recorder.replay.window) is not None:
            return then.tokens
        self._recorder.write(records.Window(tokens=now))
        return now

    async def count_tokens(self, text: str) -> int | None:
        """As it was counted in the run: how much room there was follows from it."""
        name = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
        if (then := self._recorder.replay.counts.get(name)) is not None:
            return then
        tokens = await super().count_tokens(text)
        if tokens is not None:
            self._recorder.write(records.TokenCount(text=name, tokens=tokens))
        return tokens

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        """The recorded outcome, without progress; else the inner model's, recorded."""
        recorder, replay = self._recorder, self._recorder.replay
        recorder.request += 1
        number = recorder.request
        before, self._offered = self._offered, request.tools or self._offered
        kept, self._sent = _kept(self._sent, request.messages), request.messages
        match replay.outcome(number):
            case records.Reply(reply=reply):
                return reply
            case records.Failure(reason=reason, window=window):
                raise ContextOverflow(reason, window=window)
        if number > 1 and not request.tools and replay.replies:
            # The inner model has not seen the requests that were replayed.
            request = replace(request, tools_before=before)
        replay.end_before(number)
        recorder.write(
            records.Request(
                request=number,
                kept=kept,
                messages=request.messages[kept:],
                tools=tuple(tool.name for tool in request.tools),
                max_tokens=request.max_tokens,
            )
        )
        try:
            reply = await super().complete(request, progress)
        except ModelServerError as error:
            overflow = isinstance(error, ContextOverflow)
            recorder.failed = not overflow
            recorder.write(
                records.Failure(
                    request=number,
                    reason=error.message if overflow else str(error),
                    overflow=overflow,
                    window=error.window if isinstance(error, ContextOverflow) else None,
                )
            )
            raise
        recorder.failed = False
        recorder.write(records.Reply(request=number, reply=reply))
        return reply


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedTool(DelegatingTool):
    """A call that is on record does not run."""

    replay: Replay

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """The recorded output, else the inner tool's."""
        then = self.replay.result(self.definition.name, arguments)
        return then or await self.inner.run(arguments)


def _kept(before: tuple[Message, ...], now: tuple[Message, ...]) -> int:
    """How many messages of the request before this one begins with."""
    pairs = enumerate(zip(before, now, strict=False))
    shorter = min(len(before), len(now))
    return next((place for place, (old, new) in pairs if old != new), shorter)
