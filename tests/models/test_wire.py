"""What is sent: only what every server that was tried accepts."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holmes.core.messages import (
    AssistantMessage,
    Image,
    Message,
    SystemMessage,
    ToolCall,
    ToolDefinition,
    ToolMessage,
    UserMessage,
)
from holmes.models.base import ModelRequest
from holmes.models.client.dialect import Dialect
from holmes.models.client.wire import (
    new_call_ids,
    read_stop_reason,
    read_text,
    read_usage,
    request_body,
    wire_messages,
)
from holmes.models.modes.requests import flatten

GET = ToolDefinition(name="get", description="Get", parameters={"type": "object"})


def body(
    *messages: Message,
    tools: tuple[ToolDefinition, ...] = (),
    dialect: Dialect = Dialect(),  # noqa: B008 - frozen
    temperature: float | None = 0.0,
    stream: bool = True,
    max_tokens: int | None = None,
) -> dict[str, Any]:
    sent = request_body(
        ModelRequest(messages=messages, tools=tools, max_tokens=max_tokens),
        model="m",
        dialect=dialect,
        temperature=temperature,
        stream=stream,
    )
    found: dict[str, Any] = json.loads(sent)
    return found


def test_images_are_parts_and_words_alone_a_string() -> None:
    seen = Image(url="data:image/png;base64,AA==")
    messages = (
        UserMessage(content="Before."),
        UserMessage(content="What is it?", images=(seen, Image(url="https://x/y", detail="low"))),
        UserMessage(content="After."),
        AssistantMessage(content="A cat."),
        UserMessage(content="Sure?"),
    )
    first, _, last = wire_messages(messages)
    assert first["content"] == [
        {"type": "text", "text": "Before."},
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": seen.url}},
        {"type": "image_url", "image_url": {"url": "https://x/y", "detail": "low"}},
        {"type": "text", "text": "After."},
    ]
    assert last["content"] == "Sure?"
    *_, flat = flatten((*messages[:3], ToolMessage(tool_call_id="c", name="get", content="1")))
    assert isinstance(flat, UserMessage)
    assert [image.url for image in flat.images] == [seen.url, "https://x/y"]


def test_a_whole_conversation() -> None:
    call = ToolCall(id="c1", name="get", arguments={"a": 1}, raw_arguments='{"a":  1}')
    sent = body(
        SystemMessage(content="Be brief."),
        UserMessage(content="What is wrong?"),
        AssistantMessage(tool_calls=(call,), reasoning="never sent back"),
        ToolMessage(tool_call_id="c1", name="get", content="nothing"),
        tools=(GET,),
        max_tokens=9,
    )
    assert sent == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What is wrong?"},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "get", "arguments": '{"a":  1}'},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "nothing"},
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "get",
                    "description": "Get",
                    "parameters": {"type": "object"},
                },
            }
        ],
        "temperature": 0.0,
        "max_tokens": 9,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_frugal_server_gets_nothing_it_refused() -> None:
    dialect = Dialect(
        max_tokens_name="max_completion_tokens", temperature=False, stream_options=False
    )
    sent = body(UserMessage(content="x"), dialect=dialect, max_tokens=9)
    assert sent.keys() == {"model", "messages", "max_completion_tokens", "stream"}
    assert body(UserMessage(content="x"), stream=False, temperature=None).keys() == {
        "model",
        "messages",
    }


@pytest.mark.parametrize(
    ("call", "sent"),
    [
        (ToolCall(id="c", name="get", arguments={"a": "ü"}), '{"a":"ü"}'),
        (ToolCall(id="c", name="get", raw_arguments="{", parse_error="broken"), "{}"),
        (ToolCall(id="c", name="get", raw_arguments=""), "{}"),
        (ToolCall(id="c", name="get", arguments={"a": 1}, raw_arguments="{'a': 1}"), '{"a":1}'),
        (
            ToolCall(id="c", name="get", arguments={"a": 1}, raw_arguments='"{\\"a\\":1}"'),
            '{"a":1}',
        ),
    ],
)
def test_arguments_in_a_history_are_always_a_json_object(call: ToolCall, sent: str) -> None:
    (message,) = wire_messages([AssistantMessage(tool_calls=(call,))])
    assert message["tool_calls"][0]["function"]["arguments"] == sent


def test_names_that_a_strict_server_refuses_are_made_harmless() -> None:
    calls = tuple(ToolCall(id="c", name=name) for name in ("kubectl get", "", "x" * 99))
    (message,) = wire_messages([AssistantMessage(tool_calls=calls)])
    names = [call["function"]["name"] for call in message["tool_calls"]]
    assert names == ["kubectl_get", "unnamed", "x" * 64]


def test_lone_surrogates_do_not_break_the_request() -> None:
    assert body(UserMessage(content="a\udcff"))["messages"][0]["content"] == "a?"


MESSAGES = st.lists(
    st.one_of(
        st.builds(SystemMessage, content=st.text(max_size=3)),
        st.builds(UserMessage, content=st.text(max_size=3)),
        st.builds(AssistantMessage, content=st.text(max_size=3)),
    ),
    max_size=8,
)


@given(MESSAGES)
def test_one_system_message_first_and_never_two_users_in_a_row(messages: list[Message]) -> None:
    sent = wire_messages(messages)
    roles = [message["role"] for message in sent]
    assert "system" not in roles[1:]
    assert ("user", "user") not in set(itertools.pairwise(roles))
    assert all(isinstance(message["content"], str) for message in sent)
    said = "".join(str(message["content"]) for message in sent)
    assert all(message.content in said for message in messages if hasattr(message, "content"))


def test_made_up_ids_are_new_to_the_conversation() -> None:
    used = AssistantMessage(tool_calls=(ToolCall(id="call00001", name="get"),))
    assert next(new_call_ids([used])) == "call00002"


@pytest.mark.parametrize(
    ("word", "has_calls", "reason"),
    [
        ("stop", False, "stop"),
        ("stop", True, "tool_calls"),
        ("tool_calls", False, "stop"),
        ("function_call", True, "tool_calls"),
        ("LENGTH", True, "length"),
        ("eos", False, "stop"),
        ("content_filter", False, "content_filter"),
        ("strange", False, "unknown"),
        (None, False, "unknown"),
        (None, True, "tool_calls"),
        (7, False, "unknown"),
    ],
)
def test_stop_reasons(word: object, has_calls: bool, reason: str) -> None:  # noqa: FBT001 - a table
    assert read_stop_reason(word, has_calls=has_calls) == reason


@pytest.mark.parametrize(
    ("sent", "counts"),
    [
        (None, (None, None, None)),
        ("x", (None, None, None)),
        ({"prompt_tokens": 0, "completion_tokens": 3}, (None, 3, None)),
        ({"prompt_tokens": 5, "completion_tokens": 0}, (5, 0, None)),
        ({"prompt_tokens": True, "completion_tokens": -1}, (None, None, None)),
        ({"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4}}, (5, None, 4)),
        ({"prompt_tokens": 5, "prompt_cache_hit_tokens": 4}, (5, None, 4)),
    ],
)
def test_usage(sent: object, counts: tuple[int | None, ...]) -> None:
    usage = read_usage(sent)
    assert (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens) == counts


def test_content_in_parts() -> None:
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
        "a",
        7,
        {"text": "b"},
    ]
    assert read_text(parts) == ("ab", "Hm.")
    assert read_text(None) == read_text({"no": "content"}) == ("", "")
