"""Every reply that was recorded from real servers goes through the real client.

The recordings stand beside the repository; `probe.py` there says what was sent for each name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

from holmes.errors import (
    BrokenStream,
    ContextOverflow,
    FeatureRefused,
    ModelNotFound,
    ModelServerError,
    RequestRejected,
    ServerOverloaded,
    UnexpectedResponse,
)
from holmes.models.chat_completions import ChatCompletionsModel
from models.exchange import Outcome, complete, settings_for
from servers.raw_server import RawServer, RecordedRequest, Step, response

WIRE = (Path(__file__).parents[2] / "../shared/wire").resolve()
FILES = sorted(path.name for path in WIRE.glob("*.txt"))
HEADING = re.compile(r"^### (.+?) \[(-?\d+)\](?: (\S.*?) [\d.]+s)?$", re.MULTILINE)
RECORDED_LENGTH = 6000  # longer bodies were cut by the probe

# What each kind of request that was refused must be recognised as.
REFUSALS: dict[str, type[ModelServerError]] = {
    "unknown_model": ModelNotFound,
    "overflow": ContextOverflow,
    "stream_overflow": ContextOverflow,
    "overflow_maxtokens": ContextOverflow,
    "tool_auto": FeatureRefused,
    "tool_auto_explicit": FeatureRefused,
    "tool_named": FeatureRefused,
    "stream_tool": FeatureRefused,
    "roundtrip": FeatureRefused,
    "roundtrip_no_id": FeatureRefused,
    "roundtrip_bad_args": FeatureRefused,
    "roundtrip_args_object": FeatureRefused,
    "two_users": FeatureRefused,
    "bad_tool": FeatureRefused,
    "empty_tools": FeatureRefused,
    "n2": RequestRejected,
    "POST badjson": RequestRejected,
    "POST nobody": RequestRejected,
    "POST /v1/nope": RequestRejected,
}


@dataclass(frozen=True, kw_only=True)
class Recorded:
    name: str
    status: int
    content_type: str
    body: str

    @property
    def is_cut(self) -> bool:
        return len(self.body) >= RECORDED_LENGTH and self.body.startswith("data:")


def recorded(file: str) -> Iterator[Recorded]:
    _, *parts = HEADING.split((WIRE / file).read_text())
    for name, status, kind, body in zip(*(parts[start::4] for start in range(4)), strict=True):
        if int(status) > 0 and not name.startswith("GET "):
            content_type = kind or "application/json"
            yield Recorded(
                name=name, status=int(status), content_type=content_type, body=body.strip("\n")
            )


def play(replies: list[Recorded]) -> list[Outcome]:
    """Give each recorded reply to a client of its own server, one after the other."""
    current = iter(replies)
    playing = [replies[0]]

    def respond(_: RecordedRequest) -> list[Step]:
        reply = playing[0]
        return [response(reply.status, reply.body, content_type=reply.content_type)]

    async def run() -> list[Outcome]:
        outcomes = []
        for reply in current:
            playing[0] = reply
            model = ChatCompletionsModel(settings)  # what one reply taught must not help the next
            outcomes.append(await complete(model))
            await model.aclose()
        return outcomes

    with RawServer(respond=respond) as server:
        settings = settings_for(server.base_url, max_retries=0)
        return anyio.run(run)


def judge(reply: Recorded, outcome: Outcome) -> str:
    """An empty string, or what is wrong with the outcome."""
    error = outcome.error
    if error is not None and ("\n" in str(error) or "127.0.0.1" not in str(error)):
        return f"not one line with the address: {error}"
    if reply.status != 200:
        wanted = REFUSALS.get(reply.name, ModelServerError)
        if reply.body == "Internal Server Error" or '"message":""' in reply.body:
            wanted = ServerOverloaded  # no words to know it by
        return "" if isinstance(error, wanted) else f"{wanted.__name__} expected: {error!r}"
    if reply.is_cut:
        return "" if isinstance(error, BrokenStream) else "a cut stream was taken for whole"
    if not reply.body or reply.name == "POST /v1/responses":
        return "" if isinstance(error, UnexpectedResponse) else "no completion, and no error"
    return "" if outcome.reply is not None else f"a reply expected: {error}"


@pytest.mark.skipif(not FILES, reason="the recordings are not beside this checkout")
@pytest.mark.parametrize("file", FILES)
def test_recorded_replies_are_read_or_refused_as_they_should(file: str) -> None:
    replies = list(recorded(file))
    assert replies
    wrong = [
        f"{reply.name} [{reply.status}]: {problem}"
        for reply, outcome in zip(replies, play(replies), strict=True)
        if (problem := judge(reply, outcome))
    ]
    assert wrong == []


@pytest.mark.skipif(not FILES, reason="the recordings are not beside this checkout")
@pytest.mark.parametrize(
    ("file", "name", "calls"),
    [
        ("fence.txt", "tool_enum", ["get_logs"]),
        ("lcp-chatml.txt", "tool_named", ["get_logs"]),
        ("lcp-cfc.txt", "stream_named", ["list_pods"]),
        ("tg.txt", "roundtrip", ["list_pods", "get_logs"]),
        ("vllm-hermes.txt", "stream_named", ["list_pods"]),
        ("vllm-hermes.txt", "stream_tool_required", ["list_pods"]),
        ("xlfence.txt", "stream_tool", ["list_pods"]),
    ],
)
def test_native_calls_are_read_whole(file: str, name: str, calls: list[str]) -> None:
    (outcome,) = play([reply for reply in recorded(file) if reply.name == name])
    assert outcome.reply is not None
    found = outcome.reply.message.tool_calls
    assert [call.name for call in found] == calls
    assert [call.parse_error + call.repaired for call in found] == [""] * len(calls)
    assert all(call.arguments["namespace"] == "web" for call in found)
