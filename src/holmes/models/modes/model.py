"""Make any model call tools: a ladder of rungs, climbed down as far as a server needs.

`holmes.models.modes.requests` says what the rungs are. Left to itself a session begins on the one
that was remembered for this server and model, else at the top, and steps down for good where a
rung shows not to work:

- tools, their results, or the form of the history, are refused, or dropped without a word: into
  the prompt
- calls that can't be read, or of tools that don't exist, in two replies in a row: one rung down
  (from native to constrained, where the server holds the model to the form)
- a constrained reply is refused in every form: into the prompt

On the constrained rung the model thinks first, in a free reply. Where that holds a call which
can't be read or run, or advice in place of one, it is asked once more and held to the form.

What a run learns is remembered once it has shown to work, so that the next run can begin there.
"""

from collections.abc import Sequence
from dataclasses import replace

from holmes.config.choices import ToolMode
from holmes.core.errors import FeatureRefused
from holmes.core.messages import (
    AssistantMessage,
    ToolDefinition,
    ToolMessage,
    UserMessage,
)
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
from holmes.models.modes.dropped import results_dropped, tools_seen
from holmes.models.modes.memory import Recollection
from holmes.models.modes.requests import (
    FORMS,
    Manner,
    Read,
    Rung,
    converse,
    held,
    is_runnable,
    read,
)

MAX_UNREADABLE = 2
"""Replies in a row whose calls can't be run, before the rung is given up."""

_MENDED_BY_PROMPTING = {"tools", "tool_choice", "message_shape"}

_NUDGE = (
    "You can look yourself: you have tools, and their results are real. Do not tell me what to "
    "run. Call the tool that shows what the question asks, now."
)


