"""A proxy between `holmes` and a server that writes down each exchange as text.

The text is that of `tests/wire/exchanges`: a heading, the request, the reply, a blank line each.
"""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_KEPT = ("Content-Type", "Accept")
_DROPPED = {"connection", "transfer-encoding", "content-length", "date"}


class Capture:
    """Passes everything on while the context is open."""

    def __init__(self, base_url: str, target: Path, *, about: str) -> None:
        split = urlsplit(base_url)
        self._target = target
        self._stage = ""
        self._count = 0
        self._lock = threading.Lock()
        self._server = _Server(self, split.netloc)
        self.base_url = f"http://127.0.0.1:{self._server.server_port}{split.path}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"# {about}\n\n", "utf-8")

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def begin(self, stage: str) -> None:
        """Head what comes from now on with this word."""
        self._stage = stage

    def write(self, request: str, reply: str) -> None:
        """Append one exchange."""
        with self._lock:
            self._count += 1
            with self._target.open("a", encoding="utf-8") as file:
                file.write(f"### {self._stage} {self._count}\n{request}\n\n{reply}\n\n")


class _Server(ThreadingHTTPServer):
    def __init__(self, capture: Capture, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.capture = capture
        self.upstream = upstream


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        self.close_connection = True
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection(self.server.upstream, timeout=1800)
        headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
        received = bytearray()
        try:
            connection.request(self.command, self.path, body or None, headers)
            reply = connection.getresponse()
            self._head(reply)
            while piece := reply.read1(65536):
                received += piece
                self.wfile.write(piece)
                self.wfile.flush()
        except (OSError, http.client.HTTPException):
            # One of the two went away, and so do we: what came is kept.
            if not received:
                return
        finally:
            connection.close()
        self.server.capture.write(self._sent(body), _came(reply, bytes(received)))

    def _head(self, reply: http.client.HTTPResponse) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in _DROPPED:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()

    def _sent(self, body: bytes) -> str:
        kept = [f"{name}: {self.headers[name]}" for name in _KEPT if self.headers[name]]
        head = "\n".join((f"{self.command} {self.path} HTTP/1.1", *kept))
        text = body.decode(errors="replace")
        return f"{head}\n\n{text}" if text else head

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name
        """Say nothing: the file says it all."""


def _came(reply: http.client.HTTPResponse, body: bytes) -> str:
    kind = reply.getheader("Content-Type")
    head = f"HTTP/1.1 {reply.status}" + (f"\nContent-Type: {kind}" if kind else "")
    return f"{head}\n\n{body.decode(errors='replace')}"
