"""Where text crosses into an investigation, and where it goes out to the model server.

Tools and the model are wrapped, so that everything behind this line (evidence, events, answers,
transcripts, requests) holds placeholders in the place of secrets, and of names where that was
asked for. Only tools, which run here, get the names back.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

from anyio import to_thread

from holmes.config.settings import Config
from holmes.core.errors import ModelServerError
from holmes.core.events import ApprovalAsked, ApprovalGiven, Event, EventSink, Noticed
from holmes.core.messages import (
    JsonObject,
    Message,
    ToolCall,
)
from holmes.core.tool_output import ToolOutput
from holmes.models.base import (
    DelegatingModel,
    Model,
    ModelReply,
    ModelRequest,
    Notice,
    ProgressSink,
    Restarted,
    TextDelta,
)
from holmes.redaction.detect import OwnPattern
from holmes.redaction.redactor import Redactor
from holmes.redaction.untrusted import neutral, without_escapes
from holmes.tools.base import DelegatingTool, Toolset
from holmes.tools.masking import masked_data

_LARGE = 200_000
"""Characters from which an output is scanned in a thread: 10 MB take over a second."""


class Boundary:
    """What one session lets through; placeholders stay the same for as long as it lives."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor

    @classmethod
    def of(cls, config: Config, known: Iterable[str] = ()) -> Self:
        """What the settings ask for; it knows the user's own patterns and our own API keys."""
        own = [OwnPattern(name=r.name, pattern=re.compile(r.pattern)) for r in config.redact]
        return cls(Redactor(own=own, names=config.redact_names, known=[*config.keys, *known]))

    def question(self, text: str) -> str:
        """The question with its files, as everything behind the boundary sees it."""
        return self.redactor.text(without_escapes(text))

    async def question_aside(self, text: str) -> str:
        """The same, in a thread where it takes long: others are served meanwhile."""
        if len(text) < _LARGE:
            return self.question(text)
        return await to_thread.run_sync(self.question, text)

    def toolsets(self, toolsets: Iterable[Toolset]) -> tuple[Toolset, ...]:
        """The same toolsets with each tool behind the boundary."""
        return tuple(map(self._toolset, toolsets))

    def _toolset(self, item: Toolset) -> Toolset:
        now = item.now
        return replace(
            item,
            tools=tuple(GuardedTool(inner=tool, redactor=self.redactor) for tool in item.tools),
            now=None if now is None else lambda: self._toolset(now()),
        )

    def model(self, model: Model) -> Model:
        """The same model behind the boundary."""
        return GuardedModel(model, self.redactor)

    def masked(self, emit: EventSink) -> EventSink:
        """A sink that masks what is said beside a run: a notice, a command that wants approval."""

        def take(event: Event) -> None:
            if isinstance(event, Noticed):
                event = replace(event, text=self.redactor.text(event.text))
            elif isinstance(event, ApprovalAsked | ApprovalGiven):
                event = replace(event, command=self.redactor.text(event.command))
            emit(event)

        return take


@dataclass(frozen=True, kw_only=True, slots=True)
class GuardedTool(DelegatingTool):
    """A tool whose arguments get their names back, and whose output is masked and neutralised."""

    redactor: Redactor

    def preview(self, arguments: JsonObject) -> str:
        """The command, masked."""
        return self._shown(self.inner.preview(self.redactor.named(arguments)))

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """Run with names, return with placeholders."""
        output = await self.inner.run(self.redactor.named(arguments))
        if len(output.text) < _LARGE:
            return guarded(output, self.redactor)
        scan = partial(guarded, output, self.redactor)
        return await to_thread.run_sync(scan, abandon_on_cancel=True)

    def _shown(self, text: str) -> str:
        return _shown(text, self.redactor)


def guarded(output: ToolOutput, redactor: Redactor) -> ToolOutput:
    """What an investigation gets to see of an output."""
    # The data first: a value that its key gives away is then known, also in the text.
    show = partial(_shown, redactor=redactor)
    return replace(
        output,
        data=None if output.data is None else masked_data(output.data, show),
        text=show(output.text),
        command=show(output.command),
        note=show(output.note),
    )


def _shown(text: str, redactor: Redactor) -> str:
    own = redactor.placeholders.without_forged
    # Escapes first: `password=` may be coloured apart from its value.
    return neutral(redactor.text(own(without_escapes(text))))


class GuardedModel(DelegatingModel):
    """A model that is sent no secret, whatever came into the conversation."""

    def __init__(self, inner: Model, redactor: Redactor) -> None:
        super().__init__(inner)
        self._redactor = redactor
        self._clean: dict[str, str] = {}
        self._clean_for = -1

    @property
    def address(self) -> str:
        """Where the data goes, without a password in it."""
        return self._redactor.secrets(self._inner.address)

    async def count_tokens(self, text: str) -> int | None:
        """As the model counts; the text goes to the server, so it is masked."""
        return await self._inner.count_tokens(self._redactor.text(text))

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        """Send the conversation masked; what the model calls tools with is masked as well."""
        request = replace(request, messages=self._masked(request.messages))
        lines = _Lines(self._redactor, progress)
        try:
            reply = await self._inner.complete(request, lines)
        except ModelServerError as error:
            self._redactor.mask_error(error)
            raise
        lines.close()
        message = reply.message
        calls = tuple(self._call(call) for call in message.tool_calls)
        content = self._redactor.remembered(message.content)
        if calls != message.tool_calls or content != message.content:
            message = replace(message, tool_calls=calls, content=content)
        return replace(reply, message=message)

    def _masked(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        """Each message masked, scanned again only where more secrets are known than before."""
        if self._clean_for != len(self._redactor.placeholders):
            self._clean = {}
        sent: list[Message] = []
        for message in messages:
            content = self._clean.get(message.content)
            if content is None:
                content = self._clean[message.content] = self._redactor.text(message.content)
            same = content == message.content
            sent.append(message if same else replace(message, content=content))
        self._clean_for = len(self._redactor.placeholders)
        return tuple(sent)

    def _call(self, call: ToolCall) -> ToolCall:
        if call.parse_error:
            return replace(
                call,
                raw_arguments=self._redactor.text(call.raw_arguments),
                parse_error=self._redactor.text(call.parse_error),
            )
        arguments = self._redactor.arguments(call.arguments)
        if arguments == call.arguments:
            return call
        return replace(call, arguments=arguments, raw_arguments="")


class _Lines:
    """Passes text on by whole lines, with what is known to be secret masked."""

    def __init__(self, redactor: Redactor, progress: ProgressSink) -> None:
        self._redactor = redactor
        self._progress = progress
        self._pending = ""

    def __call__(self, event: TextDelta | Notice | Restarted) -> None:
        match event:
            case TextDelta(kind="content"):
                *lines, self._pending = (self._pending + event.text).split("\n")
                for line in lines:
                    self._say(line + "\n")
            case TextDelta():
                self._progress(event)
            case Notice():
                self._progress(Notice(text=self._redactor.secrets(event.text)))
            case Restarted():
                self._pending = ""
                self._progress(event)

    def close(self) -> None:
        """The reply is complete."""
        if self._pending:
            self._say(self._pending)
            self._pending = ""

    def _say(self, text: str) -> None:
        self._progress(TextDelta(text=self._redactor.remembered(text)))
