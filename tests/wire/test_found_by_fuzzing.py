"""What the fuzzer found, or would have, each as the smallest case that shows it."""

import json

import pytest

from holmes.core.errors import ModelServerError
from holmes.core.messages import ToolDefinition
from holmes.models.client.arguments import read_arguments
from holmes.models.client.error_reply import one_line
from holmes.models.client.server_facts import model_names
from holmes.models.client.sse import EventStreamParser
from holmes.models.client.wire import read_usage
from holmes.models.tool_syntax import parse
from models.exchange import ask_once
from models.plays import delta, message
from servers.raw_server import RawServer, event_stream, json_response, response

HALF = "\\ud83d"  # as JSON writes one half of a surrogate pair

LIST_PODS = ToolDefinition(
    name="list_pods",
    description="",
    parameters={"type": "object", "properties": {"namespace": {"type": "string"}}},
)


@pytest.mark.parametrize("streamed", [True, False])
def test_half_a_surrogate_pair_in_a_text_can_be_printed(streamed: bool) -> None:  # noqa: FBT001
    half = "All is \ud83d well."
    play = (
        event_stream(delta("stop", content=half))
        if streamed
        else json_response(message(content=half))
    )
    with RawServer(respond=lambda _: [play]) as server:
        outcome = ask_once(server.base_url)
    assert outcome.reply is not None
    assert outcome.reply.message.content == outcome.shown() == "All is \ufffd well."


def test_a_whole_surrogate_pair_is_one_character() -> None:
    body = json.dumps(message(content="\U0001f600"))
    assert "\\ud83d\\ude00" in body
    with RawServer(respond=lambda _: [response(200, body)]) as server:
        outcome = ask_once(server.base_url)
    assert outcome.reply is not None
    assert outcome.reply.message.content == "\U0001f600"


def test_half_a_surrogate_pair_in_arguments_is_mended() -> None:
    assert read_arguments(f'{{"namespace": "a{HALF}"}}').arguments == {"namespace": "a\ufffd"}
    call = f'{{"name": "list_pods", "arguments": {{"namespace": "a{HALF}"}}}}'
    [found] = parse(call, [LIST_PODS]).calls
    assert found.arguments == {"namespace": "a\ufffd"}


def test_a_servers_words_can_be_printed() -> None:
    assert one_line("a\ud83d\ufeffb \u202egnorw\x1b[31m\u2066") == "ab gnorw [31m"


def test_a_model_whose_name_can_not_be_printed_is_not_offered() -> None:
    listed = {"data": [{"id": "good"}, {"id": "bad\n\x1b[2J"}, {"id": "\ud83d"}, {"id": 7}]}
    assert model_names(listed) == ("good",)


@pytest.mark.parametrize("count", ["1e999", "-1e999", "NaN", "9" * 400, "1e300", "-1", "true"])
def test_a_count_of_tokens_that_is_none_is_left_out(count: str) -> None:
    usage = json.loads(f'{{"prompt_tokens": {count}, "completion_tokens": {count}}}')
    assert read_usage(usage).prompt_tokens is None
    assert read_usage(usage).completion_tokens is None


def test_an_error_event_that_nests_for_ever_is_text() -> None:
    [event] = EventStreamParser().feed(b"error: " + b"[" * 100_000 + b"\n")
    assert json.loads(event)["error"].startswith("[[[")


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'data: {"choices":['])
def test_a_reply_that_nests_for_ever_is_no_completion(opening: bytes) -> None:
    with RawServer(respond=lambda _: [response(200, opening * 50_000)]) as server:
        outcome = ask_once(server.base_url)
    assert isinstance(outcome.error, ModelServerError)
