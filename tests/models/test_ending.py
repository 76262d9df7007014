"""A signal ends the real command within two seconds, whatever the model server is doing."""

import json
import random
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from cli.holmes_process import holmes, start
from models.test_hostile_replies import LONG, endless, message, streamed
from servers.raw_server import Pause, RawServer, RecordedRequest, Step, json_response, response


def said_for_ever(signs: str) -> Iterator[bytes]:
    """A text without a blank and without an end, and so that no loop is found in it."""
    said = random.Random(1)  # noqa: S311  # no secret
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    while True:
        words = ["".join(said.choices(signs, k=300)) for _ in range(20)]
        deltas = ({"choices": [{"delta": {"content": word}}]} for word in words)
        yield b"".join(f"data: {json.dumps(delta)}\n\n".encode() for delta in deltas)


def a_word_and_silence() -> Iterator[Step]:
    word = "".join(random.Random(2).choices("abcdefghij", k=LONG))  # noqa: S311  # no secret
    yield streamed(word, 4000)[:-90]
    yield Pause(60)


REPLIES: dict[str, Callable[[], Iterable[Step]]] = {
    "silence": lambda: [Pause(60)],
    "an endless word": lambda: said_for_ever("abcdefghij"),
    "endless brackets": lambda: said_for_ever("{[(<>)]}"),
    "endless fences and quotes": lambda: said_for_ever("```\n\"'\\{"),
    "endless comments": lambda: endless(b": ping\n\n" * 900),
    "a long word, and then silence": a_word_and_silence,
    "an overload for ever": lambda: [response(503, '{"error": {"message": "Loading model"}}')],
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
@pytest.mark.parametrize("name", REPLIES)
def test_a_signal_ends_it_whatever_is_replied(
    name: str, number: signal.Signals, tmp_path: Path
) -> None:
    asked = threading.Event()

    def respond(request: RecordedRequest) -> Iterable[Step]:
        if request.method == "GET":
            return [json_response({"data": [{"id": "m", "max_model_len": 32768}]})]
        asked.set()
        return REPLIES[name]()

    with RawServer(respond=respond) as server:
        base = ("--api-base", server.base_url, "--model", "m")
        running = start(("ask", "Why?", *base), home=tmp_path)
        assert asked.wait(30)
        time.sleep(0.5)
        running.send_signal(number)
        sent = time.monotonic()
        _, said = running.communicate(timeout=30)
    # Two seconds on an idle machine; the replies go on for a minute and more.
    assert time.monotonic() - sent < 15, said
    assert running.returncode in {128 + number, -number}, said
    assert "Traceback" not in said


def test_a_key_that_can_be_read_on_the_way_is_said(tmp_path: Path) -> None:
    flags = ("--model", "m", "--api-key", "sk-1234567890")
    open_to = ("--api-base", "http://llm.holmes.invalid/v1?key=s3cret")
    done = holmes("ask", "Why?", *flags, *open_to, home=tmp_path)
    assert "go to http://llm.holmes.invalid/v1 unencrypted" in done.err
    assert "s3cret" not in done.err + done.out
    with RawServer(respond=lambda _: [json_response(message(content="Fine."))]) as server:
        done = holmes("ask", "Why?", *flags, "--api-base", server.base_url, home=tmp_path)
    assert "unencrypted" not in done.err
