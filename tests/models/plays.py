"""The bytes of replies, for the tables of what servers do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from models.exchange import Changes, ask_once
from servers.raw_server import (
    RawServer,
    Step,
    event_stream,
    json_response,
    response,
    sequence,
)

Play: TypeAlias = Sequence[Step]


def message(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    choice = {"index": 0, "message": {"role": "assistant", **fields}, "finish_reason": "stop"}
    return {"object": "chat.completion", "model": "m", "choices": [choice]}


def delta(finish_reason: str | None = None, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish_reason}]}


def call(arguments: object, **fields: object) -> dict[str, object]:
    function = {"name": "kubectl_get", "arguments": arguments}
    return {"id": "c1", "type": "function", "function": function} | fields


def refuse(status: int, words: str, **labels: object) -> bytes:
    return json_response({"error": {"message": words} | labels}, status=status)


GOOD = json_response(message(content="All is well."))
GOOD_STREAM = event_stream(delta(content="All is "), delta("stop", content="well."))
STREAM_HEAD = response(200, b"", content_type="text/event-stream", length=False)
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
HTML = "<!DOCTYPE html><html><head><title>Sign in &amp; go</title></head><body>x</body></html>"
PODS = {"kind": "pods"}
PODS_TEXT = '{"kind": "pods"}'


@dataclass(frozen=True, kw_only=True)
class Good:
    """What a server plays, and the reply that must come of it."""

    name: str
    plays: tuple[bytes | Play, ...]
    content: str = "All is well."
    reasoning: str = ""
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    requests: int = 1
    settings: Changes = field(default_factory=Changes)


def assert_good(case: Good) -> None:
    with RawServer(respond=sequence(*case.plays)) as server:
        outcome = ask_once(server.base_url, **case.settings)
        requests = len(server.received)
    assert outcome.error is None
    assert outcome.reply is not None
    reply = outcome.reply.message
    assert (reply.content, reply.reasoning) == (case.content, case.reasoning)
    assert tuple((call.name, dict(call.arguments)) for call in reply.tool_calls) == case.calls
    assert len({call.id for call in reply.tool_calls} - {""}) == len(case.calls)
    assert (outcome.shown(), outcome.shown("reasoning")) == (case.content, case.reasoning)
    assert requests == case.requests
