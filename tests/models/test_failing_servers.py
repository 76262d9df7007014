"""Servers that fail: each way ends in one clear line with the address, and never with the key."""

from dataclasses import dataclass, field

import pytest

from holmes.core.errors import (
    BrokenStream,
    ContextOverflow,
    FeatureRefused,
    ModelNotFound,
    ModelServerError,
    RequestRejected,
    ServerOverloaded,
    ServerRefused,
    ServerUnreachable,
    UnexpectedResponse,
)
from models.exchange import KEY, Changes, ask_once
from models.plays import CHUNKED, HTML, STREAM_HEAD, Play, delta, refuse
from servers.raw_server import (
    Pause,
    RawServer,
    event_bytes,
    event_stream,
    json_response,
    response,
    sequence,
)


@dataclass(frozen=True, kw_only=True)
class Bad:
    """A misbehaviour that ends in an error, with these fragments in its line."""

    name: str
    plays: tuple[bytes | Play, ...]
    error: type[ModelServerError]
    says: tuple[str, ...]
    requests: int = 1
    settings: Changes = field(default_factory=Changes)


BAD_CASES: tuple[Bad, ...] = (
    Bad(
        name="wrong key",
        plays=(refuse(401, "Invalid API Key"),),
        error=ServerRefused,
        says=("refuses the API key (401 Unauthorized)", "Invalid API Key", "--api-key"),
    ),
    Bad(
        name="no key",
        plays=(refuse(401, "Give a key"),),
        error=ServerRefused,
        says=("asks for an API key", "OPENAI_API_KEY"),
        settings={"api_key": ""},
    ),
    Bad(
        name="echoes the key",
        plays=(refuse(401, f"Incorrect API key provided: {KEY}."),),
        error=ServerRefused,
        says=("Incorrect API key provided: [API key]",),
    ),
    Bad(
        name="forbidden",
        plays=(json_response({"error": "no access"}, status=403),),
        error=ServerRefused,
        says=("refuses access", "no access", '"tiny"'),
    ),
    Bad(
        name="path unknown",
        plays=(json_response({"detail": "Not Found"}, status=404),),
        error=RequestRejected,
        says=("does not know the path", "--api-base"),
    ),
    Bad(
        name="405",
        plays=(json_response({"detail": "Method Not Allowed"}, status=405),),
        error=RequestRejected,
        says=("does not know the path", "405"),
    ),
    Bad(
        name="redirects",
        plays=(response(308, b"", headers={"Location": "https://elsewhere/v1"}),),
        error=RequestRejected,
        says=('redirects to "https://elsewhere/v1"', "--api-base"),
    ),
    Bad(
        name="400 with a sentence",
        plays=(refuse(400, "top_p is out of range"),),
        error=RequestRejected,
        says=("rejected the request (400 Bad Request)", "top_p is out of range"),
    ),
    Bad(
        name="400 as plain text",
        plays=(response(400, "bad luck\nline two", content_type="text/plain"),),
        error=RequestRejected,
        says=("bad luck line two",),
    ),
    Bad(
        name="422 with FastAPI's list",
        plays=(
            json_response(
                {"detail": [{"loc": ["body", "seed"], "msg": "Input should be an integer"}]},
                status=422,
            ),
        ),
        error=RequestRejected,
        says=("body.seed: Input should be an integer",),
    ),
    Bad(
        name="flat error object",
        plays=(
            json_response({"object": "error", "message": "odd value", "code": 40001}, status=400),
        ),
        error=RequestRejected,
        says=("odd value",),
    ),
    Bad(
        name="error as a string",
        plays=(json_response({"error": "odd value"}, status=400),),
        error=RequestRejected,
        says=("odd value",),
    ),
    Bad(
        name="error in an array (Gemini)",
        plays=(json_response([{"error": {"code": 400, "message": "odd value"}}], status=400),),
        error=RequestRejected,
        says=("odd value",),
    ),
    Bad(
        name="error page",
        plays=(response(400, HTML, content_type="text/html"),),
        error=RequestRejected,
        says=("web page titled", "Sign in & go", "--api-base"),
    ),
    Bad(
        name="500 for ever",
        plays=(refuse(500, "CUDA out of memory"),),
        error=ServerOverloaded,
        says=("failed (500 Internal Server Error)", "CUDA out of memory"),
        requests=4,
    ),
    Bad(
        name="proxy page for ever",
        plays=(
            response(502, "<html><title>502 Bad Gateway</title></html>", content_type="text/html"),
        ),
        error=ServerOverloaded,
        says=("502 Bad Gateway", "web page"),
        requests=4,
    ),
    Bad(
        name="429 for ever",
        plays=(refuse(429, "You exceeded your quota"),),
        error=ServerOverloaded,
        says=("limits the rate", "You exceeded your quota"),
        requests=4,
    ),
    Bad(
        name="Internal Server Error as text",
        plays=(response(500, "Internal Server Error", content_type="text/plain"),),
        error=ServerOverloaded,
        says=("failed (500 Internal Server Error).",),
        requests=4,
    ),
    Bad(
        name="web page instead of JSON",
        plays=(response(200, HTML, content_type="text/html"),),
        error=UnexpectedResponse,
        says=("web page titled", "Sign in & go", "instead of JSON"),
    ),
    Bad(
        name="JSON of another shape",
        plays=(json_response({"models": [], "note": "x" * 400}),),
        error=UnexpectedResponse,
        says=("unexpected response format", '{"models": []', "…"),
    ),
    Bad(
        name="no choices",
        plays=(json_response({"object": "chat.completion", "choices": [], "usage": {}}),),
        error=UnexpectedResponse,
        says=("unexpected response format",),
    ),
    Bad(
        name="plain words",
        plays=(response(200, "hello there", content_type="text/plain"),),
        error=UnexpectedResponse,
        says=("unexpected response format: hello there",),
    ),
    Bad(
        name="cut-off JSON of full length",
        plays=(response(200, '{"choices": [{"mess'),),
        error=UnexpectedResponse,
        says=("unexpected response format",),
    ),
    Bad(
        name="always an empty body",
        plays=(response(200, b""),),
        error=UnexpectedResponse,
        says=("empty body",),
        requests=2,
    ),
    Bad(
        name="body broken off",
        plays=(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",),
        error=BrokenStream,
        says=("closed the connection before its reply was complete",),
        requests=3,
    ),
    Bad(
        name="chunk broken off",
        plays=([CHUNKED, b"5\r\ndata:"],),
        error=BrokenStream,
        says=("closed the connection before",),
        requests=3,
    ),
    Bad(
        name="stream cut off for ever",
        plays=([STREAM_HEAD, event_bytes(delta(content="Al"))],),
        error=BrokenStream,
        says=("closed the connection before its reply was complete",),
        requests=3,
    ),
    Bad(
        name="closes without an answer for ever",
        plays=([],),
        error=ServerUnreachable,
        says=("closed the connection without an answer",),
        requests=4,
    ),
    Bad(
        name="not HTTP",
        plays=(b"SSH-2.0-OpenSSH_9.2\r\n",),
        error=ServerUnreachable,
        says=("closed the connection without an answer",),
        requests=4,
    ),
    Bad(
        name="silent before the head",
        plays=([Pause(3)],),
        error=ServerUnreachable,
        says=("sent no byte for 0.1 s",),
        settings={"first_byte_timeout": 0.1},
    ),
    Bad(
        name="silent after the head",
        plays=([STREAM_HEAD, Pause(3)],),
        error=BrokenStream,
        says=("began no reply: silent for 0.1 s",),
        settings={"first_byte_timeout": 0.1},
    ),
    Bad(
        name="silent in mid-stream for ever",
        plays=([STREAM_HEAD, event_bytes(delta(content="Al")), Pause(3)],),
        error=BrokenStream,
        says=("stopped in the middle of its reply: silent for 0.1 s",),
        requests=3,
        settings={"idle_timeout": 0.1},
    ),
    Bad(
        name="bad compression",
        plays=(response(200, b"no gzip", headers={"Content-Encoding": "gzip"}),),
        error=UnexpectedResponse,
        says=("can't be decompressed",),
    ),
    Bad(
        name="rate limit within a 200",
        plays=(json_response({"error": {"message": "Rate limit exceeded", "code": 429}}),),
        error=ServerOverloaded,
        says=("limits the rate", "Rate limit exceeded"),
        requests=4,
    ),
    Bad(
        name="rejection within a 200 stream",
        plays=(event_stream({"error": {"message": "odd value", "code": 400}}),),
        error=RequestRejected,
        says=("odd value",),
    ),
    Bad(
        name="loading for ever",
        plays=(refuse(503, "Loading model"),),
        error=ServerOverloaded,
        says=("is still loading its model",),
        requests=5,
    ),
    Bad(
        name="no such model (vLLM)",
        plays=(refuse(404, "The model `tiny` does not exist. Valid aliases: qwen05."),),
        error=ModelNotFound,
        says=('has no model "tiny"', "Valid aliases: qwen05"),
        requests=2,
    ),
    Bad(
        name="tools refused",
        plays=(refuse(500, "tools param requires --jinja flag"),),
        error=FeatureRefused,
        says=("refuses tool calls", "--jinja"),
    ),
    Bad(
        name="roles refused",
        plays=(refuse(400, "Conversation roles must alternate user/assistant/user/assistant/..."),),
        error=FeatureRefused,
        says=("refuses the form of the conversation", "must alternate"),
    ),
    Bad(
        name="too long",
        plays=(
            refuse(
                400,
                "request (40030 tokens) exceeds the available context size (8192 tokens)",
            ),
        ),
        error=ContextOverflow,
        says=("context window of 8192 tokens",),
    ),
)


@pytest.mark.parametrize("case", BAD_CASES, ids=lambda case: case.name)
def test_a_failing_server_is_one_clear_line(case: Bad) -> None:
    with RawServer(respond=sequence(*case.plays)) as server:
        outcome = ask_once(server.base_url, **case.settings)
        requests = len(server.received)
    assert outcome.reply is None
    assert type(outcome.error) is case.error
    line = str(outcome.error)
    assert [fragment for fragment in case.says if fragment not in line] == []
    assert server.base_url in line
    assert "\n" not in line
    assert KEY not in line + repr(outcome.error) + repr(outcome.progress)
    assert outcome.error.address == server.base_url
    assert requests == case.requests


def test_the_table_is_long_and_its_names_are_unique() -> None:
    names = [case.name for case in BAD_CASES]
    assert len(names) == len(set(names))
    assert len(names) >= 40
