"""A snapshot as a Kubernetes API on a loopback port, for the real kubectl and everything else.

The standard library's threading server, not an ASGI one: it needs no event loop of its own, so
that tests, the demo and evaluations can start it beside whatever they run, it costs nothing to
import, and one client with a handful of parallel commands is all the load it will see.
"""

import json
import socket
import sys
import tempfile
import threading
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from holmes.core.errors import SnapshotError
from holmes.core.messages import JsonObject
from holmes.snapshot.api import Api
from holmes.snapshot.folder import Snapshot
from holmes.snapshot.replies import Reply, Request, failure

_HOST = "127.0.0.1"
_LARGEST_BODY = 1024 * 1024
"""Bytes; the reviews that are answered have a few hundred."""


class SnapshotServer:
    """Serves a snapshot folder while the `with` block runs.

    `url` is the API's address, `kubeconfig` a private file for kubectl that is removed at the
    end, `requests` and `writes` count what was asked (writes are refused with 403). SnapshotError
    where the folder can't be read or the port is taken.
    """

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.snapshot = Snapshot.load(folder)
        self.requests = 0
        self.writes = 0
        self._port = port
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        try:
            self._http = _Server((_HOST, self._port), self)
        except OSError as error:
            raise SnapshotError(
                f"Port {self._port} on {_HOST} can't be opened: {error.strerror}.",
                hint="Choose another with --port, or leave it out for a free one.",
            ) from error
        self._folder = tempfile.TemporaryDirectory(prefix="holmes-snapshot-")
        self.kubeconfig = Path(self._folder.name) / "kubeconfig"
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_text(json.dumps(self._config(), indent=1))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
        self._folder.cleanup()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://{_HOST}:{self._http.server_port}"

    @property
    def context(self) -> str:
        """The name of the kubeconfig's only context: the recorded cluster's name."""
        return self.snapshot.info.cluster or "snapshot"

    def count(self, *, write: bool) -> None:
        """Count one request; several threads do."""
        with self._lock:
            self.requests += 1
            self.writes += write

    def _config(self) -> JsonObject:
        # JSON is YAML, so kubectl reads it and no YAML library is loaded to write it.
        name = self.context
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": name, "cluster": {"server": self.url}}],
            "users": [{"name": "reader", "user": {}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": "reader"}}],
        }


class _Server(ThreadingHTTPServer):
    """Threads that can be ended: connections kept alive are closed from outside."""

    daemon_threads = False

    def __init__(self, address: tuple[str, int], owner: SnapshotServer) -> None:
        self.owner = owner
        self.api = Api(owner.snapshot)
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        # Replies are written at once; waiting for more to send only delays small ones.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        # A kubectl that was ended in the middle of a reply is no news for its user's terminal.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        self.closing.set()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):  # reset by the client meanwhile
                    connection.shutdown(socket.SHUT_RDWR)
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with keep-alive: kubectl asks thirty times before its first answer."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def _respond(self) -> None:
        try:
            request = self._request()
        except ValueError as error:
            self.close_connection = True  # who knows what of the body is still to come
            self._send(failure(400, "BadRequest", f"the request can't be read: {error}"))
            return
        self.server.owner.count(write=self.server.api.is_write(request))
        reply = self._answer(request)
        if reply.hold:
            self.server.closing.wait(reply.hold)
        self._send(reply)

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= _LARGEST_BODY:
            raise ValueError(f"a body of {length} bytes")
        return Request(
            method=self.command,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={key.lower(): value for key, value in self.headers.items()},
            body=self.rfile.read(length),
        )

    def _answer(self, request: Request) -> Reply:
        # A page in a browser may send requests to loopback under a name of its own; only the
        # address itself is served.
        host = request.headers.get("host", "").partition(":")[0]
        if host not in {_HOST, "localhost"}:
            return failure(403, "Forbidden", f'this server answers to {_HOST} only, not "{host}"')
        return self.server.api.answer(request, datetime.now(UTC))

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        if reply.warning:
            self.send_header("Warning", f'299 - "{ascii(reply.warning)[1:-1]}"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Nothing: the access log would fill the terminal of whoever serves."""

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _respond  # noqa: N815  # its names
