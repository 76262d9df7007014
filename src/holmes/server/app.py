"""The ASGI application: every path there is, behind the guard."""

from starlette.applications import Starlette
from starlette.types import ASGIApp

from holmes.server import openai, openapi, own, static, status
from holmes.server.conversations import Conversations
from holmes.server.desk import Desk
from holmes.server.guard import Guard
from holmes.server.http import REFUSALS, Endpoint
from holmes.server.log import Log
from holmes.server.metrics import Metrics
from holmes.server.peer import older
from holmes.server.peer.chat import Chat


def endpoints(desk: Desk, metrics: Metrics) -> list[Endpoint]:
    """All that the OpenAPI document tells of, that document included."""
    conversations = Conversations(desk)
    chat = Chat(desk, conversations)
    found = [
        *status.endpoints(desk),
        *own.endpoints(desk),
        chat.endpoint,
        *older.endpoints(chat),
        *openai.endpoints(desk, conversations),
        metrics.endpoint,
    ]
    return [*found, openapi.endpoint(found)]


def application(desk: Desk, log: Log) -> ASGIApp:
    """The application for a desk, which it watches for /metrics."""
    metrics = Metrics(desk)
    desk.watchers.append(metrics)
    routes = [*(each.route for each in endpoints(desk, metrics)), *static.routes()]
    app = Starlette(routes=routes, exception_handlers=REFUSALS)
    app.router.redirect_slashes = False
    return Guard(app, desk.settings, log, metrics.request)
