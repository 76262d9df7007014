"""POST /api/chat: one turn; the client keeps the conversation."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from holmes.server import forms
from holmes.server.conversations import Conversations, Said, images
from holmes.server.desk import Desk, Question
from holmes.server.encoding import sent_event
from holmes.server.following import while_listening
from holmes.server.http import Endpoint, body_of, reply, stream
from holmes.server.peer.frontend import FrontendResult, FrontendTool, client_tools
from holmes.server.peer.telling import PING, Telling
from holmes.server.problems import Conflict, Unanswered, Unreadable

_LEFT = 200
"""Turns that wait for a person, at most; the oldest are forgotten, and end by their own time."""


class ToolDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said of one call."""

    tool_call_id: str
    approved: bool = False


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The peer's fields that mean something here, and `cluster` and `stream_text` of our own."""

    ask: str = ""
    conversation_history: list[dict[str, Any]] | None = None
    model: str | None = None
    cluster: str = ""
    stream: bool = False
    stream_text: bool = False
    images: list[str | dict[str, Any]] | None = None
    response_format: dict[str, Any] | None = None
    enable_tool_approval: bool = False
    tool_decisions: list[ToolDecision] | None = None
    frontend_tools: list[FrontendTool] | None = None
    frontend_tool_results: list[FrontendResult] | None = None
    additional_system_prompt: str | None = None


class ChatReply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, or commands that wait (`pending_approvals`)."""

    analysis: str | None
    conversation_history: list[dict[str, Any]]
    tool_calls: list[dict[str, Any]]
    follow_up_actions: list[dict[str, Any]]
    pending_approvals: list[dict[str, Any]] | None
    metadata: dict[str, Any]


class Chat:
    """Turns, and those that were left where a command waits."""

    def __init__(self, desk: Desk, conversations: Conversations) -> None:
        self._desk = desk
        self._conversations = conversations
        self._left: OrderedDict[str, Telling] = OrderedDict()

    @property
    def endpoint(self) -> Endpoint:
        """POST /api/chat."""
        return Endpoint(
            method="POST",
            path="/api/chat",
            handler=self.chat,
            body=ChatRequest,
            reply=ChatReply,
            stream=True,
            says="The peer's: ask, with the conversation so far; plain, or as a stream.",
        )

    async def chat(self, request: Request) -> Response:
        """One turn."""
        asked = await body_of(request, ChatRequest)
        forms.check(asked.response_format)
        telling = await self._telling(asked)
        if asked.stream:
            return stream(self._streamed(telling, asked.response_format))
        return await while_listening(request, telling.run, self._plain(telling, asked))

    def known(self, model: str | None) -> str:
        """The name where there is such a model: the peer passes over any other."""
        known = self._desk.runtimes.targets.models
        return model if model is not None and model in known else ""

    async def begin(
        self, question: Question, earlier: Sequence[Said], *, text: bool = False
    ) -> Telling:
        """A turn that asks something."""
        run = await self._conversations.ask(question, earlier)
        return Telling(run, as_written=text)

    async def answered(self, telling: Telling) -> dict[str, Any]:
        """The whole reply of a turn that waits for nobody; raises what it failed of."""
        async for kind, _ in telling.all():
            if kind == "error":
                raise telling.run.failure or Unanswered(telling.run.reason)
        answer = telling.answer()
        self._conversations.remember(answer["conversation_history"], telling.run)
        return answer

    async def _telling(self, asked: ChatRequest) -> Telling:
        earlier = asked.conversation_history or []
        tools = client_tools(asked.frontend_tools, stream=asked.stream)
        pictures = images(asked.images or ())
        left = self._waiting_in(earlier)
        if left is not None:
            left.decide({each.tool_call_id: each.approved for each in asked.tool_decisions or ()})
            left.give(
                {each.tool_call_id: each.result for each in asked.frontend_tool_results or ()}
            )
            if not asked.ask:
                return left
            async for _ in left.all():
                pass  # the answer to what was asked before
        if not asked.ask.strip():
            if not (asked.tool_decisions or asked.frontend_tool_results):
                raise Unreadable("ask is empty: there is no question.")
            raise Conflict("No call of this conversation waits for the client any more.")
        question = Question(
            text=asked.ask,
            model=self.known(asked.model),
            cluster=asked.cluster,
            instructions=asked.additional_system_prompt or "",
            asks=asked.enable_tool_approval,
            images=pictures,
            tools=tools,
        )
        if left is not None:
            run = await self._desk.go_on(left.run.id, question)
            return Telling(run, as_written=asked.stream_text)
        return await self.begin(question, earlier, text=asked.stream_text)

    def _waiting_in(self, history: list[dict[str, Any]]) -> Telling | None:
        """The turn that was left where a call of this history waits."""
        for message in reversed(history):
            calls = message.get("tool_calls")
            for made in calls if isinstance(calls, list) else ():
                token = made.get("approval_token") if isinstance(made, dict) else None
                if isinstance(token, str) and (left := self._left.pop(token, None)):
                    return left if left.run.pending or left.run.called else None
        return None

    async def _plain(self, telling: Telling, asked: ChatRequest) -> Response:
        answer = await self.answered(telling)
        if telling.run.pending:
            self._leave(telling)
            answer |= telling.waiting()
        else:
            answer["analysis"] = await self._formed(telling, answer, asked.response_format)
        known = {name: answer.get(name) for name in ChatReply.__struct_fields__}
        return reply(known | {"tool_calls": telling.calls})

    async def _formed(
        self, telling: Telling, answer: Mapping[str, Any], form: Mapping[str, Any] | None
    ) -> str:
        return await forms.put_into(telling.run, answer["analysis"], form)

    async def _streamed(
        self, telling: Telling, form: Mapping[str, Any] | None
    ) -> AsyncIterator[bytes]:
        over = False
        try:
            async for kind, data in telling.all():
                if (kind, data) == PING:
                    yield b": ping\n\n"
                    continue
                over = kind in {"approval_required", "error", "ai_answer_end"}
                if kind == "approval_required":
                    self._leave(telling)
                if kind == "ai_answer_end":
                    self._conversations.remember(data["conversation_history"], telling.run)
                    data["analysis"] = await self._formed(telling, data, form)
                yield sent_event(kind, data)
        finally:
            if not over:
                telling.run.cancel()  # nobody listens any more

    def _leave(self, telling: Telling) -> None:
        for key in (*telling.run.pending, *telling.run.called):
            self._left[f"{telling.run.id}/{key}"] = telling
        while len(self._left) > _LEFT:
            self._left.popitem(last=False)
