"""Replies that would hang a client or fill its memory: each ends soon, and holds nothing up.

What is measured is the longest time in which nothing else could run: a signal, a deadline, Ctrl-C.
"""

import gzip
import json
import random
import resource
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import anyio
import pytest

from holmes.core.errors import ModelServerError, UnexpectedResponse
from holmes.core.messages import ToolDefinition, UserMessage
from holmes.models.base import ModelReply, ModelRequest
from holmes.models.client.chat_completions import ChatCompletionsModel, ClientSettings
from holmes.models.modes.model import AnyToolModel
from servers.raw_server import (
    Pause,
    RawServer,
    RecordedRequest,
    Step,
    event_stream,
    json_response,
    response,
)

TOOLS = (
    ToolDefinition(
        name="list_pods",
        description="List the pods of a namespace.",
        parameters={"type": "object", "properties": {"namespace": {"type": "string"}}},
    ),
)
MOST_BLOCKED = 1.5
LONG = 470_000  # characters of one answer that once took 620 s


@dataclass(kw_only=True)
class Ended:
    reply: ModelReply | None = None
    error: ModelServerError | None = None
    blocked: float = 0.0
    window: int | None = None


def ask(base_url: str, *, patience: float = 20.0) -> Ended:
    async def run() -> Ended:
        settings = ClientSettings(
            base_url=base_url,
            model="m",
            first_wait=0.01,
            max_retries=0,
            first_byte_timeout=patience,
            idle_timeout=patience,
        )
        client = ChatCompletionsModel(settings)
        model = AnyToolModel(client)
        ended = Ended()

        async def beat() -> None:
            while True:
                # Of this thread's own work: another process's is no fault of the client.
                began = time.thread_time()
                await anyio.sleep(0.01)
                ended.blocked = max(ended.blocked, time.thread_time() - began)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(beat)
            request = ModelRequest(messages=(UserMessage(content="Why?"),), tools=TOOLS)
            try:
                ended.window = await model.context_window()
                ended.reply = await model.complete(request, lambda _: None)
            except ModelServerError as error:
                ended.error = error
            finally:
                await model.aclose()
            await anyio.sleep(0.05)  # so that the last of it is measured, too
            tasks.cancel_scope.cancel()
        return ended

    return anyio.run(run)


def served(reply: Iterable[Step], listing: Iterable[Step] | None = None) -> RawServer:
    def respond(request: RecordedRequest) -> Iterable[Step]:
        if request.method == "GET" and request.path != "/v1/models":
            return [json_response({"error": "no such path"}, status=404)]
        if request.method == "GET":
            models = json_response({"data": [{"id": "m", "max_model_len": 32768}]})
            return [models] if listing is None else listing
        return reply

    return RawServer(respond=respond)


def message(**parts: object) -> dict[str, object]:
    choice = {"index": 0, "message": {"role": "assistant", **parts}, "finish_reason": "stop"}
    return {"choices": [choice], "usage": {"prompt_tokens": 900, "completion_tokens": 9}}


def streamed(text: str, size: int) -> bytes:
    pieces = (text[at : at + size] for at in range(0, len(text), size))
    deltas = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    return event_stream(*deltas, end, {"choices": [], "usage": {"prompt_tokens": 900}})


UNITS = (
    *(
        "a",
        "0",
        " ",
        "\n",
        "`",
        "```",
        "```json\n{",
        "{",
        "[",
        "]",
        '"',
        '\\"',
        "\\",
        "&#",
        "&#34;",
    ),
    *("<think>", "</think>", "<think></think>", "<tool_call>", '<tool_call>{"name": "a" b} '),
    *('{"name": "list_pods", "arguments": {', '{"name":"list_pods" x} ', "[list_pods("),
    *("Action: a\nAction Input: ", "[TOOL_CALLS]a[ARGS]{", "<|channel|>", "<|message|>", "# a\n"),
    *("<function=a><parameter=b>", '<invoke name="a"><parameter name="b">', "<arg_key>b</arg_key>"),
    *("<start_function_call>call:a{<escape>", '<|tool_call>call:a{"\\"', "| a | b |\n", "- a 1.2 "),
    *('{"tool": "list_pods", "arguments": {"a" "b"}}', "pod-1 pod-2 ", "1, 2, 3, "),
)


