"""Damage to recorded exchanges: to their bytes, JSON, events and heads, one small step at a time.

A mutation is a name and a seed: `damaged(exchange, [("drop", 7), …])` is the same bytes every time,
and a failing example shrinks to the fewest steps that still fail.
"""

import contextlib
import gzip
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from servers.raw_server import Pause, Reset, Step
from wire.json_damage import CHANGES, SECRET
from wire.recorded import Exchange

STALL = 1.0
"""Seconds of silence: longer than the fuzzed client waits."""


@dataclass
class Damaged:
    """A reply on its way to the wire; `steps` replaces what would be sent, once it is set."""

    status_line: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes
    steps: list[Step] = field(default_factory=list)

    def play(self) -> list[Step]:
        return self.steps or [self.head() + self.body]

    def head(self) -> bytes:
        lines = [self.status_line, *(b": ".join(pair) for pair in self.headers)]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def set_header(self, name: bytes, value: bytes) -> None:
        kept = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        self.headers = [*kept, (name, value)]


def damaged(exchange: Exchange, mutations: Sequence[tuple[str, int]]) -> list[Step]:
    """What the server plays: the exchange with each mutation applied in turn."""
    reply = Damaged(
        status_line=b"HTTP/1.1 %d Status" % exchange.status,
        headers=[(b"Content-Type", exchange.content_type.encode()), (b"Connection", b"close")],
        body=exchange.body.encode(),
    )
    for name, seed in mutations:
        MUTATIONS[name](reply, random.Random(seed))  # noqa: S311  # nothing secret
    return reply.play()


def _in_json(
    change: Callable[[Any, random.Random], Any],
) -> Callable[[Damaged, random.Random], None]:
    """Apply to the body's document, or to that of one event of a stream."""

    def mutate(reply: Damaged, rng: random.Random) -> None:
        lines = reply.body.split(b"\n")
        events = [i for i, line in enumerate(lines) if line[:6] == b"data: " and b"{" in line]
        at = rng.choice(events) if events else None
        text = reply.body if at is None else lines[at][6:]
        try:
            text = json.dumps(change(json.loads(text), rng)).encode("utf-8", "surrogatepass")
        except (ValueError, RecursionError):
            return  # damaged by an earlier step
        if at is None:
            reply.body = text
        else:
            lines[at] = b"data: " + text
            reply.body = b"\n".join(lines)

    return mutate


# --- bytes ------------------------------------------------------------------------------------

INSERTS = (
    *(b"\x00", b"\xff\xfe", b"\xc3", b"\xef\xbb\xbf", b"\r", b"\r\n\r\n", b"\n\n", b"data: "),
    *(b"data: [DONE]\n\n", b": comment\n\n", b"event: error\n", b'error: {"message": "x"}\n\n'),
    *(b"{", b"}", b"]", b'"', b"\\", b"\\ud800", b",", b"null", b"1e999", b"NaN", b"-"),
    *(b"[" * 20_000, b'{"a":' * 20_000, b"9" * 5000, b"<think>", b"</think>", SECRET.encode()),
    *(b'data: {"error": {"message": "overloaded", "code": 502}}\n\n', b"<html>"),
)


def _cut(reply: Damaged, rng: random.Random) -> None:
    reply.body = reply.body[: rng.randrange(len(reply.body) + 1)]


def _insert(reply: Damaged, rng: random.Random) -> None:
    at = rng.randrange(len(reply.body) + 1)
    reply.body = reply.body[:at] + rng.choice(INSERTS) + reply.body[at:]


def _remove(reply: Damaged, rng: random.Random) -> None:
    at = rng.randrange(len(reply.body) + 1)
    reply.body = reply.body[:at] + reply.body[at + rng.choice([1, 2, 10, 200]) :]


def _flip(reply: Damaged, rng: random.Random) -> None:
    if reply.body:
        body = bytearray(reply.body)
        body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
        reply.body = bytes(body)


def _double(reply: Damaged, rng: random.Random) -> None:
    start, end = sorted(rng.randrange(len(reply.body) + 1) for _ in range(2))
    reply.body = reply.body[:end] + reply.body[start:]