class AnyToolModel(DelegatingModel):
    """A `Model` whose replies carry tool calls however the server behind it writes them."""

    def __init__(
        self,
        inner: Model,
        mode: ToolMode = "auto",
        *,
        memory: Recollection | None = None,
    ) -> None:
        super().__init__(inner)
        self._may_step_down = mode == "auto"
        self._manner = Manner() if mode == "auto" else Manner(rung=mode)
        self._memory = memory if mode == "auto" else None
        self._begun = False
        self._from_memory = False
        self._untold = False
        self._unreadable = 0
        self._known_tools: tuple[ToolDefinition, ...] = ()
        self._told: set[str] = set()

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        """Complete on the current rung; on the way down a `Notice` says why."""
        self._known_tools = request.tools or self._known_tools or request.tools_before
        self._begin(progress)
        while True:
            try:
                reply = await self._attempt(request, progress)
            except FeatureRefused as refused:
                self._after_refusal(request, refused, progress)
            else:
                if reply is not None:
                    return reply

    async def _attempt(self, request: ModelRequest, progress: ProgressSink) -> ModelReply | None:
        """One reply on the current rung; None where it showed that the rung is no good."""
        reply = await self._send(request, progress)
        if self._drops_results(request, reply):
            progress(Restarted())
            self._step_to("prompted")
            progress(Notice(text="The server drops the results of tools; they go into the prompt."))
            return None
        if not self._evades(request, reply):
            self._judge_calls(request, reply, progress)
            return reply
        progress(Restarted())
        if self._manner.rung == "native" and self._may_step_down:
            self._step_to("prompted")
            progress(Notice(text="The server seems to drop the tools; they go into the prompt."))
            return None
        reply = await self._nudge(request, reply, progress)
        if not reply.message.tool_calls:
            self._refute_memory(progress)
        return reply

    def _begin(self, progress: ProgressSink) -> None:
        """Begin where an earlier run or check ended, before the first request."""
        if self._begun or self._memory is None:
            return
        self._begun = True
        found = self._memory.recall()
        if found is None:
            return
        self._manner = found.manner
        self._from_memory = True
        if self._manner.rung != "native":
            by = "`holmes model check`" if found.source == "check" else "an earlier run"
            progress(Notice(text=f"Tool calls are {self._manner.rung}, as {by} found to work."))

    def _after_refusal(
        self, request: ModelRequest, refused: FeatureRefused, progress: ProgressSink
    ) -> None:
        """Put the request differently, or raise the refusal where nothing is left to try."""
        manner = self._manner
        why = refused.message
        if refused.feature == "response_format" and manner.form != FORMS[-1]:
            # Also where the rung was asked for: it is the same rung in older words.
            self._manner = replace(manner, form=FORMS[FORMS.index(manner.form) + 1])
            self._untold = True
            progress(Notice(text=f"Asked again with {self._manner.form}: {why}"))
        elif not self._may_step_down:
            raise refused
        elif refused.feature == "response_format":
            self._step_to("prompted")
            progress(Notice(text=f"The reply is left free: {why}"))
        elif (
            refused.feature == "message_shape"
            and manner.system_role
            and (manner.rung != "native" or not _has_results(request))
        ):
            # Nothing but the system message can be wrong with such a conversation.
            self._manner = replace(manner, system_role=False)
            self._untold = True
            progress(Notice(text=f"Sent again without a system message: {why}"))
        elif refused.feature in _MENDED_BY_PROMPTING and manner.rung == "native":
            self._step_to("prompted")
            progress(Notice(text=f"Tools go into the prompt instead: {why}"))
        else:
            raise refused

    def _judge_calls(
        self, request: ModelRequest, reply: ModelReply, progress: ProgressSink
    ) -> None:
        """Count replies whose calls can't be run; pass on what has shown to work."""
        calls = reply.message.tool_calls
        if not request.tools or not calls:
            if _has_results(request):
                self._remember(progress)
            return
        if not all(is_runnable(call, request.tools) for call in calls):
            self._unreadable += 1
            if self._unreadable >= MAX_UNREADABLE and self._may_step_down:
                self._give_up_rung(progress)
            return
        self._unreadable = 0
        self._remember(progress)

    def _remember(self, progress: ProgressSink) -> None:
        if self._untold and self._memory is not None:
            self._untold = False
            if said := self._memory.learned(self._manner):
                self._tell_once(said, progress)

    def _drops_results(self, request: ModelRequest, reply: ModelReply) -> bool:
        if self._manner.rung != "native" or not self._may_step_down:
            return False
        return results_dropped(request, reply.usage.prompt_tokens)

    def _refute_memory(self, progress: ProgressSink) -> None:
        """What was remembered does not work (any more): the next run begins at the top."""
        if self._from_memory and self._memory is not None:
            self._from_memory = False
            if said := self._memory.refuted():
                self._tell_once(said, progress)

    def _give_up_rung(self, progress: ProgressSink) -> None:
        if self._manner.rung == "native":
            self._step_to("constrained")
            now = "the server is asked to hold it to their form"
        elif self._manner.rung == "constrained":
            self._step_to("prompted")
            now = "they are read from free text"
        else:
            return
        progress(
            Notice(
                text=f"The model's tool calls could not be run twice in a row; from now on {now}."
            )
        )

    def _step_to(self, rung: Rung) -> None:
        self._manner = replace(self._manner, rung=rung)
        self._unreadable = 0
        self._untold = True

    async def _nudge(
        self, request: ModelRequest, reply: ModelReply, progress: ProgressSink
    ) -> ModelReply:
        """Ask once more where a model talks about looking and does not look."""
        said = reply.message.content
        if self._manner.rung == "constrained":
            sent = held(request, self._manner, said=said, told=_NUDGE, known=self._known_tools)
            return (await self._exchange(sent, progress)).reply
        words = (AssistantMessage(content=said), UserMessage(content=_NUDGE))
        again = replace(request, messages=(*request.messages, *words))
        return await self._send(again, progress)

    def _evades(self, request: ModelRequest, reply: ModelReply) -> bool:
        """Whether tools were offered, and the reply avoids looking as if there were none.

        Only where the server's count of tokens does not show that the model has seen them: one
        that has is free to answer in words.
        """
        if not request.tools or reply.message.tool_calls or _has_results(request):
            return False
        if self._manner.rung == "native" and tools_seen(request, reply.usage.prompt_tokens):
            return False
        # Its patterns take 4 ms to compile, and most replies hold a call.
        from holmes.models.tool_syntax.refusal import no_call_made  # noqa: PLC0415

        return no_call_made(reply.message.content, request.tools, observed=False) is not None

    async def _send(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        sent: list[ModelRequest] = []

        async def exchange(asked: ModelRequest) -> Read:
            if sent:  # what was shown of the reply before this one is void
                progress(Restarted())
            sent.append(asked)
            return await self._exchange(asked, progress)

        found = await converse(exchange, request, self._manner, self._known_tools)
        if found.syntax and self._manner.rung == "native":
            self._tell_once(
                f"The server left the call in the text ({found.syntax}); it is read from there.",
                progress,
            )
        return found.reply

    async def _exchange(self, sent: ModelRequest, progress: ProgressSink) -> Read:
        shown = _Shown(self._known_tools, progress)
        found = read(await self._inner.complete(sent, shown), self._known_tools)
        shown.finish(found.reply)
        return found

    def _tell_once(self, text: str, progress: ProgressSink) -> None:
        if text not in self._told:
            self._told.add(text)
            progress(Notice(text=text))


def _has_results(request: ModelRequest) -> bool:
    return any(isinstance(message, ToolMessage) for message in request.messages)


class _Shown:
    """Passes progress on without any part of a call that is written as text."""

    def __init__(self, tools: Sequence[ToolDefinition], progress: ProgressSink) -> None:
        self._tools = tools
        self._progress = progress
        self._filter = tool_syntax.StreamFilter(tools)
        self._shown = ""

    def __call__(self, item: TextDelta | Notice | Restarted) -> None:
        if isinstance(item, Restarted):
            self._filter = tool_syntax.StreamFilter(self._tools)
            self._shown = ""
        if isinstance(item, TextDelta) and item.kind == "content" and self._tools:
            self._show(self._filter.feed(item.text))
        else:
            self._progress(item)

    def finish(self, reply: ModelReply) -> None:
        """Show what was held back and turned out to be text."""
        content = reply.message.content
        if self._tools and not reply.message.tool_calls and content.startswith(self._shown):
            self._show(content[len(self._shown) :])

    def _show(self, text: str) -> None:
        if text:
            self._shown += text
            self._progress(TextDelta(text=text))
