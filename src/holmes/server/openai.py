"""OpenAI's protocol outwards: any chat client has Holmes as a model."""

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from holmes.core import events
from holmes.core.errors import HolmesError
from holmes.core.messages import Usage
from holmes.server import forms
from holmes.server.conversations import Conversations, Said, images_of, text_of
from holmes.server.desk import Desk, Question
from holmes.server.encoding import encode
from holmes.server.following import while_listening
from holmes.server.http import PING_SECONDS, Endpoint, body_of, reply, stream, words_of
from holmes.server.problems import Problem, Unanswered, Unreadable
from holmes.server.run import Run

DEFAULT = "holmes"
"""The model that stands for the default model on the default cluster."""

_AT = "@"
_INSTRUCTING = ("system", "developer")  # a tuple: a role may be anything, also unhashable


class StreamOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the tokens come as a last piece."""

    include_usage: bool = False


class CompletionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What means something here; sampling is the server's own affair, and so are tools."""

    messages: list[dict[str, Any]]
    model: str = ""
    stream: bool = False
    stream_options: StreamOptions | None = None
    response_format: dict[str, Any] | None = None
    n: int | None = None


class ModelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A model, or a model on a cluster."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "holmes"


class ModelList(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    data: list[ModelEntry]
    object: Literal["list"] = "list"


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """The answer as a chat completion."""

    id: str
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: dict[str, int]
    object: Literal["chat.completion"] = "chat.completion"


def endpoints(desk: Desk, conversations: Conversations) -> list[Endpoint]:
    """The paths below /v1."""
    outward = _Outward(desk, conversations)
    return [
        Endpoint(method="GET", path="/v1/models", handler=outward.models, reply=ModelList,
                 says="OpenAI's: what can be named as a model."),
        Endpoint(method="POST", path="/v1/chat/completions", handler=outward.complete,
                 body=CompletionRequest, reply=Completion, stream=True,
                 says="OpenAI's: the answer as `content`, what is done on the way as "
                 "`reasoning_content`."),
    ]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Turn:
    asked: CompletionRequest
    run: Run
    created: int = field(default_factory=lambda: int(time.time()))


class _Outward:
    def __init__(self, desk: Desk, conversations: Conversations) -> None:
        self._desk = desk
        self._conversations = conversations

    async def models(self, _: Request) -> Response:
        targets = self._desk.runtimes.targets
        names = [DEFAULT, *targets.models]
        if len(targets.clusters) > 1:
            names += [f"{model}{_AT}{each}" for model in names for each in targets.clusters]
        return reply(ModelList(data=[ModelEntry(id=name) for name in names]))

    async def complete(self, request: Request) -> Response:
        asked = await body_of(request, CompletionRequest)
        forms.check(asked.response_format)
        if asked.n not in {None, 1}:
            raise Unreadable("n is 1 here: there is one answer.")
        system, earlier, last = _parts(asked.messages)
        images = images_of(asked.messages[-1])
        model, cluster = self._meant(asked.model)
        question = Question(
            text=last, model=model, cluster=cluster, instructions=system, images=images
        )
        turn = _Turn(asked=asked, run=await self._conversations.ask(question, earlier))
        if asked.stream:
            return stream(self._streamed(turn))
        return await while_listening(request, turn.run, self._whole(turn))

    def _meant(self, name: str) -> tuple[str, str]:
        model, _, cluster = name.partition(_AT) if name.count(_AT) == 1 else (name, "", "")
        targets = self._desk.runtimes.targets
        if name in targets.models:
            return name, ""
        return ("" if model == DEFAULT else model), cluster

    async def _whole(self, turn: _Turn) -> Response:
        run = turn.run
        while run.busy:
            await run.more(PING_SECONDS)
        said = await self._answer(turn)
        thought = "".join(filter(None, map(_progress, run.events[run.turn_begins :])))
        message = {"role": "assistant", "content": said, "reasoning_content": thought}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return reply(
            Completion(
                id=run.id,
                created=turn.created,
                model=turn.asked.model or DEFAULT,
                choices=[choice],
                usage=_usage(run),
            )
        )

    async def _streamed(self, turn: _Turn) -> AsyncIterator[bytes]:
        run, place = turn.run, turn.run.turn_begins
        over = False
        try:
            yield _chunk(turn, {"role": "assistant", "content": ""})
            while run.busy or place < len(run.events):
                while place < len(run.events):
                    if said := _progress(run.events[place]):
                        yield _chunk(turn, {"reasoning_content": said})
                    place += 1
                if run.busy and not await run.more(PING_SECONDS):
                    yield b": ping\n\n"
            over = True
            for line in (await self._answer(turn)).splitlines(keepends=True):
                yield _chunk(turn, {"content": line})
            yield _chunk(turn, {}, finish="stop")
            if turn.asked.stream_options and turn.asked.stream_options.include_usage:
                yield _chunk(turn, None)
        except (Problem, HolmesError) as error:
            fault = {"message": words_of(error), "type": "server_error", "code": 502}
            yield b"data: " + encode({"error": fault}) + b"\n\n"
        finally:
            if not over:
                run.cancel()  # nobody listens any more
        yield b"data: [DONE]\n\n"

    async def _answer(self, turn: _Turn) -> str:
        run = turn.run
        if run.state in {"failed", "interrupted"}:
            raise run.failure or Unanswered(run.reason)
        answer = run.answer
        said = (answer.text or answer.reason) if answer else run.reason
        said = await forms.put_into(run, said, turn.asked.response_format)
        spoken = {"role": "assistant", "content": said}
        self._conversations.remember([*turn.asked.messages, spoken], run)
        return said


def _parts(messages: Sequence[Said]) -> tuple[str, Sequence[Said], str]:
    """What the client instructs, what was said before, and the question."""
    system = [text_of(each) for each in messages if each.get("role") in _INSTRUCTING]
    spoken = [each for each in messages if each.get("role") not in _INSTRUCTING]
    if not spoken or spoken[-1].get("role") != "user" or not text_of(spoken[-1]).strip():
        raise Unreadable("The last message is not a question of a user.")
    return "\n\n".join(system), spoken[:-1], text_of(spoken[-1])


def _progress(event: events.Event) -> str:
    """What is done on the way, a line each."""
    match event:
        case events.ModelText(reasoning=True):
            return event.text
        case events.ToolStarted():
            return f"→ {event.command or event.tool}\n"
        case events.ToolFinished(evidence=found):
            return f"✓ [{found.number}] {found.output.status}, {found.seconds:.1f} s\n"
        case events.Noticed():
            return f"! {event.text}\n"
        case _:
            return ""


def _usage(run: Run) -> dict[str, int]:
    seen = run.events[run.turn_begins :]
    used = Usage.total([event.usage for event in seen if isinstance(event, events.ModelReplied)])
    prompt, completion = used.prompt_tokens or 0, used.completion_tokens or 0
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def _chunk(turn: _Turn, delta: dict[str, str] | None, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    piece = {
        "id": turn.run.id,
        "object": "chat.completion.chunk",
        "created": turn.created,
        "model": turn.asked.model or DEFAULT,
        "choices": [] if delta is None else [choice],
    }
    if delta is None:
        piece["usage"] = _usage(turn.run)
    return b"data: " + encode(piece) + b"\n\n"
