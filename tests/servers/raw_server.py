"""A loopback HTTP server that plays exact bytes, also those no decent library would send.

Each request is answered by the steps that `respond` returns for it; the connection closes after
the last step, so a reply without a length is framed by its end.
"""

import contextlib
import json
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeAlias


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedRequest:
    """One request as it arrived; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


@dataclass(frozen=True, slots=True)
class Pause:
    """Send nothing for so many seconds; ends early when either side hangs up."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reset:
    """Drop the connection with a TCP reset instead of a clean end."""


Step: TypeAlias = bytes | Pause | Reset
Responder: TypeAlias = Callable[[RecordedRequest], Iterable[Step]]


@dataclass(kw_only=True)
class RawServer:
    """Plays `respond` on a port of its own, in threads, while the `with` block lasts."""

    respond: Responder
    port: int = 0
    tls: ssl.SSLContext | None = None
    received: list[RecordedRequest] = field(default_factory=list)
    hang_ups: int = 0
    """How many times the client closed the connection while a `Pause` was on."""
    _listener: socket.socket = field(init=False, repr=False)
    _threads: list[threading.Thread] = field(default_factory=list, init=False, repr=False)
    _closing: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return f"{self.origin}/v1"

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept()
        for thread in self._threads:
            thread.join(timeout=5)
        self._listener.close()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:  # the listener was shut down
                return
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        # A client may hang up at any byte: that is the point of many tests, not an error.
        with connection, contextlib.suppress(ConnectionError, TimeoutError, ssl.SSLError):
            connection.settimeout(30)
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            request = _read_request(connection)
            if request is None:
                return
            self.received.append(request)
            for step in self.respond(request):
                if not self._play(connection, step):
                    return
            # A clean end: without this, unread input would turn the close into a reset.
            with contextlib.suppress(OSError):  # the client may have hung up meanwhile
                connection.shutdown(socket.SHUT_WR)
            connection.settimeout(1)
            connection.recv(1)

    def _play(self, connection: socket.socket, step: Step) -> bool:
        """Play one step; False when the connection is over."""
        if isinstance(step, Pause):
            return self._pause(connection, step.seconds)
        if isinstance(step, Reset):
            linger_off = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_off)
            return False
        connection.sendall(step)
        return True

    def _pause(self, connection: socket.socket, seconds: float) -> bool:
        slice_length = 0.02
        for _ in range(max(1, round(seconds / slice_length))):
            if self._closing.is_set():
                return False
            readable, _, _ = select.select([connection], [], [], slice_length)
            if readable:  # one request a connection: only the end of the stream can be read here
                self.hang_ups += 1
                return False
        return True


def _read_request(connection: socket.socket) -> RecordedRequest | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
        if data.startswith(b"\x16"):  # a TLS client: answer at once, as plain servers do
            connection.sendall(response(400, "Bad Request"))
            return None
    head, _, body = data.partition(b"\r\n\r\n")
    start_line, *header_lines = head.decode("latin-1").split("\r\n")
    method, path, _ = start_line.split(" ", 2)
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in header_lines)
    }
    length = int(headers.get("content-length", "0"))
    while len(body) < length:
        body += connection.recv(65536)
    return RecordedRequest(method=method, path=path, headers=headers, body=body)


def response(
    status: int,
    body: bytes | str,
    *,
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
    length: bool = True,
) -> bytes:
    """A whole HTTP response; `length=False` leaves its end to the end of the connection."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Status", f"Content-Type: {content_type}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if length:
        lines.append(f"Content-Length: {len(data)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def json_response(
    document: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> bytes:
    return response(status, json.dumps(document), headers=headers)


def event_stream(*events: object, done: bool = True) -> bytes:
    """A streamed response; each event is a JSON document, or bytes to send as they are."""
    end = [b"data: [DONE]\n\n"] if done else []
    body = b"".join([*(event_bytes(event) for event in events), *end])
    return response(200, body, content_type="text/event-stream", length=False)


def event_bytes(event: object) -> bytes:
    return event if isinstance(event, bytes) else f"data: {json.dumps(event)}\n\n".encode()


def sequence(*plays: Iterable[Step] | bytes) -> Responder:
    """Answer the first request with the first play, and so on; the last one repeats."""
    counter = iter(range(10**9))
    steps = [[play] if isinstance(play, bytes) else list(play) for play in plays]

    def respond(_: RecordedRequest) -> Iterable[Step]:
        return steps[min(next(counter), len(steps) - 1)]

    return respond
