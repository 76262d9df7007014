"""Which server is asked next where one is down, and which never."""

import socket
from collections.abc import Sequence

import anyio
import pytest

from holmes.core.errors import (
    ContextOverflow,
    ModelServerError,
    ServerOverloaded,
    ServerRefused,
    ServerUnreachable,
)
from holmes.core.messages import UserMessage
from holmes.models.base import ModelRequest
from holmes.models.client.chat_completions import ChatCompletionsModel
from holmes.models.fallback import FallbackModel
from models.exchange import Outcome, request, settings_for
from servers.raw_server import RawServer, Reset, event_stream
from servers.scripted_server import Reply, ScriptedServer, ScriptStep, refusal, text


def nobody() -> str:
    """An address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return f"http://127.0.0.1:{port}/v1"


def ask(
    *addresses: str,
    asked: ModelRequest | None = None,
    times: int = 1,
    retries: int = 0,
    back_after: float = 300.0,
    windows: Sequence[int | None] = (),
) -> list[Outcome]:
    async def run() -> list[Outcome]:
        sizes = [*windows, *[None] * len(addresses)]
        clients = [
            ChatCompletionsModel(
                settings_for(base, max_retries=retries, model=f"m{n}", window=size)
            )
            for n, (base, size) in enumerate(zip(addresses, sizes, strict=False))
        ]
        model = FallbackModel(clients, back_after=back_after)
        outcomes = []
        for _ in range(times):
            outcome = Outcome()
            try:
                outcome.reply = await model.complete(asked or request(), outcome.progress.append)
            except ModelServerError as error:
                outcome.error = error
            outcomes.append(outcome)
        await model.aclose()
        return outcomes

    return anyio.run(run)


def said(outcome: Outcome) -> str:
    assert outcome.reply is not None, outcome.error
    return outcome.reply.message.content


def test_the_next_server_answers_where_the_first_is_down_and_goes_on_answering() -> None:
    down = nobody()
    with ScriptedServer([text("One."), text("Two.")]) as server:
        first, second = ask(down, server.base_url, times=2)
    assert (said(first), said(second)) == ("One.", "Two.")
    [notice] = first.notices
    assert notice.startswith(f"The model server at {down} refuses the connection")
    assert notice.endswith(f'Going on with the fallback "m1" at {server.base_url}.')
    assert second.notices == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_overloaded_server_is_asked_again_before_the_next(status: int) -> None:
    with (
        ScriptedServer([refusal(status, "busy")], repeat_last=True) as busy,
        ScriptedServer([text("Here.")]) as server,
    ):
        [outcome] = ask(busy.base_url, server.base_url, retries=2)
    assert said(outcome) == "Here."
    assert (len(busy.requests), len(server.requests)) == (3, 1)


@pytest.mark.parametrize(("status", "kind"), [(401, ServerRefused), (403, ServerRefused)])
def test_a_refused_key_sends_nothing_elsewhere(status: int, kind: type[Exception]) -> None:
    with ScriptedServer([refusal(status, "no")]) as first, ScriptedServer([text("!")]) as second:
        [outcome] = ask(first.base_url, second.base_url)
    assert isinstance(outcome.error, kind)
    assert second.received == []


def test_a_reply_that_had_begun_is_not_given_up_for_another_server() -> None:
    begun = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Half a"}}]}
    broken = RawServer(respond=lambda _: [event_stream(begun, done=False), Reset()])
    with broken as first, ScriptedServer([text("!")]) as second:
        [outcome] = ask(first.base_url, second.base_url)
    assert outcome.error is not None
    assert second.requests == []


def test_the_last_failure_is_told_where_all_are_down() -> None:
    addresses = nobody(), nobody(), nobody()
    [outcome] = ask(*addresses)
    assert isinstance(outcome.error, ServerUnreachable)
    assert outcome.error.address == addresses[-1]
    assert len(outcome.notices) == 2


def test_the_first_is_asked_again_after_a_while() -> None:
    replies: list[ScriptStep] = [refusal(503, "restarting"), text("Back.")]
    with ScriptedServer(replies) as first, ScriptedServer([text("Meanwhile.")]) as second:
        outcomes = ask(first.base_url, second.base_url, times=2, back_after=0.0)
    assert [said(outcome) for outcome in outcomes] == ["Meanwhile.", "Back."]


def test_a_conversation_too_long_for_the_fallback_is_not_sent_there_whole() -> None:
    long = request(UserMessage(content="word " * 20_000))
    with ScriptedServer([Reply(content="Short.")]) as server:
        first, second = ask(
            nobody(), server.base_url, asked=long, times=2, windows=(200_000, 8_192)
        )
    assert isinstance(first.error, ContextOverflow)
    assert first.error.window == 8_192
    assert said(second) == "Short."  # whoever knows the window now has made it shorter


def test_an_overload_without_a_fallback_stays_one() -> None:
    with ScriptedServer([refusal(503, "busy")]) as server:
        [outcome] = ask(server.base_url)
    assert isinstance(outcome.error, ServerOverloaded)
