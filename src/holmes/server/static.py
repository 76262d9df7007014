"""The page at `/`: files of the folder `page/`, which ask nothing of any other server."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOLDER = Path(__file__).parent / "page"

_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def routes(folder: Path = FOLDER) -> list[BaseRoute]:
    """`/` and `/static/…`, where the page is part of this installation."""
    page = folder / "index.html"
    if not page.is_file():
        return []

    async def index(_: Request) -> Response:
        return FileResponse(page, headers=_HEADERS)

    static = StaticFiles(directory=folder)
    return [Route("/", index), Mount("/static", app=_with_headers(static))]


def _with_headers(app: ASGIApp) -> ASGIApp:
    pairs = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def more(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *pairs]
            await send(message)

        await app(scope, receive, more)

    return wrapped
