"""Requests to a back end over HTTP: what comes back, and one line for each way it fails."""

import gzip
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from holmes.tools.function_tool import ToolFailure
from holmes.tools.http import MOST_BYTES, HttpServer, HttpSettings, is_loopback

pytestmark = pytest.mark.anyio


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        status, body, more = 200, b'{"ok": true}', {}
        if self.path.startswith("/echo"):
            said = self.headers.get("Authorization", "") + " " + self.path
            body = b'"' + said.encode() + b'"'
        elif self.path == "/refuses":
            status, body = 403, b"no   such\nrole"
        elif self.path == "/moved":
            status, body, more = 302, b"", {"Location": "https://elsewhere/"}
        elif self.path == "/html":
            body = b"<html>welcome</html>"
        elif self.path == "/bomb":
            body, more = gzip.compress(b" " * (MOST_BYTES + 1)), {"Content-Encoding": "gzip"}
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def test_parameters_and_the_key_are_sent(address: str) -> None:
    settings = HttpSettings(api_url=f"{address}/", api_key="k1")
    server = settings.server("Thing")
    async with server.open():
        said = await server.json("echo", {"query": "a b", "step": 5, "none": None, "m": ["x", "y"]})
    assert said == "Bearer k1 /echo?query=a+b&step=5&m=x&m=y"
    assert "k1" not in repr(server)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("refuses", "answered 403: check its key, user or role (no such role)"),
        ("moved", "answered 302: it points to https://elsewhere/; set that"),
        ("html", "answered with no JSON: <html>welcome</html>"),
        ("bomb", "answered with more than 20 MB: ask for less"),
    ],
)
async def test_what_is_no_answer_is_one_line(address: str, path: str, said: str) -> None:
    server = HttpServer(product="Thing", base=address)
    async with server.open():
        with pytest.raises(ToolFailure) as failure:
            await server.json(path)
    assert failure.value.message == f"Thing at {address} {said}"


async def test_nobody_there_is_one_line() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = HttpServer(product="Thing", base=f"http://127.0.0.1:{port}")
    with pytest.raises(ToolFailure, match="refuses the connection: nothing listens there"):
        await server.json("x")
    wrong = HttpServer(product="Thing", base="ftp://127.0.0.1")
    with pytest.raises(ToolFailure, match="is no http:// or https:// URL"):
        await wrong.json("x")


async def test_silence_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        server = HttpServer(product="Thing", base=f"http://127.0.0.1:{port}", seconds=0.2)
        async with server.open():
            with pytest.raises(ToolFailure, match=r"did not answer within 0\.2 s") as failure:
                await server.json("x")
    assert failure.value.status == "timeout"


def test_this_machine_is_told_by_name_or_address() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "::1", "127.9.9.9")))
    assert not any(map(is_loopback, ("localhost.example.com", "10.0.0.1", "prometheus")))
