"""The conversation with a model: requests that fit its window, calls that run, results that return.

It knows nothing of strategies: it sends what it is told to send, and runs what the model calls.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from holmes.agent import prompts
from holmes.agent.budget import PROSE_DENSITY, ContextBudget, Deadline
from holmes.agent.calls import BatchResults, CallRunner
from holmes.agent.earlier import BRIEF, FOLD_FROM, FOLD_TO, folded, in_brief
from holmes.agent.live_text import LONGEST_REPLY, LiveText
from holmes.agent.state import Turn
from holmes.core import events
from holmes.core.errors import ContextOverflow, FeatureRefused, RequestRejected
from holmes.core.evidence import EvidenceLog
from holmes.core.messages import (
    AssistantMessage,
    Image,
    JsonObject,
    Message,
    SystemMessage,
    ToolCall,
    ToolDefinition,
    ToolMessage,
    UserMessage,
)
from holmes.models.base import (
    Model,
    ModelProgress,
    ModelReply,
    ModelRequest,
    Notice,
    ProgressSink,
)
from holmes.models.windows import documented

MAX_OVERFLOWS = 3
"""Times that one request is shrunk and sent again before the overflow is final."""

END_EARLY = 2.0
"""Seconds before the time limit at which running tools are ended."""

MOST_CALLS = 24
"""Calls of one reply that are run; what comes after them is counting, not looking."""

LONGEST_CALL = 20_000
"""Characters of a call's arguments; a program takes 128 KB in one of them at most (Linux)."""

TIGHT_WINDOW = 16_384
"""Tokens; up to here results are counted by the server's tokenizer, where it has one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one question may take.

    max_steps       requests with tools at most
    seconds         for the whole; then an answer is asked for from what is there
    answer_seconds  for that answer at least; half of `seconds` where that is more
    window          tokens at most
    """

    max_steps: int = 20
    seconds: float = 900.0
    answer_seconds: float = 60.0
    window: int | None = None


