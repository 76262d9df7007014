"""Makes any model call tools: from one tool call mode to the next, as far as a server needs.

`holmes.models.modes.requests` says what the modes are. Left to itself a run begins with the one
that was remembered for this server and model, else with `native`, and changes for good where a
mode shows not to work:

- tools, their results, or the form of the history, are refused, or dropped without a word, as the
  server's count of tokens tells: into the prompt
- calls that can't be read, or of tools that don't exist, in two replies in a row: one mode down
  (from native to constrained, where the server holds the model to the form)
- a constrained reply is refused in every form: into the prompt

What a run learns is remembered once it has shown to work, so that the next run can begin there.
"""

from collections.abc import Sequence
from dataclasses import replace

from holmes.config.choices import ToolMode
from holmes.core.errors import FeatureRefused, ModelServerError
from holmes.core.messages import ToolDefinition, ToolMessage
from holmes.models import tool_syntax
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
from holmes.models.modes.dropped import results_dropped, tools_dropped
from holmes.models.modes.memory import ModelMemory
from holmes.models.modes.requests import (
    SCHEMA_FORMATS,
    CallFormat,
    CallMode,
    ReadReply,
    converse,
    is_runnable,
    with_calls,
)

MAX_UNREADABLE = 2
"""Replies in a row whose calls can't be run, before the mode is given up."""

_MENDED_BY_PROMPTING = {"tools", "tool_choice", "message_shape"}


