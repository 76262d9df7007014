"""Replies of a back end from a file, as it gave them or as its documentation has them.

A file says which product, version and source it is of. A request that it does not hold is answered
with 599, and fails the test that made it. `recording` writes such a file beside a real server.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

UNKNOWN = 599


def _key(method: str, path: str, body: str, timeless: Collection[str] = ()) -> tuple[str, str, str]:
    """A request, whatever the order of its parameters; of a form, by its fields."""
    parts = urlsplit(path)
    fields = sorted(parse_qsl(parts.query, keep_blank_values=True))
    if any(parts.path.endswith(each) for each in timeless):
        fields = [each for each in fields if each[0] not in {"start", "end"}]
    if body[:1] not in {"{", "["}:
        body = repr(sorted(parse_qsl(body, keep_blank_values=True)))
    return method, f"{parts.path} {fields}", body


class _Handler(BaseHTTPRequestHandler):
    exchanges: dict[tuple[str, str, str], dict[str, Any]]
    timeless: Collection[str] = ()
    unknown: list[str]
    upstream: str
    written: list[dict[str, Any]]

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        found = self.exchanges.get(_key(self.command, self.path, body, self.timeless))
        if self.upstream:
            found = self._asked(body)
        if found is None:
            self.unknown.append(f"{self.command} {self.path} {body}")
            found = {"status": UNKNOWN, "reply": f"no such exchange: {self.path} {body}"}
        reply = found["reply"]
        data = (reply if isinstance(reply, str) else json.dumps(reply)).encode()
        self.send_response(found.get("status", 200))
        self.send_header("Content-Type", found.get("type", "application/json"))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _asked(self, body: str) -> dict[str, Any]:
        kind = self.headers.get("Content-Type") or "application/json"
        request = urllib.request.Request(  # noqa: S310  (loopback)
            self.upstream + self.path,
            data=body.encode() if body else None,
            method=self.command,
            headers={"Content-Type": kind},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310
                status, text = reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        said = {"method": self.command, "path": self.path, "body": body}
        self.written.append({**said, "status": status, "reply": text})
        return self.written[-1]

    do_GET = do_POST = answer  # noqa: N815


@contextmanager
def replaying(file: Path, timeless: Collection[str] = ()) -> Iterator[str]:
    """The URL of a server that answers as the file says; asks nothing of anybody.

    Requests whose path ends with one of `timeless` are answered whatever time they ask about.
    """
    said = json.loads(file.read_text(encoding="utf-8"))
    exchanges = {
        _key(each.get("method", "GET"), each["path"], each.get("body", ""), timeless): each
        for each in said["exchanges"]
    }
    unknown: list[str] = []
    said = {"exchanges": exchanges, "unknown": unknown, "upstream": "", "timeless": timeless}
    with _serving(said) as url:
        yield url
    assert not unknown


@contextmanager
def recording(file: Path, upstream: str, about: dict[str, str]) -> Iterator[str]:
    """The URL of a server that asks `upstream` and writes down what it said."""
    written: list[dict[str, Any]] = []
    with _serving({"exchanges": {}, "upstream": upstream, "written": written}) as url:
        yield url
    document = json.dumps({**about, "exchanges": written}, indent=1, ensure_ascii=False)
    file.write_text(document + "\n", encoding="utf-8")


@contextmanager
def _serving(attributes: dict[str, Any]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), attributes))
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
