"""What the client learns from refusals, where it sends things, and what it never tells."""

import json
import subprocess
import sys
import time
from typing import Any

import anyio
import pytest

from holmes.core.errors import (
    FeatureRefused,
    ModelNotFound,
    RequestRejected,
    UsageError,
)
from holmes.core.messages import (
    AssistantMessage,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from holmes.models.base import Model
from holmes.models.client.chat_completions import ChatCompletionsModel
from models.exchange import (
    KEY,
    KUBECTL_GET,
    Outcome,
    ask,
    ask_once,
    complete,
    request,
    settings_for,
)
from models.plays import GOOD, GOOD_STREAM, STREAM_HEAD, delta, refuse
from servers.raw_server import (
    RawServer,
    RecordedRequest,
    Step,
    event_bytes,
    json_response,
    response,
    sequence,
)
from servers.scripted_server import ScriptedServer, refusal, text, tool_calls

WITH_A_CALL = request(
    UserMessage(content="What is wrong?"),
    AssistantMessage(tool_calls=(ToolCall(id="c1", name="kubectl_get"),)),
    ToolMessage(tool_call_id="c1", name="kubectl_get", content="nothing"),
)


def bodies(server: RawServer) -> list[dict[str, Any]]:
    return [received.json() for received in server.received if received.method == "POST"]


def contents(outcomes: list[Outcome]) -> list[str]:
    return [found.reply.message.content if found.reply else "" for found in outcomes]


def test_it_is_a_model() -> None:
    model: Model = ChatCompletionsModel(settings_for("http://localhost:1"))
    assert (model.name, model.address) == ("tiny", "http://localhost:1/v1")


def test_a_reply_with_calls() -> None:
    with ScriptedServer(
        [tool_calls(("kubectl_get", {"kind": "pods"}), content="Looking.")]
    ) as server:
        outcome = ask_once(server.base_url)
    assert outcome.reply is not None
    (call,) = outcome.reply.message.tool_calls
    assert (call.name, call.arguments) == ("kubectl_get", {"kind": "pods"})
    assert (outcome.reply.stop_reason, outcome.reply.model) == ("tool_calls", "scripted")
    assert outcome.reply.usage.prompt_tokens == 100
    assert (outcome.shown(), outcome.notices) == ("Looking.", [])
    assert server.requests[0]["tools"][0]["function"]["name"] == "kubectl_get"


def test_a_refused_stream_is_not_asked_for_again_with_tools_but_without() -> None:
    plays = (refuse(400, "stream is not supported with tools"), GOOD, GOOD)
    with RawServer(respond=sequence(*plays)) as server:

        async def run() -> list[Outcome]:
            model = ChatCompletionsModel(settings_for(server.base_url))
            outcomes = [await complete(model), await complete(model)]
            outcomes.append(await complete(model, request(tools=())))
            await model.aclose()
            return outcomes

        outcomes = anyio.run(run)
        streamed = [body.get("stream", False) for body in bodies(server)]
    assert contents(outcomes) == ["All is well."] * 3
    assert streamed == [True, False, False, True]
    assert [len(outcome.notices) for outcome in outcomes] == [1, 0, 0]


def test_several_refusals_are_learned_one_after_the_other() -> None:
    plays = (
        refuse(400, "Unrecognized request argument supplied: stream_options"),
        refuse(400, "max_tokens is not supported, use max_completion_tokens"),
        refuse(400, "Unsupported value: 'temperature' does not support 0"),
        GOOD_STREAM,
    )
    with RawServer(respond=sequence(*plays)) as server:
        outcomes = ask(server.base_url, times=2)
        last = bodies(server)[-1]
        count = len(server.received)
    assert contents(outcomes) == ["All is well."] * 2
    assert count == 5
    assert last.keys() == {"model", "messages", "tools", "max_completion_tokens", "stream"}
    assert len(outcomes[0].notices) == 3


def test_a_server_that_refuses_everything_ends_in_its_refusal() -> None:
    words = "stream, stream_options, temperature, max_tokens, max_completion_tokens: unsupported"
    with RawServer(respond=sequence(refuse(400, words))) as server:
        outcome = ask_once(server.base_url)
        count = len(server.received)
    assert isinstance(outcome.error, RequestRejected)
    assert count == 5


def test_breaking_streams_are_remembered_once_one_piece_worked() -> None:
    broken: list[Step] = [STREAM_HEAD, event_bytes(delta(content="Al"))]
    with RawServer(respond=sequence(broken, broken, GOOD)) as server:
        outcomes = ask(server.base_url, times=2)
        count = len(server.received)
    assert contents(outcomes) == ["All is well."] * 2
    assert outcomes[0].restarts == 2
    assert count == 4


def only_at(path: str) -> RawServer:
    def respond(received: RecordedRequest) -> list[Step]:
        found = received.path.split("?")[0] == path
        return [GOOD if found else json_response({"detail": "Not Found"}, status=404)]

    return RawServer(respond=respond)


@pytest.mark.parametrize(
    ("written", "path", "requests"),
    [
        ("", "/v1/chat/completions", 2),
        ("/", "/chat/completions", 3),
        ("/v1/chat/completions", "/v1/chat/completions", 2),
        ("/chat/completions", "/v1/chat/completions", 3),
        ("/openai", "/openai/chat/completions", 2),
        ("/openai", "/openai/v1/chat/completions", 3),
        ("/v1beta/openai/", "/v1beta/openai/chat/completions", 2),
        ("/v1?api-version=2", "/v1/chat/completions", 2),
    ],
)
def test_the_right_reading_of_an_address_is_found_and_kept(
    written: str, path: str, requests: int
) -> None:
    with only_at(path) as server:
        outcomes = ask(server.origin + written, times=2)
        count = len(server.received)
        query = server.received[-1].path.partition("?")[2]
    assert contents(outcomes) == ["All is well."] * 2
    assert count == requests
    assert query == written.partition("?")[2]


def test_no_reading_of_an_address_works() -> None:
    with only_at("/nowhere") as server:
        outcome = ask_once(server.origin)
        count = len(server.received)
        address = server.base_url
    assert isinstance(outcome.error, RequestRejected)
    assert outcome.error.address == address
    assert count == 2


def test_the_key_goes_into_one_header_and_nowhere_else() -> None:
    with ScriptedServer([text("hi")]) as server:
        model = ChatCompletionsModel(settings_for(server.base_url, extra_headers={"X-Team": "sre"}))

        async def run() -> Outcome:
            outcome = await complete(model)
            await model.aclose()
            return outcome

        anyio.run(run)
        (received,) = server.received
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert received.headers["x-team"] == "sre"
    assert KEY not in received.path + received.body.decode()
    assert KEY not in repr(model) + repr(model.__dict__) + repr(settings_for("http://h:1"))


def test_without_a_key_there_is_no_header() -> None:
    with ScriptedServer([text("hi")]) as server:
        ask_once(server.base_url, api_key=" ")
        assert "authorization" not in server.received[0].headers


@pytest.mark.parametrize("key", ["sk-1\nsk-2", "“sk-1”"])
def test_a_key_that_can_not_be_sent_is_refused_unseen(key: str) -> None:
    with pytest.raises(UsageError, match="Authorization") as caught:
        ChatCompletionsModel(settings_for("http://localhost:1", api_key=key))
    assert "sk-1" not in str(caught.value)


def test_a_wrong_key_is_in_no_message_of_the_whole_chain() -> None:
    with ScriptedServer([refusal(401, f"Incorrect API key provided: {KEY}")]) as server:
        error: BaseException | None = ask_once(server.base_url).error
    assert error is not None
    assert "[API key]" in str(error)
    assert KEY not in repr(error)


def test_an_unknown_model_comes_with_the_known_ones() -> None:
    with ScriptedServer([refusal(404, "The model `tiny` does not exist.")], model="big") as server:
        outcome = ask_once(server.base_url)
    assert isinstance(outcome.error, ModelNotFound)
    assert "It has: big." in str(outcome.error)


def test_retry_after_is_heeded_and_told() -> None:
    slow = json_response({"error": "busy"}, status=429, headers={"Retry-After": "0.2"})
    with RawServer(respond=sequence(slow, GOOD)) as server:
        began = time.monotonic()
        outcome = ask_once(server.base_url)
        took = time.monotonic() - began
    assert took >= 0.2
    assert outcome.notices == ['The server answered 429: "busy". Asking again in 0.2 s.']


def test_tool_messages_that_only_give_a_bare_500_are_a_refused_form() -> None:
    bare = response(500, "Internal Server Error", content_type="text/plain; charset=utf-8")
    with RawServer(respond=sequence(bare)) as server:
        outcome = ask_once(server.base_url, WITH_A_CALL, max_retries=1)
    assert isinstance(outcome.error, FeatureRefused)
    assert outcome.error.feature == "message_shape"


def test_refused_tools_are_named_as_the_feature() -> None:
    with ScriptedServer([refusal(400, "gemma3:4b does not support tools")]) as server:
        outcome = ask_once(server.base_url)
    assert isinstance(outcome.error, FeatureRefused)
    assert outcome.error.feature == "tools"
    assert outcome.error.status == 400


def test_nothing_heavy_is_imported_before_the_first_request() -> None:
    program = (
        "import sys, holmes.models.client.chat_completions\n"
        "heavy = {'httpx2', 'msgspec', 'json_repair', 'jinja2', 'yaml', 'rich', 'jsonschema_rs'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def test_equal_conversations_are_sent_as_equal_bytes() -> None:
    with ScriptedServer([text("a"), text("b")]) as server:
        ask(server.base_url, WITH_A_CALL, times=2)
        first, second = (received.body for received in server.received)
    assert first == second
    assert list(json.loads(first))[:3] == ["model", "messages", "tools"]
    assert KUBECTL_GET.name.encode() in first