class AnyToolModel(DelegatingModel):
    """A `Model` whose replies carry tool calls however the server behind it writes them."""

    def __init__(
        self, inner: Model, mode: ToolMode = "auto", *, memory: ModelMemory | None = None
    ) -> None:
        super().__init__(inner)
        self._may_change = mode == "auto"
        self._format = CallFormat() if mode == "auto" else CallFormat(mode=mode)
        self._memory = memory if mode == "auto" else None
        self._begun = False
        self._count_asked = False
        self._to_be_kept = False
        self._unreadable = 0
        self._known_tools: tuple[ToolDefinition, ...] = ()
        self._told: set[str] = set()

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        """Complete in the current mode; where that changes a `Notice` says why."""
        self._known_tools = request.tools or self._known_tools or request.tools_before
        self._begin(progress)
        while True:
            try:
                reply = await self._send(request, progress)
            except FeatureRefused as refused:
                self._after_refusal(request, refused, progress)
                continue
            if dropped := await self._dropped(request, reply):
                progress(Restarted())
                self._change_to("prompted")
                progress(Notice(text=f"{dropped}; they go into the prompt."))
                continue
            self._count_calls(request, reply, progress)
            return reply

    def _begin(self, progress: ProgressSink) -> None:
        """Begin where an earlier run or check ended, before the first request."""
        if self._begun or self._memory is None:
            return
        self._begun = True
        found = self._memory.recall()
        if found is None:
            return
        self._format = found.call_format
        if self._format.mode != "native":
            by = "`holmes model check`" if found.source == "check" else "an earlier run"
            progress(Notice(text=f"Tool calls are {self._format.mode}, as {by} found to work."))

    async def _dropped(self, request: ModelRequest, reply: ModelReply) -> str:
        """What the server left out of the prompt without a word, as a clause; or nothing."""
        if self._format.mode != "native" or not self._may_change:
            return ""
        count = reply.usage.prompt_tokens
        if results_dropped(request, count):
            return "The server drops the results of tools"
        if not request.tools or reply.message.tool_calls or _has_results(request):
            return ""
        if count is None and not self._count_asked:
            count = await self._ask_for_count(request)
        return "The server drops the tools" if tools_dropped(request, count) else ""

    async def _ask_for_count(self, request: ModelRequest) -> int | None:
        """The tokens of a request; llama-cpp-python and FastChat count none in a stream."""
        self._count_asked = True
        counted = replace(request, max_tokens=1, stream=False)
        try:
            reply = await self._inner.complete(counted, lambda _: None)
        except ModelServerError:
            return None
        return reply.usage.prompt_tokens

    def _after_refusal(
        self, request: ModelRequest, refused: FeatureRefused, progress: ProgressSink
    ) -> None:
        """Put the request differently, or raise the refusal where nothing is left to try."""
        current = self._format
        why = refused.message
        if request.response_format is not None:
            raise refused  # whoever asked for a form of its own knows what to do without
        if refused.feature == "response_format" and current.schema_format != SCHEMA_FORMATS[-1]:
            # Also where the mode was asked for: it is the same mode in older words.
            following = SCHEMA_FORMATS[SCHEMA_FORMATS.index(current.schema_format) + 1]
            self._change(replace(current, schema_format=following))
            said = f"Asked again with {following}"
        elif not self._may_change:
            raise refused
        elif refused.feature == "response_format":
            self._change_to("prompted")
            said = "The reply is left free"
        elif (
            refused.feature == "message_shape"
            and current.system_role
            and (current.mode != "native" or not _has_results(request))
        ):
            # Nothing but the system message can be wrong with such a conversation.
            self._change(replace(current, system_role=False))
            said = "Sent again without a system message"
        elif refused.feature in _MENDED_BY_PROMPTING and current.mode == "native":
            self._change_to("prompted")
            said = "Tools go into the prompt instead"
        else:
            raise refused
        progress(Notice(text=f"{said}: {why}"))

    def _count_calls(
        self, request: ModelRequest, reply: ModelReply, progress: ProgressSink
    ) -> None:
        """Count replies whose calls can't be run; remember what has shown to work."""
        calls = reply.message.tool_calls
        if not request.tools or not calls:
            if _has_results(request):
                self._remember(progress)
        elif all(is_runnable(call, request.tools) for call in calls):
            self._unreadable = 0
            self._remember(progress)
        else:
            self._unreadable += 1
            if self._unreadable >= MAX_UNREADABLE and self._may_change:
                self._give_up_mode(progress)

    def _remember(self, progress: ProgressSink) -> None:
        if self._to_be_kept and self._memory is not None:
            self._to_be_kept = False
            if said := self._memory.learned(self._format):
                self._tell_once(said, progress)

    def _give_up_mode(self, progress: ProgressSink) -> None:
        if self._format.mode == "native":
            self._change_to("constrained")
            now = "the server is asked to hold it to their form"
        elif self._format.mode == "constrained":
            self._change_to("prompted")
            now = "they are read from free text"
        else:
            return
        said = f"The model's tool calls could not be run twice in a row; from now on {now}."
        progress(Notice(text=said))

    def _change_to(self, mode: CallMode) -> None:
        self._change(replace(self._format, mode=mode))
        self._unreadable = 0

    def _change(self, call_format: CallFormat) -> None:
        self._format = call_format
        self._to_be_kept = True

    async def _send(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        sent: list[ModelRequest] = []

        async def exchange(asked: ModelRequest) -> ReadReply:
            if sent:  # what was shown of the reply before this one is void
                progress(Restarted())
            sent.append(asked)
            shown = _WithoutCalls(self._known_tools, progress)
            found = with_calls(await self._inner.complete(asked, shown), self._known_tools)
            shown.finish(found.reply)
            return found

        found = await converse(exchange, request, self._format, self._known_tools)
        if found.syntax and self._format.mode == "native":
            self._tell_once(
                f"The server left the call in the text ({found.syntax}); it is read from there.",
                progress,
            )
        return found.reply

    def _tell_once(self, text: str, progress: ProgressSink) -> None:
        if text not in self._told:
            self._told.add(text)
            progress(Notice(text=text))


def _has_results(request: ModelRequest) -> bool:
    return any(isinstance(message, ToolMessage) for message in request.messages)


class _WithoutCalls:
    """Passes progress on without any part of a call that is written as text."""

    def __init__(self, tools: Sequence[ToolDefinition], progress: ProgressSink) -> None:
        self._tools = tools
        self._progress = progress
        self._filter: tool_syntax.StreamFilter | None = None
        self._shown: list[str] = []

    def __call__(self, item: TextDelta | Notice | Restarted) -> None:
        if isinstance(item, Restarted):
            self._filter, self._shown = None, []
        if isinstance(item, TextDelta) and item.kind == "content" and self._tools:
            self._filter = self._filter or tool_syntax.StreamFilter(self._tools)
            self._show(self._filter.feed(item.text))
        else:
            self._progress(item)

    def finish(self, reply: ModelReply) -> None:
        """Show what was held back and turned out to be text."""
        content, shown = reply.message.content, "".join(self._shown)
        if self._tools and not reply.message.tool_calls and content.startswith(shown):
            self._show(content[len(shown) :])

    def _show(self, text: str) -> None:
        if text:
            self._shown.append(text)
            self._progress(TextDelta(text=text))