@pytest.mark.parametrize("unit", UNITS)
def test_a_long_answer_of_anything_holds_nothing_up(unit: str) -> None:
    text = unit * (LONG // len(unit))
    began = time.process_time()
    with served([json_response(message(content=text))]) as server:
        whole = ask(server.base_url)
    with served([streamed(text, 61)]) as server:
        pieces = ask(server.base_url)
    assert max(whole.blocked, pieces.blocked) < MOST_BLOCKED
    assert whole.error is None
    assert pieces.error is None
    assert time.process_time() - began < 60


ARGUMENTS = (
    "a",
    "{",
    "[",
    '"',
    '\\"',
    "'",
    '"a" b ',
    "{]",
    '][{"',
    '{"a":',
    "x: y, ",
    "\\u00",
    "1",
)


@pytest.mark.parametrize("unit", ARGUMENTS)
@pytest.mark.parametrize("length", [900, 7_000, LONG])
def test_broken_arguments_hold_nothing_up(unit: str, length: int) -> None:
    arguments = '{"namespace": ' + unit * (length // len(unit))
    calls = [
        {"id": f"c{n}", "type": "function", "function": {"name": "list_pods", "arguments": each}}
        for n, each in enumerate([arguments, arguments[:900]])
    ]
    with served([json_response(message(tool_calls=calls))]) as server:
        ended = ask(server.base_url)
    assert ended.blocked < MOST_BLOCKED
    assert ended.reply is not None
    assert [call.name for call in ended.reply.message.tool_calls] == ["list_pods"] * 2


DEEP = "[" * 100_000 + "]" * 100_000
NESTED = {
    "a reply": response(200, f'{{"choices": {DEEP}}}'),
    "an object": response(200, '{"choices":' * 9000 + "1" + "}" * 9000),
    "an error": response(400, f'{{"error": {{"message": {DEEP}}}}}'),
    "an error in a stream": event_stream({"error": {"message": "x", "param": []}}),
    "not closed": response(200, "[" * 900_000),
    "arguments": json_response(
        message(tool_calls=[{"id": "c", "function": {"name": "list_pods", "arguments": DEEP}}])
    ),
    "arguments as an object": response(
        200,
        json.dumps(message(tool_calls=[{"id": "c", "function": {"name": "x", "arguments": 0}}]))
        .replace('"arguments": 0', f'"arguments": {"[" * 500 + "]" * 500}'),
    ),
}  # fmt: skip


@pytest.mark.parametrize("reply", NESTED.values(), ids=NESTED)
def test_deep_nesting_is_an_error_and_no_crash(reply: bytes) -> None:
    with served([reply], [response(200, DEEP)]) as server:
        ended = ask(server.base_url)
    assert ended.blocked < MOST_BLOCKED
    call = ended.reply.message.tool_calls[0] if ended.reply else None
    assert isinstance(ended.error, ModelServerError) or (call and call.parse_error)


def endless(piece: bytes, head: bytes = b"") -> Iterator[bytes]:
    yield head or b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    while True:
        yield piece


def bomb(encoding: str, *, start: bytes = b"data: ", status: int = 200) -> Iterator[bytes]:
    """600 MB of zeros in 600 KB, and then more."""
    packer = zlib.compressobj(9, wbits=31 if encoding == "gzip" else 15)
    head = f"HTTP/1.1 {status} OK\r\nContent-Encoding: {encoding}\r\n\r\n"
    yield head.encode() + packer.compress(start)
    for _ in range(100):
        yield packer.compress(b"0" * 6_000_000) + packer.flush(zlib.Z_SYNC_FLUSH)


ENDLESS = {
    "comments": lambda: endless((b": " + b"ping " * 400 + b"\n\n") * 30),
    "one line": lambda: endless(b"0" * 64_000),
    "one object": lambda: endless(b"[" * 64_000),
    "spaces": lambda: endless(b" " * 64_000),
    "data without end": lambda: endless((b"data: " + b"x" * 900 + b"\n") * 70),
    "empty choices": lambda: endless((b'data: {"choices":[]}' + b" " * 900 + b"\n\n") * 70),
    "one-word pieces": lambda: endless(
        b'data: {"choices":[{"delta":{"content":"a b "}}]}\n\n' * 1000
    ),
    "thinking": lambda: endless(
        b'data: {"choices":[{"delta":{"reasoning":"abc %d "}}]}\n\n' * 1000
    ),
    "calls": lambda: endless(
        (
            b'data: {"choices":[{"delta":{"tool_calls":[{"function":{"name":"x"}}]}}]}'
            + b" " * 900
            + b"\n\n"
        )
        * 60
    ),
    "arguments": lambda: endless(
        b'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":'
        b'{"arguments":"' + b"{} " * 500 + b'"}}]}}]}\n\n'
    ),
    "calls with ids": lambda: endless(
        b"".join(
            b'data: {"choices":[{"delta":{"tool_calls":[{"id":"%d","function":{"name":"x","argum'
            b'ents":"{}"}}]}}]}\n\n' % n
            for n in range(500)
        )
    ),
    "gzip": lambda: bomb("gzip"),
    "gzip of a document": lambda: bomb("gzip", start=b'{"choices": "'),
    "deflate": lambda: bomb("deflate"),
    "an error": lambda: endless(b"0" * 64_000, b"HTTP/1.1 400 Bad\r\n\r\n"),
    "an error in gzip": lambda: bomb("gzip", status=400),
}


REPEATING = {"one-word pieces", "thinking", "calls with ids"}


@pytest.mark.parametrize("name", ENDLESS)
def test_an_endless_reply_is_given_up(name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with served(ENDLESS[name]()) as server:
        ended = ask(server.base_url)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    # What repeats itself is cut where it does, and is a reply.
    assert (ended.error is None) == (name in REPEATING)
    assert grown < 300_000, "kilobytes"
    assert ended.blocked < MOST_BLOCKED


def drops() -> Iterable[Step]:
    for _ in range(400):
        yield b"["
        yield Pause(0.2)


LISTINGS: dict[str, Callable[[], Iterable[Step]]] = {
    "endless": lambda: endless(b"0" * 64_000),
    "a bomb": lambda: bomb("gzip", start=b'{"data": "'),
    "drop by drop": drops,
    "half": lambda: (b"HTTP/1.1 200 OK\r\n\r\n", b'{"data": [', Pause(30)),
    "brotli": lambda: (response(200, b"x", headers={"Content-Encoding": "br"}),),
}


@pytest.mark.parametrize("name", LISTINGS)
def test_an_endless_list_of_models_is_given_up_and_the_question_asked(name: str) -> None:
    began = time.monotonic()
    with served([json_response(message(content="Fine."))], LISTINGS[name]()) as server:
        ended = ask(server.base_url)
    assert ended.window is None
    assert ended.reply is not None
    assert ended.blocked < MOST_BLOCKED
    assert time.monotonic() - began < 15


def compressed(body: bytes, encoding: str) -> bytes:
    packed = gzip.compress(body) if encoding.endswith("gzip") else zlib.compress(body)
    return response(200, packed, headers={"Content-Encoding": encoding})


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "GZIP"])
def test_an_honest_body_may_be_compressed(encoding: str) -> None:
    body = json.dumps(message(content=prose(2000))).encode()
    listing = json.dumps({"data": [{"id": "m", "max_model_len": 4096}]}).encode()
    with served([compressed(body, encoding)], [compressed(listing, encoding)]) as server:
        ended = ask(server.base_url)
    assert ended.reply is not None
    assert ended.reply.message.content == prose(2000)
    assert ended.window == 4096


def test_a_stream_may_be_compressed() -> None:
    head, _, body = streamed("All is well.", 5).partition(b"\r\n\r\n")
    packed = head + b"\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(body)
    with served([packed]) as server:
        ended = ask(server.base_url)
    assert ended.reply is not None
    assert ended.reply.message.content == "All is well."


def test_another_encoding_is_said_to_be_unasked_for() -> None:
    with served([response(200, b"x", headers={"Content-Encoding": "br"})]) as server:
        ended = ask(server.base_url)
    assert isinstance(ended.error, UnexpectedResponse)
    assert 'encoding "br"' in ended.error.message


def prose(words: int) -> str:
    said = random.Random(7)  # noqa: S311  # no secret
    return " ".join("".join(said.choices("aeionrst", k=said.randint(2, 9))) for _ in range(words))


def nested(depth: int) -> dict[str, object]:
    value: dict[str, object] = {"namespace": "web"}
    for _ in range(depth):
        value = {"in": value}
    return value


def test_long_deep_and_many_are_fine_within_reason() -> None:
    book = prose(200_000)
    with served([streamed(book, 4000)]) as server:
        read = ask(server.base_url)
    assert read.reply is not None
    assert read.reply.message.content == book
    calls = [
        {"id": f"c{n}", "function": {"name": "list_pods", "arguments": json.dumps(nested(n % 50))}}
        for n in range(100)
    ]
    with served([json_response(message(tool_calls=calls))]) as server:
        called = ask(server.base_url)
    assert called.reply is not None
    assert [call.arguments for call in called.reply.message.tool_calls] == [
        nested(n % 50) for n in range(100)
    ]
