"""Servers that fail and then recover: the client asks again, differently where that helps."""

import pytest

from models.plays import GOOD, GOOD_STREAM, STREAM_HEAD, Good, assert_good, delta, refuse
from servers.raw_server import Pause, Reset, event_bytes, event_stream, response

CASES: tuple[Good, ...] = (
    Good(
        name="refuses stream",
        plays=(refuse(400, "Streaming is not supported with tools"), GOOD),
        requests=2,
    ),
    Good(
        name="refuses stream_options",
        plays=(refuse(422, "Unrecognized request argument supplied: stream_options"), GOOD_STREAM),
        requests=2,
    ),
    Good(
        name="wants max_completion_tokens (OpenAI)",
        plays=(
            refuse(
                400,
                "Unsupported parameter: 'max_tokens' is not supported with this model. "
                "Use 'max_completion_tokens' instead.",
                code="unsupported_parameter",
                param="max_tokens",
            ),
            GOOD_STREAM,
        ),
        requests=2,
    ),
    Good(
        name="refuses a temperature (OpenAI)",
        plays=(
            refuse(
                400,
                "Unsupported value: 'temperature' does not support 0 with this model. "
                "Only the default (1) value is supported.",
                param="temperature",
                code="unsupported_value",
            ),
            GOOD_STREAM,
        ),
        requests=2,
    ),
    Good(
        name="429 twice, then well",
        plays=(refuse(429, "Slow down"), refuse(429, "Slow down"), GOOD),
        requests=3,
    ),
    Good(name="500 without words, then well", plays=(response(500, b""), GOOD), requests=2),
    Good(
        name="loading, then well (llama.cpp)",
        plays=(refuse(503, "Loading model", type="unavailable_error", code=503), GOOD),
        requests=2,
    ),
    Good(name="closes without an answer, then well", plays=([], GOOD), requests=2),
    Good(name="resets, then well", plays=([Reset()], GOOD), requests=2),
    Good(
        name="breaks the stream, then well",
        plays=([STREAM_HEAD, event_bytes(delta(content="Al"))], GOOD_STREAM),
        requests=2,
    ),
    Good(
        name="silent in mid-stream, then well",
        plays=([STREAM_HEAD, event_bytes(delta(content="Al")), Pause(2)], GOOD_STREAM),
        requests=2,
        settings={"idle_timeout": 0.3},
    ),
    Good(
        name="breaks every stream, answers in one piece (FastChat)",
        plays=([STREAM_HEAD, event_bytes(delta(content="Al"))],) * 2 + (GOOD,),
        requests=3,
    ),
    Good(
        name="overloaded within a 200 stream (OpenRouter), then well",
        plays=(
            event_stream(
                delta(content="Al"), {"error": {"code": 502, "message": "Provider disconnected"}}
            ),
            GOOD_STREAM,
        ),
        requests=2,
    ),
    Good(
        name="error line in the stream (older llama.cpp), then well",
        plays=([STREAM_HEAD, b'error: {"message": "slot unavailable"}\n\n'], GOOD_STREAM),
        requests=2,
    ),
    Good(
        name="finish_reason error (OpenRouter), then well",
        plays=(event_stream(delta("error", content="Al")), GOOD_STREAM),
        requests=2,
    ),
    Good(
        name="200 with an empty body, then well",
        plays=(response(200, b"", content_type="text/event-stream"), GOOD),
        requests=2,
    ),
    Good(name="nothing but [DONE], then well", plays=(event_stream(), GOOD), requests=2),
    Good(
        name="stream of an empty message, then well (Ollama)",
        plays=(event_stream(delta("stop", content="")), GOOD),
        requests=2,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_reply_comes_in_the_end(case: Good) -> None:
    assert_good(case)


def test_the_table_is_long_and_its_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert len(names) >= 15
