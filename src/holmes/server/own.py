"""Our own paths: investigations as things that go on by themselves and can be looked at."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from holmes.core import codec, events
from holmes.core.messages import Usage
from holmes.runs.records import Feedback
from holmes.runs.transcript import Summary
from holmes.server.desk import Desk, Question
from holmes.server.http import PING_SECONDS, Endpoint, body_of, number_of, reply, stream
from holmes.server.problems import Conflict, NotFound
from holmes.server.record import Record, State
from holmes.server.run import Run

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000_000, pattern=r"\S")]
_MOST = 999_999_999


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question. `follow_up`: the id of the investigation that it goes on with.

    A model or cluster named beside it takes that investigation over.
    """

    question: _Text
    model: str = ""
    cluster: str = ""
    follow_up: str = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a command may run."""

    approved: bool


class Opinion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person thinks of the last answer."""

    useful: bool
    comment: Annotated[str, msgspec.Meta(max_length=10_000)] = ""


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """An investigation in a list; `began` is in seconds since the epoch."""

    id: str
    state: State
    question: str
    model: str
    began: float


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """Investigations, the last first."""

    investigations: list[Brief]


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A question with its answer (null: there is none), as in the event `answered`."""

    question: str
    asked_at: float
    answer: dict[str, Any] | None


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A tool call that ended."""

    number: int
    tool: str
    arguments: dict[str, Any]
    command: str
    status: str
    note: str
    seconds: float


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A command that waits for a person."""

    key: str
    tool: str
    arguments: dict[str, Any]
    command: str


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """An investigation; `last_event` is the number of its last event so far."""

    id: str
    state: State
    reason: str
    model: str
    cluster: str
    turns: list[Turn]
    tool_calls: list[Call]
    approvals: list[Waiting]
    notices: list[str]
    requests: int
    usage: dict[str, int | None]
    seconds: float
    last_event: int


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """It was done."""

    id: str
    state: State


def endpoints(desk: Desk) -> list[Endpoint]:
    """The paths below /api/investigations."""
    own = _Own(desk)
    base, one = "/api/investigations", "/api/investigations/{id}"
    light = {"light": "1: events come without what tools printed; /evidence/{n} has it"}
    limit = {"limit": "how many at most (default 50)"}
    begin, listed, whole = own.begin, own.listed, own.whole
    return [
        Endpoint(method="POST", path=base, handler=begin, body=Asked, reply=Done, status=202,
                 says="Begin an investigation, or ask the next question in one."),
        Endpoint(method="GET", path=base, handler=listed, reply=Listed, query=limit,
                 says="What is on record, the last first."),
        Endpoint(method="GET", path=one, handler=whole, reply=Whole, says="An investigation."),
        Endpoint(method="GET", path=f"{one}/events", handler=own.events, stream=True, query=light,
                 says="Its events as they come, all or those after Last-Event-ID; then `end`."),
        Endpoint(method="GET", path=f"{one}/evidence/{{n}}", handler=own.evidence,
                 reply=dict[str, Any], query={"text": "1: what the tool printed, as plain text"},
                 says="One result, whole."),
        Endpoint(method="POST", path=f"{one}/cancel", handler=own.cancel, reply=Done,
                 says="End it; what it found stays on record."),
        Endpoint(method="POST", path=f"{one}/feedback", handler=own.feedback, body=Opinion,
                 reply=Done, says="Put on record what you think of the last answer."),
        Endpoint(method="POST", path=f"{one}/approvals/{{key}}", handler=own.approve,
                 body=Decision, reply=Done, says="Say whether a command may run."),
    ]  # fmt: skip


class _Own:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def begin(self, request: Request) -> Response:
        asked = await body_of(request, Asked)
        question = Question(
            text=asked.question, model=asked.model, cluster=asked.cluster, asks=True
        )
        if asked.follow_up:
            run = await self._desk.go_on(asked.follow_up, question)
        else:
            run = await self._desk.begin(question)
        return _done(run, 202)

    async def listed(self, request: Request) -> Response:
        most = number_of(request.query_params.get("limit", ""), "limit", default=50, most=1000)
        summaries = await self._desk.listed()
        known = {item.path.stem for item, _ in summaries}
        unrecorded = [_brief(run) for run in self._desk.open if run.id not in known]
        briefs = unrecorded + [_brief(run) if run else _of_summary(item) for item, run in summaries]
        return reply(Listed(investigations=briefs[:most]))

    async def whole(self, request: Request) -> Response:
        return reply(_whole(await self._desk.find(request.path_params["id"])))

    async def events(self, request: Request) -> Response:
        record = await self._desk.find(request.path_params["id"])
        last = request.headers.get("last-event-id", "")
        seq = number_of(last, "Last-Event-ID", default=-1, most=_MOST)
        place = record.place(seq)
        if last and not record.busy and place >= len(record.events):
            return Response(status_code=204)  # tells an EventSource not to come again
        light = request.query_params.get("light") == "1"
        return stream(_frames(record, place, light=light))

    async def evidence(self, request: Request) -> Response:
        number = number_of(request.path_params["n"], "The number", default=0, most=_MOST)
        found = (await self._desk.find(request.path_params["id"])).evidence(number)
        if found is None:
            raise NotFound(f"There is no result [{number}].")
        if request.query_params.get("text") == "1":
            return PlainTextResponse(found.output.text.encode("utf-8", "replace"))
        return reply(codec.encode(found))

    async def cancel(self, request: Request) -> Response:
        run = await self._running(request)
        run.cancel()
        while run.busy:
            await run.more(1.0)
        return _done(run)

    async def feedback(self, request: Request) -> Response:
        given = await body_of(request, Opinion)
        record = await self._desk.find(request.path_params["id"])
        answers = sum(answer is not None for _, answer in record.turns)
        if not answers:
            raise Conflict("There is no answer yet.")
        line = Feedback(answer=answers, good=given.useful, comment=given.comment)
        await self._desk.feedback(record.id, line)
        return _done(record)

    async def approve(self, request: Request) -> Response:
        decision = await body_of(request, Decision)
        run = await self._running(request)
        key = request.path_params["key"]
        if key not in run.pending:
            raise NotFound(f'No command of call "{key}" waits for a yes.')
        run.decide(key, approved=decision.approved)
        return _done(run)

    async def _running(self, request: Request) -> Run:
        record = await self._desk.find(request.path_params["id"])
        if not isinstance(record, Run) or not record.busy:
            raise Conflict("This investigation does not run here.")
        return record


async def _frames(record: Record, place: int, *, light: bool) -> AsyncIterator[bytes]:
    yield b"retry: 1000\n\n"
    while True:
        while place < len(record.events):
            yield record.frame(place, light=light)
            place += 1
        if not record.busy:
            yield record.end
            return
        if not await record.more(PING_SECONDS):
            yield b": ping\n\n"


def _done(record: Record, status: int = 200) -> Response:
    return reply(Done(id=record.id, state=record.state), status)


def _brief(run: Run) -> Brief:
    asked = next((event for event in run.events if isinstance(event, events.Asked)), None)
    question, at = (asked.question, asked.at) if asked else ("", 0.0)
    return Brief(id=run.id, state=run.state, question=question, model=run.model, began=at)


def _of_summary(item: Summary) -> Brief:
    header = item.header
    return Brief(
        id=item.path.stem,
        state=item.state,
        question=header.question if header else "",
        model=header.model if header else "",
        began=header.at if header else 0.0,
    )


def _whole(record: Record) -> Whole:
    seen = record.events
    replies = [event for event in seen if isinstance(event, events.ModelReplied)]
    found = [event.evidence for event in seen if isinstance(event, events.ToolFinished)]
    turns = [
        Turn(question=asked.question, asked_at=asked.at, answer=answer and codec.encode(answer))  # type: ignore[arg-type]
        for asked, answer in record.turns
    ]
    calls = [
        Call(
            number=each.number,
            tool=each.tool,
            arguments=dict(each.arguments),
            command=each.output.command,
            status=each.output.status,
            note=each.output.note,
            seconds=round(each.seconds, 3),
        )
        for each in sorted(found, key=lambda each: each.number)
    ]
    pending = record.pending.values() if isinstance(record, Run) else ()
    usage: Usage = Usage.total([event.usage for event in replies])
    return Whole(
        id=record.id,
        state=record.state,
        reason=record.reason,
        model=record.model,
        cluster=record.cluster,
        turns=turns,
        tool_calls=calls,
        approvals=[
            Waiting(key=p.key, tool=p.tool, arguments=dict(p.arguments), command=p.command)
            for p in pending
        ],
        notices=[event.text for event in seen if isinstance(event, events.Noticed)],
        requests=len(replies),
        usage=asdict(usage),
        seconds=round(seen[-1].at - seen[0].at, 3) if seen else 0.0,
        last_event=max((event.seq for event in seen), default=0),
    )
