"""A server on loopback that nobody but those who are allowed may reach; it writes down who did."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit


@dataclass(kw_only=True)
class Inside:
    port: int = 0
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [path for _, path, _ in self.requests]


@contextmanager
def inside(
    address: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[Inside]:
    """Listens on that address; `/to?u=URL` redirects, `/to307?u=URL` keeps the method."""
    seen = Inside()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            headers = {key.lower(): value for key, value in self.headers.items()}
            seen.requests.append((self.command, self.path, headers))
            parts = urlsplit(self.path)
            body = json.dumps({"secret": "inside", "path": self.path}).encode()
            if parts.path.endswith(("/to", "/to307")):
                self.send_response(307 if parts.path.endswith("307") else 302)
                self.send_header("Location", parse_qs(parts.query)["u"][0])
                body = b""
            elif parts.path.endswith("/page"):
                body = PAGE.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
            elif parts.path.endswith("/large"):
                body = b"x" * 100_000
                self.send_response(200)
            else:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = do_PUT = do_HEAD = answer  # noqa: N815

    server = ThreadingHTTPServer((address, port), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    seen.port = server.server_port
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()


PAGE = """<!doctype html><html><head><title>Runbook</title><style>p{color:red}</style></head><body>
<nav><a href="/">Home</a></nav><main><h1>Queue is full</h1><p>Scale the <b>consumer</b> first.</p>
<ul><li>check <code>lag</code></li><li>see <a href="https://example.com/lag">lag</a></li></ul>
<table><tr><th>alert</th><th>action</th></tr><tr><td>LagHigh</td><td>scale</td></tr></table>
<pre>kubectl scale deploy/consumer --replicas=4</pre></main>
<script>steal()</script></body></html>"""
