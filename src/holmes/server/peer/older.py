"""The paths that the peer had until 0.32, which its clients still ask."""

import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from holmes.redaction.placeholders import without_forged
from holmes.redaction.untrusted import neutral
from holmes.server import forms
from holmes.server.desk import Question
from holmes.server.encoding import sent_event
from holmes.server.following import while_listening
from holmes.server.http import Endpoint, body_of, reply, stream
from holmes.server.peer.chat import Chat
from holmes.server.peer.telling import PING, Telling
from holmes.server.problems import Unanswered


class InvestigateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An alert."""

    source: str = ""
    title: str = ""
    description: str = ""
    subject: Any = None
    context: Any = None
    include_tool_calls: bool = False
    sections: dict[str, str] | None = None
    model: str | None = None


class InvestigateReply(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; `sections` where they were named."""

    analysis: str
    sections: dict[str, str] | None
    tool_calls: list[dict[str, Any]]
    instructions: list[str]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier result, as the client keeps it."""

    result: str = ""
    analysis: str = ""
    tools: list[Any] | None = None


class IssueChatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A question about an earlier investigation, or about a workload that was looked at."""

    ask: str
    investigation_result: Found | None = None
    workload_health_result: Found | None = None
    resource: Any = None
    issue_type: str = ""
    conversation_history: list[dict[str, Any]] | None = None
    model: str | None = None


class IssueChatReply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, and the conversation for the next question."""

    analysis: str
    conversation_history: list[dict[str, Any]]
    tool_calls: list[dict[str, Any]]


class HealthRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A question whether a workload is well."""

    ask: str
    resource: Any = None
    alert_history: Any = None
    sections: dict[str, str] | None = None
    model: str | None = None


def endpoints(chat: Chat) -> list[Endpoint]:
    """The older paths."""
    older = _Older(chat)

    def post(path: str, handler: Any, body: Any, says: str, **more: Any) -> Endpoint:  # noqa: ANN401
        return Endpoint(method="POST", path=path, handler=handler, body=body, says=says, **more)

    return [
        post("/api/investigate", older.investigate, InvestigateRequest,
             "The peer's, until 0.32: look into an alert.", reply=InvestigateReply),
        post("/api/stream/investigate", older.streamed, InvestigateRequest,
             "The same as a stream.", stream=True),
        post("/api/issue_chat", older.chat, IssueChatRequest,
             "The peer's, until 0.32: ask about a result.", reply=IssueChatReply),
        post("/api/workload_health_check", older.health, HealthRequest,
             "The peer's, until 0.32: is this workload well?", reply=InvestigateReply),
        post("/api/workload_health_chat", older.chat, IssueChatRequest,
             "The peer's, until 0.32: ask about such a result.", reply=IssueChatReply),
    ]  # fmt: skip


class _Older:
    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def investigate(self, request: Request) -> Response:
        asked = await body_of(request, InvestigateRequest)
        telling = await self._begin(_of_alert(asked), asked.model)
        return await while_listening(request, telling.run, _whole(telling, asked.sections))

    async def streamed(self, request: Request) -> Response:
        asked = await body_of(request, InvestigateRequest)
        telling = await self._begin(_of_alert(asked), asked.model)
        return stream(_pieces(telling, asked.sections))

    async def health(self, request: Request) -> Response:
        asked = await body_of(request, HealthRequest)
        given = {"resource": asked.resource, "alert history": asked.alert_history}
        telling = await self._begin(_with(asked.ask, given), asked.model)
        return await while_listening(request, telling.run, _whole(telling, asked.sections))

    async def chat(self, request: Request) -> Response:
        asked = await body_of(request, IssueChatRequest)
        found = asked.investigation_result or asked.workload_health_result or Found()
        earlier = asked.conversation_history or []
        given = {} if earlier else {
            "earlier result": found.result or found.analysis,
            "what its tools returned": found.tools,
            "resource": asked.resource,
        }  # fmt: skip
        telling = await self._begin(_with(asked.ask, given), asked.model, earlier)

        async def answered() -> Response:
            answer = await self._chat.answered(telling)
            names = ("analysis", "conversation_history")
            return reply({**{k: answer[k] for k in names}, "tool_calls": telling.calls})

        return await while_listening(request, telling.run, answered())

    async def _begin(
        self, text: str, model: str | None, earlier: list[dict[str, Any]] | None = None
    ) -> Telling:
        question = Question(text=text, model=self._chat.known(model))
        return await self._chat.begin(question, earlier or ())


async def _whole(telling: Telling, sections: dict[str, str] | None) -> Response:
    async for kind, _ in telling.all():
        if kind == "error":
            raise telling.run.failure or Unanswered(telling.run.reason)
    return reply({**await _found(telling, sections), "tool_calls": telling.calls})


async def _found(telling: Telling, sections: dict[str, str] | None) -> dict[str, Any]:
    analysis = telling.answer()["analysis"]
    return {
        "analysis": analysis,
        "sections": await _in_sections(telling, analysis, sections),
        "instructions": [],
    }


async def _pieces(telling: Telling, sections: dict[str, str] | None) -> AsyncIterator[bytes]:
    over = False
    try:
        async for kind, data in telling.all():
            if (kind, data) == PING:
                yield b": ping\n\n"
                continue
            over = kind in {"error", "ai_answer_end"}
            if kind == "ai_answer_end":
                data = {**await _found(telling, sections), "metadata": data["metadata"]}  # noqa: PLW2901
            yield sent_event(kind, data)
    finally:
        if not over:
            telling.run.cancel()


async def _in_sections(
    telling: Telling, analysis: str, sections: dict[str, str] | None
) -> dict[str, str] | None:
    if not sections:
        return None
    schema = {
        "type": "object",
        "properties": {
            name: {"type": "string", "description": says} for name, says in sections.items()
        },
        "required": list(sections),
        "additionalProperties": False,
    }
    named = {"name": "sections", "schema": schema, "strict": True}
    form = {"type": "json_schema", "json_schema": named}
    found: dict[str, str] = json.loads(await forms.put_into(telling.run, analysis, form))
    return found


def _of_alert(asked: InvestigateRequest) -> str:
    title = asked.title.strip() or "this alert"
    source = f" from {asked.source}" if asked.source else ""
    given = {
        "description": asked.description,
        "subject": asked.subject,
        "context": asked.context,
    }
    return _with(f"What is the cause of the alert{source}: {title}?", given)


def _with(words: str, given: dict[str, Any]) -> str:
    """The question with what came along, as files that somebody else wrote."""
    parts = [words]
    for name, value in given.items():
        if value:
            text = value if isinstance(value, str) else json.dumps(value, indent=1)
            safe = neutral(without_forged(text.strip()))
            parts.append(f"--- {name} (data) ---\n{safe}\n--- end ---")
    return "\n\n".join(parts)
