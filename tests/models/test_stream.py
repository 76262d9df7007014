"""A reply in pieces is the same reply."""

import itertools
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from holmes.models.base import ModelReply, Restarted, TextDelta
from holmes.models.client.stream import ReplyBuilder
from servers.scripted_server import Reply, completion, stream_chunks


def built(*documents: object, taken: tuple[str, ...] = ()) -> ModelReply:
    return build(*documents, taken=taken)[0]


def build(
    *documents: object, taken: tuple[str, ...] = ()
) -> tuple[ModelReply, list[TextDelta | Restarted]]:
    builder = ReplyBuilder(iter(f"made{number}" for number in range(100)), taken)
    shown = [step for document in documents for step in builder.feed(document)]
    return builder.finish(), shown


def chunk(finish_reason: str | None = None, **delta: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}


CONTENT = st.text(alphabet=st.sampled_from("ab <>/\n日"), max_size=30) | st.sampled_from(
    ["<think>a</think>b", "a</think>b", "<think>a", "a<think>b</think>c<think>d"]
)
ARGUMENTS = st.dictionaries(st.sampled_from(["kind", "name"]), st.text(max_size=5), max_size=2)
REPLIES = st.builds(
    Reply,
    content=CONTENT,
    calls=st.lists(st.tuples(st.sampled_from(["kubectl_get", "logs"]), ARGUMENTS), max_size=3).map(
        tuple
    ),
    reasoning=st.text(alphabet="xy \n", max_size=10),
    finish_reason=st.sampled_from(["", "stop", "length", "eos", "odd"]),
)


@given(REPLIES)
def test_a_streamed_reply_is_the_reply_in_one_piece(reply: Reply) -> None:
    assert built(*stream_chunks(reply, "m")) == built(completion(reply, "m"))


@given(content=CONTENT, places=st.lists(st.integers(0, 30), max_size=8))
def test_where_the_text_is_cut_does_not_matter(content: str, places: list[int]) -> None:
    bounds = [0, *sorted(places), len(content)]
    pieces = [content[start:end] for start, end in itertools.pairwise(bounds)]
    in_pieces, _ = build(*(chunk(content=piece) for piece in pieces), chunk("stop"))
    whole, _ = build(chunk("stop", content=content))
    assert in_pieces == whole


@given(st.text(max_size=30), st.lists(st.integers(0, 60), max_size=8))
def test_where_arguments_are_cut_does_not_matter(value: str, places: list[int]) -> None:
    arguments = json.dumps({"kind": value})
    bounds = [0, *sorted(min(place, len(arguments)) for place in places), len(arguments)]
    pieces = [arguments[start:end] for start, end in itertools.pairwise(bounds)]
    deltas = [
        chunk(tool_calls=[{"index": 0, "id": "a", "function": {"name": "get", "arguments": piece}}])
        for piece in pieces
    ]
    (call,) = built(*deltas).message.tool_calls
    assert (call.id, call.name, call.arguments) == ("a", "get", {"kind": value})


def test_ids_that_the_conversation_holds_already_are_replaced() -> None:
    call = {"id": "0", "function": {"name": "get", "arguments": "{}"}}
    reply = built(chunk("stop", tool_calls=[call]), taken=("0",))
    assert [call.id for call in reply.message.tool_calls] == ["made0"]


def test_interleaved_calls_are_told_apart_by_index() -> None:
    def piece(index: int, arguments: str, **more: str) -> dict[str, Any]:
        function = {"arguments": arguments} | ({"name": more["name"]} if "name" in more else {})
        return {"index": index, "function": function} | ({"id": more["id"]} if "id" in more else {})

    reply = built(
        chunk(tool_calls=[piece(0, "", id="a", name="get"), piece(1, "", id="b", name="logs")]),
        chunk(tool_calls=[piece(1, '{"pod":'), piece(0, '{"kind":')]),
        chunk(tool_calls=[piece(0, '"pods"}'), piece(1, '"front"}')]),
    )
    assert [(call.id, call.name, call.arguments) for call in reply.message.tool_calls] == [
        ("a", "get", {"kind": "pods"}),
        ("b", "logs", {"pod": "front"}),
    ]


def test_a_name_is_set_and_not_appended() -> None:
    call = {"index": 0, "id": "a", "function": {"name": "get", "arguments": ""}}
    reply = built(chunk(tool_calls=[call]), chunk(tool_calls=[call]))
    assert [call.name for call in reply.message.tool_calls] == ["get"]


def test_a_new_id_in_each_piece_is_still_one_call() -> None:
    first = {"id": "a1", "function": {"name": "get", "arguments": "{"}}
    second = {"id": "a2", "function": {"arguments": "}"}}
    reply = built(chunk(tool_calls=[first]), chunk(tool_calls=[second]))
    assert [(call.id, call.raw_arguments) for call in reply.message.tool_calls] == [("a1", "{}")]


def test_a_call_cut_off_by_the_token_limit_is_not_repaired() -> None:
    call = {"index": 0, "id": "a", "function": {"name": "get", "arguments": '{"kind": "po'}}
    reply = built(chunk("length", tool_calls=[call]))
    (found,) = reply.message.tool_calls
    assert reply.stop_reason == "length"
    assert (found.arguments, found.repaired, found.raw_arguments) == ({}, "", '{"kind": "po')
    assert "cut off by the token limit" in found.parse_error


def test_thinking_without_an_opening_tag_voids_what_was_shown() -> None:
    reply, shown = build(chunk(content="Hm."), chunk(content="</think>Fine."), chunk("stop"))
    assert (reply.message.reasoning, reply.message.content) == ("Hm.", "Fine.")
    assert shown == [
        TextDelta(text="Hm."),
        Restarted(),
        TextDelta(text="Hm.", kind="reasoning"),
        TextDelta(text="Fine."),
    ]


def test_usage_and_model_are_what_the_server_says() -> None:
    usage = {
        "prompt_tokens": 7,
        "completion_tokens": 2,
        "prompt_tokens_details": {"cached_tokens": 5},
    }
    reply = built(chunk("stop", content="x") | {"model": "m"}, {"choices": [], "usage": usage})
    counts = reply.usage
    assert (counts.prompt_tokens, counts.completion_tokens, counts.cached_tokens) == (7, 2, 5)
    assert reply.model == "m"
