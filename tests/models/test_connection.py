"""Connections: none, slow, proxied, encrypted, cancelled."""

import socket
import ssl
import time
from pathlib import Path

import anyio
import pytest

from holmes.core.errors import ServerUnreachable
from holmes.models.client.chat_completions import ChatCompletionsModel
from models.exchange import (
    Outcome,
    ask_once,
    complete,
    settings_for,
)
from models.plays import GOOD, STREAM_HEAD, delta
from servers.raw_server import (
    Pause,
    RawServer,
    Step,
    event_bytes,
    sequence,
)
from servers.scripted_server import ScriptedServer, text


def contents(outcomes: list[Outcome]) -> list[str]:
    return [found.reply.message.content if found.reply else "" for found in outcomes]


def test_a_server_that_keeps_sending_signs_of_life_may_take_its_time() -> None:
    pings: list[Step] = [step for _ in range(12) for step in (b": ping\n\n", Pause(0.1))]
    play: list[Step] = [STREAM_HEAD, *pings, event_bytes(delta("stop", content="All is well."))]
    with RawServer(respond=sequence(play)) as server:
        outcome = ask_once(server.base_url, first_byte_timeout=0.9, idle_timeout=0.9)
    assert contents([outcome]) == ["All is well."]


def test_cancelling_hangs_up_at_once() -> None:
    play: list[Step] = [STREAM_HEAD, event_bytes(delta(content="Al")), Pause(20)]
    with RawServer(respond=sequence(play)) as server:

        async def run() -> bool:
            model = ChatCompletionsModel(settings_for(server.base_url))
            with anyio.move_on_after(0.3) as scope:
                await complete(model)
            await model.aclose()
            return scope.cancelled_caught

        began = time.monotonic()
        assert anyio.run(run)
        assert time.monotonic() - began < 15
        for _ in range(50):
            if server.hang_ups:
                break
            time.sleep(0.02)
        assert server.hang_ups == 1


def test_two_requests_at_a_time() -> None:
    with ScriptedServer([text("one"), text("two")]) as server:

        async def run() -> list[Outcome]:
            model = ChatCompletionsModel(settings_for(server.base_url))
            outcomes: list[Outcome] = []

            async def one() -> None:
                outcomes.append(await complete(model))

            async with anyio.create_task_group() as group:
                group.start_soon(one)
                group.start_soon(one)
            await model.aclose()
            return outcomes

        assert sorted(contents(anyio.run(run))) == ["one", "two"]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_a_closed_port_is_said_after_two_more_tries() -> None:
    outcome = ask_once(f"http://127.0.0.1:{closed_port()}")
    assert isinstance(outcome.error, ServerUnreachable)
    assert "refuses the connection: nothing listens there. Is it running?" in str(outcome.error)
    assert len(outcome.notices) == 2
    assert outcome.error.__cause__ is not None


def test_proxies_are_for_the_world_outside_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(respond=sequence(GOOD)) as proxy, RawServer(respond=sequence(GOOD)) as server:
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("HTTP_PROXY", proxy.origin)
        monkeypatch.setenv("http_proxy", proxy.origin)
        near = ask_once(server.base_url)
        far = ask_once("http://api.example.invalid/v1")
        paths = [received.path for received in proxy.received]
    assert contents([near, far]) == ["All is well."] * 2
    assert paths == ["http://api.example.invalid/v1/chat/completions"]


def test_tls_to_a_server_without_it_is_explained() -> None:
    with RawServer(respond=sequence(GOOD)) as server:
        outcome = ask_once(server.base_url.replace("http:", "https:"))
    assert isinstance(outcome.error, ServerUnreachable)
    assert "by TLS" in str(outcome.error)
    assert 'write "http://"' in str(outcome.error)


def test_an_untrusted_certificate_is_explained() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Signed by itself for localhost, valid until 2126; trusted by nobody.
    context.load_cert_chain(Path(__file__).parent / "untrusted.pem")
    with RawServer(respond=sequence(GOOD), tls=context) as server:
        outcome = ask_once(server.base_url.replace("http:", "https:"))
    assert isinstance(outcome.error, ServerUnreachable)
    assert "self-signed certificate" in str(outcome.error)
    assert "SSL_CERT_FILE" in str(outcome.error)


def test_a_host_that_does_not_exist_is_explained() -> None:
    outcome = ask_once("http://no-such-host.invalid/v1")
    assert isinstance(outcome.error, ServerUnreachable)
    assert "does not resolve" in str(outcome.error)
