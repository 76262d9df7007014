"""The folder of the page, as it is served."""

from pathlib import Path

import anyio
import httpx2
import pytest
from starlette.applications import Starlette

from holmes.server import static


@pytest.fixture
def app(tmp_path: Path) -> Starlette:
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>Holmes</title>")
    (folder / "page.js").write_text("start();")
    (tmp_path / "secret").write_text("not for the web")
    return Starlette(routes=static.routes(folder))


def get(app: Starlette, path: str) -> httpx2.Response:
    async def ask() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.get(path)

    return anyio.run(ask)


@pytest.mark.parametrize(("path", "kind"), [("/", "text/html"), ("/static/page.js", "javascript")])
def test_files_come_with_a_strict_policy(app: Starlette, path: str, kind: str) -> None:
    reply = get(app, path)
    assert reply.status_code == 200
    assert kind in reply.headers["content-type"]
    policy = reply.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["../secret", "%2e%2e/secret", "..%2fsecret", "/etc/passwd", ""])
def test_nothing_outside_the_folder_is_served(app: Starlette, path: str) -> None:
    assert get(app, f"/static/{path}").status_code == 404


def test_without_a_page_there_is_none(tmp_path: Path) -> None:
    assert static.routes(tmp_path) == []
