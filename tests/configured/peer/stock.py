"""A service that asks for HTTP digest authentication, as RFC 7616 has it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

USER, PASSWORD = "holmes", "st0ck-secret"
_CHALLENGE = 'Digest realm="stock", nonce="d2f1", qop="auth", algorithm=SHA-256'
_PAIR = re.compile(r'(\w+)="?([^",]+)"?')


def _hash(*parts: str) -> str:
    return sha256(":".join(parts).encode()).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _knows(self) -> bool:
        said = dict(_PAIR.findall(self.headers.get("Authorization", "")))
        if not said:
            return False
        of_user, of_request = _hash(USER, "stock", PASSWORD), _hash(self.command, self.path)
        parts = ("d2f1", said["nc"], said["cnonce"], "auth", of_request)
        return bool(said["response"] == _hash(of_user, *parts))

    def do_GET(self) -> None:
        known = self._knows()
        body = b'{"apples": 3}' if known else b'{"error": "who are you?"}'
        self.send_response(200 if known else 401)
        if not known:
            self.send_header("WWW-Authenticate", _CHALLENGE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def stock() -> Iterator[str]:
    """Its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