class Conversation:
    """Messages so far, and the two things that can be done: ask the model, run its calls.

    `told` are the numbers of the results that the model was told of: what code looked up by
    itself is evidence, but none that the model's words can rest on. `turns` are the questions that
    were answered, `step` how many requests were made. `refit` chooses the tools anew for a window
    that an overflow showed to be smaller.
    """

    def __init__(
        self,
        *,
        model: Model,
        runner: CallRunner,
        evidence: EvidenceLog,
        limits: Limits,
        emit: events.EventSink,
    ) -> None:
        self.model = model
        self.evidence = evidence
        self.limits = limits
        self.emit = emit
        self.budget = ContextBudget()
        self.deadline = Deadline(seconds=limits.seconds)
        self.question = ""
        self.messages: list[Message] = []
        self.has_begun = False
        self.told: set[int] = set()
        self.turns: list[Turn] = []
        self.refit: Callable[[int], tuple[ToolDefinition, ...]] | None = None
        self._runner = runner
        self.step = 0
        self._begins_at = 0
        self._holds_form = True

    async def begin(self, system: str) -> None:
        """Learn the window, and put the instructions first."""
        stated, wanted = await self.model.context_window(), self.limits.window
        known = min(stated or wanted, wanted) if wanted else stated
        self.budget.window = known or documented(self.model.name)
        # What a conversation held before, where it goes on with another model or process, follows.
        self.messages = [SystemMessage(content=system), *self.messages[1:]]
        self.has_begun = True

    def start(self, question: str, tools: Sequence[ToolDefinition]) -> None:
        """A new question in the same conversation; its time begins now."""
        self.question = question
        self.deadline = Deadline(seconds=self.limits.seconds)
        self._begins_at = self.step
        room = self.budget.prompt_tokens
        if self.turns and self.budget.tokens(self.messages, tools) > FOLD_FROM * room:
            chars = int(FOLD_TO * room * PROSE_DENSITY)
            self.messages[1:] = folded(self.turns, chars)

    def tell_in_brief(self) -> None:
        """Tell the turns before this question in a line each, in front of it.

        A small model that sees its last answer as it was writes it again, whatever is asked
        (Qwen2.5-Coder-1.5B, 30 Nov 2026).
        """
        last = self.messages[-1]
        if self.turns and self.step == self._begins_at and isinstance(last, UserMessage):
            told = in_brief(self.turns, int(BRIEF * self.budget.prompt_tokens * PROSE_DENSITY))
            self.messages[1:] = [replace(last, content=f"{told}\n\n{last.content}")]

    def answered(self, question: str, answer: str) -> None:
        """The question is answered, or given up, with these words."""
        self.messages.append(AssistantMessage(content=answer))
        self.turns.append(Turn(question=question, answer=answer))

    @property
    def seconds_left(self) -> float:
        """For what is to end before the investigation does, so that its result counts."""
        return max(1.0, self.deadline.left - END_EARLY)

    @property
    def is_under_way(self) -> bool:
        """Whether the model has replied to this question before."""
        return not isinstance(self.messages[-1], UserMessage)

    def say(self, text: str, images: tuple[Image, ...] = ()) -> None:
        """Add words of the user's side: the question, or what the agent says on their behalf.

        Two in a row become one message: some chat templates refuse such a conversation.
        """
        last = self.messages[-1]
        if isinstance(last, UserMessage):
            self.messages.pop()
            text, images = f"{last.content}\n\n{text}", last.images + images
        self.messages.append(UserMessage(content=text, images=images))

    def take_back(self, said: str, told: str) -> None:
        """Void the reply that was shown, keep its words for the model, and tell it why."""
        self.emit(events.ModelTextVoid())
        self.messages += [AssistantMessage(content=said), UserMessage(content=told)]

    def drop_unanswered_calls(self) -> None:
        """Leave out calls that a time limit cut off: servers refuse a call without its result."""
        last = self.messages[-1]
        if isinstance(last, AssistantMessage) and last.tool_calls:
            self.messages.pop()

    async def ask(self, tools: Sequence[ToolDefinition], live: LiveText) -> ModelReply:
        """The model's reply; the conversation is shortened where it does not fit."""
        offered = tuple(tools)
        for attempt in range(MAX_OVERFLOWS + 1):
            self.messages, cut = self.budget.fit(self.messages, offered, self.question)
            if cut:
                self.emit(events.Noticed(text="Older results were shortened to fit the context."))
            try:
                return await self._send(offered, live)
            except ContextOverflow as overflow:
                if attempt == MAX_OVERFLOWS:
                    raise
                self.budget.overflowed(overflow.window)
                if offered and self.refit is not None:
                    offered = self.refit(self.budget.window)
        raise AssertionError("unreachable")

    async def run(
        self, message: AssistantMessage, tools: Sequence[ToolDefinition] = ()
    ) -> BatchResults:
        """Run the calls of a reply at once; the model is told of those that are not run."""
        self.emit(events.ModelTextVoid())
        calls, rest = message.tool_calls[:MOST_CALLS], message.tool_calls[MOST_CALLS:]
        self.messages.append(message)
        room = self.budget.excerpt_chars(len(calls), self.messages, tools)
        results = await self._runner.run(calls, room=room, seconds_left=self.seconds_left)
        self.told.update(results.numbers)
        self.messages.extend(results.messages)
        self.messages.extend(
            ToolMessage(tool_call_id=call.id, name=call.name, content=prompts.NOT_RUN)
            for call in rest
        )
        if rest:
            told = f"The model made {len(message.tool_calls)} calls at once"
            self.emit(events.Noticed(text=f"{told}: the first {MOST_CALLS} were run."))
        await self._calibrate(results.messages)
        return results

    async def look(self, *calls: ToolCall) -> BatchResults:
        """Run calls that code makes by itself: evidence, of which the model is told nothing."""
        room = self.budget.excerpt_chars(len(calls), self.messages)
        return await self._runner.run(calls, room=room, seconds_left=self.seconds_left)

    async def _calibrate(self, results: Sequence[ToolMessage]) -> None:
        """Where there is little room, learn from the server what results are in tokens."""
        if self.budget.window <= TIGHT_WINDOW:
            text = "\n".join(message.content for message in results)
            self.budget.counted(text, await self.model.count_tokens(text))

    async def ask_aside(
        self, messages: Sequence[Message], max_tokens: int, form: JsonObject | None = None
    ) -> str:
        """The model's words to a question of the agent's own, outside the conversation.

        `form` is the JSON schema that a server is asked to hold them to, where it can.
        """
        request = ModelRequest(messages=tuple(messages), max_tokens=max_tokens)
        if form is not None and self._holds_form:
            from holmes.models.modes.requests import response_format  # noqa: PLC0415  # few need it

            held = replace(request, response_format=response_format("json_schema", form, name="it"))
            try:
                return await self._words(held)
            except RequestRejected:
                self._holds_form = False
        return await self._words(request)

    async def _words(self, request: ModelRequest) -> str:
        """The words of a short reply; with more room where the model spent it all on thinking."""
        reply = await self._complete(request, self._notice)
        if reply.stop_reason == "length" and not reply.message.content.strip():
            roomy = replace(request, max_tokens=self.budget.max_tokens)
            reply = await self._complete(roomy, self._notice)
        return reply.message.content

    def _notice(self, progress: ModelProgress) -> None:
        """Pass on what a person should know of an aside, whose text is not for the screen."""
        if isinstance(progress, Notice):
            self.emit(events.Noticed(text=progress.text))

    async def _send(self, tools: tuple[ToolDefinition, ...], live: LiveText) -> ModelReply:
        self.budget.sent(self.messages, tools)
        request = ModelRequest(
            messages=tuple(self.messages), tools=tools, max_tokens=self.budget.max_tokens
        )
        try:
            reply = await self._complete(request, live.sink(self.emit))
        except FeatureRefused as refused:
            if refused.feature == "images":  # or every later question would fail of them, too
                self.messages = [
                    replace(each, images=()) if isinstance(each, UserMessage) else each
                    for each in self.messages
                ]
            raise
        self.budget.learn(reply.usage)
        live.close(self.emit, reply.message.content)
        return reply

    async def _complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        self.step += 1
        waiting = events.ModelWaiting(
            step=self.step,
            model=self.model.name,
            address=self.model.address,
            tools_offered=len(request.tools),
        )
        self.emit(waiting)
        began = time.monotonic()
        reply = self._within_limits(await self.model.complete(request, progress))
        seconds = time.monotonic() - began
        self.emit(events.ModelReplied(step=self.step, usage=reply.usage, seconds=seconds))
        return reply

    def _within_limits(self, reply: ModelReply) -> ModelReply:
        """The reply without what is too long for one; a call that is gets told so."""
        message = reply.message
        if (length := len(message.content)) > LONGEST_REPLY:
            told = f"The model's reply was cut at {LONGEST_REPLY:,} of {length:,} characters."
            self.emit(events.Noticed(text=told))
            kept = message.content[:LONGEST_REPLY]
            message = replace(message, content=kept[: kept.rfind("\n") + 1] or kept)
        calls = tuple(map(_short_enough, message.tool_calls))
        return replace(reply, message=replace(message, tool_calls=calls))


def _short_enough(call: ToolCall) -> ToolCall:
    length = max(len(call.raw_arguments), len(str(call.arguments)))
    if length <= LONGEST_CALL:
        return call
    said = f"its arguments have {length:,} characters, and {LONGEST_CALL:,} are the most"
    return ToolCall(id=call.id, name=call.name[:100], arguments={}, parse_error=said)