# --- streams ----------------------------------------------------------------------------------


def _as_stream(reply: Damaged, rng: random.Random) -> None:
    """A whole reply as the stream of it, its text and arguments in pieces."""
    with contextlib.suppress(ValueError, LookupError, TypeError, AttributeError, RecursionError):
        _stream_whole(reply, json.loads(reply.body), rng)  # else: damaged by an earlier step


def _stream_whole(reply: Damaged, document: Any, rng: random.Random) -> None:  # noqa: ANN401
    choice = document["choices"][0]
    message = choice["message"]
    events: list[Any] = [{"choices": [{"index": 0, "delta": {"role": "assistant"}}]}]
    events += [
        {"choices": [{"index": 0, "delta": {"content": piece}}]}
        for piece in _pieces(str(message.get("content") or ""), rng)
    ]
    for index, call in enumerate(message.get("tool_calls") or ()):
        function = call.get("function") or {}
        opening = {"index": index, "id": call.get("id"), "function": {"name": function.get("name")}}
        events.append({"choices": [{"delta": {"tool_calls": [opening]}}]})
        for piece in _pieces(str(function.get("arguments") or ""), rng):
            more = {"index": index, "function": {"arguments": piece}}
            events.append({"choices": [{"delta": {"tool_calls": [more]}}]})
    events.append({"choices": [{"delta": {}, "finish_reason": choice.get("finish_reason")}]})
    events.append({"choices": [], "usage": document.get("usage")})
    lines = [*(json.dumps(event) for event in events), "[DONE]"]
    reply.body = "".join(f"data: {line}\n\n" for line in lines).encode()
    reply.set_header(b"Content-Type", b"text/event-stream")


def _pieces(text: str, rng: random.Random) -> list[str]:
    size = rng.choice([1, 3, 10, 1000])
    return [text[at : at + size] for at in range(0, len(text), size)]


def _in_events(
    change: Callable[[list[bytes], random.Random], list[bytes]],
) -> Callable[[Damaged, random.Random], None]:
    def mutate(reply: Damaged, rng: random.Random) -> None:
        events = reply.body.split(b"\n\n")
        reply.body = b"\n\n".join(change(events, rng))

    return mutate


def _shuffle(events: list[bytes], rng: random.Random) -> list[bytes]:
    a, b = rng.randrange(len(events)), rng.randrange(len(events))
    events[a], events[b] = events[b], events[a]
    return events


def _lose(events: list[bytes], rng: random.Random) -> list[bytes]:
    at = rng.randrange(len(events))
    return events[:at] + events[at + rng.choice([1, 1, 5]) :]


def _say_twice(events: list[bytes], rng: random.Random) -> list[bytes]:
    at = rng.randrange(len(events))
    return [*events[:at], events[at], *events[at:]]


def _end_early(events: list[bytes], rng: random.Random) -> list[bytes]:
    at = rng.randrange(len(events))
    return [*events[:at], b"data: [DONE]", *events[at:]]


def _line_ends(reply: Damaged, rng: random.Random) -> None:
    reply.body = reply.body.replace(b"\n", rng.choice([b"\r\n", b"\r", b"\n\n", b""]))


# --- heads and connections --------------------------------------------------------------------

STATUSES = (
    *(200, 201, 204, 206, 299, 301, 302, 304, 307, 400, 401, 402, 403, 404, 405, 408, 409, 413),
    *(415, 418, 422, 425, 429, 500, 501, 502, 503, 504, 529, 599, 600, 999),
)
TYPES = (
    *(b"text/html", b"text/event-stream", b"application/json; charset=utf-16", b"", b"\xff"),
    *(b"application/octet-stream", b"application/json; charset=no-such", b"text/plain"),
)
HEADERS = (
    *((b"Retry-After", b"0"), (b"Retry-After", b"nan"), (b"Retry-After", b"-5"), (b"X", b"\xff")),
    *((b"Content-Encoding", b"gzip"), (b"Content-Encoding", b"br"), (b"Location", b"http://[")),
    *((b"Content-Encoding", b"no-such"), (b"Location", b"/v2"), (b"Set-Cookie", b"a=b")),
    *((b"Transfer-Encoding", b"chunked"), (b"Transfer-Encoding", b"gzip"), (b"X" * 9000, b"y")),
)
LENGTHS = (b"0", b"1", b"17", b"999999999", b"-1", b"x", b"", b"1, 1", b"1e3", b"9" * 30)
LINES = (
    *(b"HTTP/1.0 200 OK", b"HTTP/2 200", b"HTTP/1.1 200", b"HTTP/1.1", b"", b"200 OK"),
    *(b"HTTP/1.1 2000 OK", b"HTTP/1.1 -1 No", b"ICY 200 OK", b"HTTP/1.1 100 Continue", b"\x00"),
)


