"""A whole investigation against servers that answer in damaged forms of recorded exchanges.

2,000 examples, the same each time. `HOLMES_FUZZ=20000 pytest tests/wire/test_fuzz.py` looks at
so many others, new ones at each run: for nights and for whoever changes the client.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import anyio
import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.tools import FunctionTool, toolset
from holmes.agent.conversation import Limits
from holmes.agent.loop import Investigation
from holmes.agent.strategies.plain import Plain
from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.errors import ModelServerError
from holmes.core.evidence import EvidenceLog
from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import ToolOutput
from holmes.models.client.chat_completions import ChatCompletionsModel, ClientSettings
from holmes.models.modes.model import AnyToolModel
from servers.raw_server import RawServer, RecordedRequest, Step
from wire.json_damage import SECRET
from wire.mutations import MUTATIONS, STALL, damaged
from wire.recorded import SET_UPS, Exchange, exchanges

EXAMPLES = int(os.environ.get("HOLMES_FUZZ", "0"))
PATIENT = 5.0
"""Seconds without a byte: no server here is ever silent for so long, unless it is meant to be."""

LONGEST = 120.0
"""Seconds after which an investigation counts as hung: far more than all its own time limits."""

Damage: TypeAlias = tuple[Exchange, Sequence[tuple[str, int]]]

EVERY = [one for set_up in SET_UPS for one in exchanges(set_up).values()]
REPLIES = [one for one in EVERY if one.method == "POST" and len(one.body) < 6000]
# Half of the recorded replies are errors or small talk: calls come first, and more often.
CALLS = [one for one in REPLIES if one.status == 200 and '"tools"' in one.sent]
LISTINGS = [one for one in EVERY if one.method == "GET"]

QUICK = [name for name in MUTATIONS if name != "stall"]
steps = st.tuples(st.sampled_from(QUICK), st.integers(0, 2**20))
stalls = st.tuples(st.just("stall"), st.integers(0, 2**20))
damages = st.tuples(
    st.sampled_from(CALLS) | st.sampled_from(REPLIES), st.lists(steps, min_size=1, max_size=3)
)
# Every second server tells its window at once, as good ones do: that spares three questions.
GOOD_LISTING: Damage = (exchanges("xllamacpp-shipped")["GET /v1/models"], ())
listings = st.just(GOOD_LISTING) | st.tuples(st.sampled_from(LISTINGS), st.lists(steps, max_size=2))


@dataclass
class Played:
    """One running example: what the server plays, and what it was sent."""

    replies: Sequence[Damage]
    listing: Damage
    sent: list[dict[str, Any]] = field(default_factory=list)

    def respond(self, request: RecordedRequest) -> list[Step]:
        if not request.path.endswith("/chat/completions"):  # what the server is asked of itself
            return damaged(*self.listing)
        self.sent.append(request.json())
        return damaged(*self.replies[min(len(self.sent), len(self.replies)) - 1])


@dataclass
class Stage:
    """The one server of all examples."""

    server: RawServer
    playing: list[Played]

    def run(self, played: Played, patience: float) -> "Ended":
        self.playing[:] = [played]
        self.server.received.clear()
        return anyio.run(investigate, self.server.base_url, patience)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    playing: list[Played] = []

    def respond(request: RecordedRequest) -> list[Step]:
        return playing[0].respond(request)

    with RawServer(respond=respond) as server:
        yield Stage(server=server, playing=playing)


@dataclass(kw_only=True)
class Ended:
    """How an investigation ended, and everything that it did."""

    answer: Answer | None
    error: ModelServerError | None
    seen: list[events.Event]
    evidence: EvidenceLog
    tools: Sequence[FunctionTool]


def tool(name: str, *required: str, **properties: object) -> FunctionTool:
    schemas = {key: {"type": "string"} for key in required} | properties

    async def function(_: JsonObject) -> ToolOutput:
        return ToolOutput(status="ok", text="front-1 1/1 Running", command=name)

    parameters = {"type": "object", "properties": schemas, "required": list(required)}
    definition = ToolDefinition(name=name, description=name, parameters=parameters)  # type: ignore[arg-type]
    return FunctionTool(definition=definition, function=function)


async def investigate(base_url: str, patience: float) -> Ended:
    """Ask one question; no exception but a `ModelServerError` is caught."""
    client = ChatCompletionsModel(
        ClientSettings(
            base_url=base_url,
            model="tiny",
            api_key=SECRET,
            connect_timeout=5.0,
            first_byte_timeout=patience,
            idle_timeout=patience,
            max_retries=1,
            first_wait=0.001,
            loading_patience=0.0,
        )
    )
    levels = {"type": "string", "enum": ["info", "warn", "error"]}
    logs = tool("get_logs", "namespace", "pod", level=levels, tail={"type": "integer"})
    tools = (tool("list_pods", "namespace"), logs)
    seen: list[events.Event] = []
    investigation = Investigation(
        model=AnyToolModel(client),
        toolsets=(toolset(*tools),),
        strategy=Plain(),
        limits=Limits(max_steps=4, seconds=15.0),
        emit=seen.append,
    )
    ended = Ended(answer=None, error=None, seen=seen, evidence=investigation.evidence, tools=tools)
    with anyio.fail_after(LONGEST):
        try:
            ended.answer = await investigation.run("Which pods are in namespace web?")
        except ModelServerError as error:
            ended.error = error
        finally:
            await client.aclose()
    return ended


def check(ended: Ended, played: Played) -> None:
    """What must hold, whatever a server sends."""
    if ended.error is not None:
        said = str(ended.error)
        assert "127.0.0.1" in said, said
        assert said.isprintable(), said
    else:
        assert ended.answer is not None
        # No blank success, and no failure without its reason.
        blank = not ended.answer.text.strip()
        assert ended.answer.reason if ended.answer.state == "none" else not blank
    for tool_ in ended.tools:
        validator = jsonschema_rs.validator_for(dict(tool_.definition.parameters))
        assert all(validator.is_valid(dict(call)) for call in tool_.calls), tool_.calls
    ours = [event.text for event in ended.seen if isinstance(event, events.Noticed)]
    assert not any(SECRET in text for text in [str(ended.error), *ours])
    # Half a surrogate pair can't be written to any screen or file.
    "".join(written(ended)).encode()
    for body in played.sent:
        check_request(body)


def written(ended: Ended) -> Iterator[str]:
    """All that a person may see, but for what tools returned."""
    for event in ended.seen:
        match event:
            case events.Noticed(text=text) | events.ModelText(text=text):
                yield text
            case events.ToolStarted(arguments=arguments):
                yield json.dumps(dict(arguments), ensure_ascii=False)
            case events.ToolFinished(evidence=evidence):
                yield evidence.output.note
            case events.Answered(answer=answer):
                yield f"{answer.text}{answer.reason}"


def check_request(body: dict[str, Any]) -> None:
    """Each request is one that servers take: every call has its result and every result a call."""
    open_calls: set[str] = set()
    for message in body["messages"]:
        assert isinstance(message["content"], str)
        if message["role"] == "tool":
            open_calls.remove(message["tool_call_id"])
            continue
        assert not open_calls, "calls without results"
        for call in message.get("tool_calls", ()):
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
            assert call["id"] not in open_calls
            open_calls.add(call["id"])
    assert not open_calls


def run(
    stage: Stage, replies: Sequence[Damage], listing: Damage, *, patience: float = PATIENT
) -> None:
    played = Played(replies=replies, listing=listing)
    check(stage.run(played, patience), played)


profile = settings(
    max_examples=EXAMPLES or 2000,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


def test_whatever_a_server_sends_an_investigation_ends_well(stage: Stage) -> None:
    @given(st.lists(damages, min_size=1, max_size=3), listings)
    @profile
    def fuzz(replies: list[Damage], listing: Damage) -> None:
        run(stage, replies, listing)

    fuzz()


def test_a_server_that_falls_silent_anywhere_is_given_up(stage: Stage) -> None:
    @given(st.tuples(st.sampled_from(CALLS), st.tuples(stalls)), listings)
    @settings(profile, max_examples=max(12, EXAMPLES // 100))
    def fuzz(reply: Damage, listing: Damage) -> None:
        run(stage, [reply], listing, patience=STALL / 2)

    fuzz()
