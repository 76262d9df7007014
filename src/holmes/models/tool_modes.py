"""Make any model call tools: natively, from its text, or taught by the prompt.

Rungs, from the top:

native     `tools` in the request, `tool_calls` in the reply; a call that the server left in the
           text is read from there (llama.cpp, vLLM and llama-cpp-python do that to
           Qwen2.5-Coder, seen 24 Nov 2026)
prompted   the tools stand in the prompt, the history is plain user and assistant text, and the
           call is read from the reply; for servers that refuse tools (vLLM without its two
           flags: HTTP 400) or drop them without a word (llama-cpp-python's chatml, FastChat)

A client begins at the top and steps down once, for good, when a rung has shown not to work.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from holmes.errors import FeatureRefused
from holmes.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolDefinition,
    ToolMessage,
    UserMessage,
)
from holmes.models import tool_syntax
from holmes.models.base import (
    Model,
    ModelReply,
    ModelRequest,
    Notice,
    ProgressSink,
    Restarted,
    TextDelta,
)
from holmes.models.tool_syntax.refusal import no_call_made

ToolMode: TypeAlias = Literal["auto", "native", "prompted"]

_MENDED_BY_PROMPTING = {"tools", "tool_choice", "message_shape"}

_NUDGE = (
    "You can look yourself: you have tools, and their results are real. Do not tell me what to "
    "run. Call the tool that shows what the question asks, now."
)


class AnyToolModel:
    """A `Model` whose replies carry tool calls however the server behind it writes them."""

    def __init__(self, inner: Model, mode: ToolMode = "auto") -> None:
        self._inner = inner
        self._may_step_down = mode == "auto"
        self._prompted = mode == "prompted"
        self._system_role = True
        self._known_tools: tuple[ToolDefinition, ...] = ()
        self._told: set[str] = set()

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

    async def aclose(self) -> None:
        """Close the inner model."""
        await self._inner.aclose()

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        """Complete on the current rung; on the way down a `Notice` says why."""
        self._known_tools = request.tools or self._known_tools
        while True:
            try:
                reply = await self._send(request, progress)
            except FeatureRefused as refused:
                self._step_down(refused, progress)
                continue
            if not self._evades(request, reply):
                return reply
            progress(Restarted())
            if self._prompted or not self._may_step_down:
                return await self._nudge(request, reply, progress)
            self._prompted = True
            progress(Notice(text="The server seems to drop the tools; they go into the prompt."))

    def _step_down(self, refused: FeatureRefused, progress: ProgressSink) -> None:
        """Take the next lower rung, or raise the refusal where there is none."""
        if refused.feature not in _MENDED_BY_PROMPTING or not self._may_step_down:
            raise refused
        if not self._prompted:
            self._prompted = True
            progress(Notice(text=f"Tools go into the prompt instead: {refused.message}"))
        elif self._system_role and refused.feature == "message_shape":
            self._system_role = False
            progress(Notice(text=f"Sent again without a system message: {refused.message}"))
        else:
            raise refused

    async def _nudge(
        self, request: ModelRequest, reply: ModelReply, progress: ProgressSink
    ) -> ModelReply:
        """Ask once more where a model talks about looking and does not look."""
        said = AssistantMessage(content=reply.message.content)
        messages = (*request.messages, said, UserMessage(content=_NUDGE))
        return await self._send(replace(request, messages=messages), progress)

    def _evades(self, request: ModelRequest, reply: ModelReply) -> bool:
        """Whether tools were offered, nothing has been looked up, and the reply avoids doing so."""
        if not request.tools or reply.message.tool_calls:
            return False
        if any(isinstance(message, ToolMessage) for message in request.messages):
            return False
        return no_call_made(reply.message.content, request.tools) is not None

    async def _send(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        if self._prompted:
            request = self._as_text(request)
        shown = _Shown(self._known_tools, progress)
        reply = await self._inner.complete(request, shown)
        shown.finish(reply)
        return self._with_calls_from_text(reply, progress)

    def _with_calls_from_text(self, reply: ModelReply, progress: ProgressSink) -> ModelReply:
        message = reply.message
        if message.tool_calls or not self._known_tools:
            return reply
        found = tool_syntax.parse(message.content, self._known_tools)
        if not found.calls and not found.content and message.reasoning:
            # Nothing but thinking: some servers leave a call inside it.
            found = tool_syntax.parse(message.reasoning, self._known_tools)
            found = replace(found, content="")
        if not found.calls:
            return reply
        if not self._prompted:
            self._tell_once(
                f"The server left the call in the text ({found.syntax}); it is read from there.",
                progress,
            )
        read = replace(message, content=found.content, tool_calls=found.calls)
        return replace(reply, message=read, stop_reason="tool_calls")

    def _tell_once(self, text: str, progress: ProgressSink) -> None:
        if text not in self._told:
            self._told.add(text)
            progress(Notice(text=text))

    def _as_text(self, request: ModelRequest) -> ModelRequest:
        """The same conversation in plain text: any chat template takes it."""
        # The tools stay in the prompt where none are offered, so that prefix caches still hit; the
        # last message then asks for words.
        taught = tool_syntax.prompt(self._known_tools)
        messages = flatten(request.messages, taught=taught, system_role=self._system_role)
        return replace(request, messages=messages, tools=())


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
        if not self._tools:
            return
        content = self._filter.finish().content
        if not reply.message.tool_calls and content.startswith(self._shown):
            self._show(content[len(self._shown) :])

    def _show(self, text: str) -> None:
        if text:
            self._shown += text
            self._progress(TextDelta(text=text))


def flatten(
    messages: Sequence[Message], *, taught: str = "", system_role: bool = True
) -> tuple[Message, ...]:
    """Calls and results as plain text, strictly alternating between user and assistant.

    `taught` is appended to the instructions; without a system role they open the first user
    message.
    """
    instructions = [m.content for m in messages if isinstance(m, SystemMessage)]
    system = "\n\n".join(part for part in (*instructions, taught) if part)
    turns: list[UserMessage | AssistantMessage] = []
    if system and not system_role:
        turns.append(UserMessage(content=system))
    for message in messages:
        match message:
            case SystemMessage():
                continue
            case AssistantMessage(content=content, tool_calls=calls):
                written = tool_syntax.render_call(calls) if calls else ""
                _append(
                    turns, AssistantMessage(content="\n".join(filter(None, (content, written))))
                )
            case ToolMessage(name=name, content=content):
                _append(turns, UserMessage(content=tool_syntax.render_result(name, content)))
            case UserMessage():
                _append(turns, message)
    head = (SystemMessage(content=system),) if system and system_role else ()
    return (*head, *turns)


def _append(
    turns: list[UserMessage | AssistantMessage], message: UserMessage | AssistantMessage
) -> None:
    if turns and type(turns[-1]) is type(message):
        joined = f"{turns[-1].content}\n\n{message.content}"
        turns[-1] = replace(turns[-1], content=joined)
    else:
        turns.append(message)