def _status(reply: Damaged, rng: random.Random) -> None:
    reply.status_line = b"HTTP/1.1 %d Status" % rng.choice(STATUSES)


def _status_line(reply: Damaged, rng: random.Random) -> None:
    reply.status_line = rng.choice(LINES)


def _type(reply: Damaged, rng: random.Random) -> None:
    reply.set_header(b"Content-Type", rng.choice(TYPES))


def _header(reply: Damaged, rng: random.Random) -> None:
    reply.set_header(*rng.choice(HEADERS))


def _length(reply: Damaged, rng: random.Random) -> None:
    reply.headers.append((b"Content-Length", rng.choice(LENGTHS)))


def _keep_alive(reply: Damaged, rng: random.Random) -> None:
    reply.set_header(b"Connection", rng.choice([b"keep-alive", b"upgrade"]))
    reply.set_header(b"Content-Length", str(len(reply.body)).encode())


def _zip(reply: Damaged, rng: random.Random) -> None:
    body = gzip.compress(reply.body)
    reply.body = body[: rng.choice([len(body), len(body) // 2, 5])]
    reply.set_header(b"Content-Encoding", b"gzip")


def _chunk(reply: Damaged, rng: random.Random) -> None:
    size = rng.choice([7, 500, 10**6])
    parts = [reply.body[at : at + size] for at in range(0, len(reply.body), size)]
    sent = b"".join(
        b"%x\r\n%b\r\n" % (len(part) + rng.choice([0, 0, 0, 1]), part) for part in parts
    )
    reply.body = sent + rng.choice([b"0\r\n\r\n", b"0\r\n\r\n", b"", b"zz\r\n"])
    reply.set_header(b"Transfer-Encoding", b"chunked")


def _in_pieces(reply: Damaged, rng: random.Random) -> None:
    """The same bytes, a few at a time."""
    size = rng.choice([40, 200, 1000])
    reply.steps = [
        reply.head(),
        *(reply.body[at : at + size] for at in range(0, len(reply.body), size)),
    ]


def _hang_up(reply: Damaged, rng: random.Random) -> None:
    whole = reply.head() + reply.body
    reply.steps = [whole[: rng.randrange(len(whole) + 1)], *rng.choice([[Reset()], []])]


def _stall(reply: Damaged, rng: random.Random) -> None:
    whole = reply.head() + reply.body
    at = rng.randrange(len(whole) + 1)
    reply.steps = [whole[:at], Pause(STALL), whole[at:]]


MUTATIONS: dict[str, Callable[[Damaged, random.Random], None]] = {
    **{name: _in_json(change) for name, change in CHANGES.items()},
    "cut": _cut,
    "insert": _insert,
    "remove": _remove,
    "flip": _flip,
    "double": _double,
    "as stream": _as_stream,
    "shuffle": _in_events(_shuffle),
    "lose": _in_events(_lose),
    "say twice": _in_events(_say_twice),
    "end early": _in_events(_end_early),
    "line ends": _line_ends,
    "status": _status,
    "status line": _status_line,
    "type": _type,
    "header": _header,
    "length": _length,
    "keep alive": _keep_alive,
    "zip": _zip,
    "chunk": _chunk,
    "in pieces": _in_pieces,
    "hang up": _hang_up,
    "stall": _stall,
}
