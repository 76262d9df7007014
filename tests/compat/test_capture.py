"""The recording proxy changes nothing, and writes down both sides of each exchange."""

from pathlib import Path

from compat.capture import Capture
from models.exchange import KEY, ask_once
from servers.raw_server import RawServer, event_stream
from servers.scripted_server import ScriptedServer, refusal, text, tool_calls


def test_a_stream_comes_through_and_is_kept_without_the_key(tmp_path: Path) -> None:
    target = tmp_path / "some" / "server.http"
    script = [tool_calls(("kubectl_get", {"kind": "pods"})), text("Fine.")]
    with (
        ScriptedServer(script) as server,
        Capture(server.base_url, target, about="Some server 1.0") as proxy,
    ):
        proxy.begin("check")
        called = ask_once(proxy.base_url, max_retries=0)
        proxy.begin("ask")
        said = ask_once(proxy.base_url, max_retries=0)
    assert called.reply is not None
    assert called.reply.message.tool_calls[0].arguments == {"kind": "pods"}
    assert said.reply is not None
    assert said.reply.message.content == "Fine."
    kept = target.read_text()
    assert kept.startswith("# Some server 1.0\n\n### check 1\nPOST /v1/chat/completions HTTP/1.1\n")
    assert "\n### ask 2\n" in kept
    assert '"stream":true' in kept
    assert "HTTP/1.1 200\nContent-Type: text/event-stream" in kept
    assert kept.count("data: [DONE]") == 2
    assert KEY not in kept


def test_a_refusal_comes_through(tmp_path: Path) -> None:
    target = tmp_path / "server.http"
    with (
        ScriptedServer([refusal(400, "no tools here")], repeat_last=True) as server,
        Capture(server.base_url, target, about="x") as proxy,
    ):
        outcome = ask_once(proxy.base_url, max_retries=0)
    assert outcome.error is not None
    assert "no tools here" in str(outcome.error)
    assert "HTTP/1.1 400" in target.read_text()


def test_a_server_that_breaks_off_breaks_off_for_the_client_too(tmp_path: Path) -> None:
    target = tmp_path / "server.http"
    whole = event_stream({"choices": [{"index": 0, "delta": {"content": "half a wor"}}]})
    broken = whole.partition(b"data: [DONE]")[0]
    with (
        RawServer(respond=lambda _: [broken]) as server,
        Capture(server.base_url, target, about="x") as proxy,
    ):
        outcome = ask_once(proxy.base_url, max_retries=0)
    assert outcome.error is not None
    assert "half a wor" in target.read_text()


def test_a_server_that_is_gone_is_gone_for_the_client_too(tmp_path: Path) -> None:
    with ScriptedServer([text("x")]) as server:
        gone = server.base_url
    with Capture(gone, tmp_path / "server.http", about="x") as proxy:
        outcome = ask_once(proxy.base_url, max_retries=0)
    assert outcome.error is not None
