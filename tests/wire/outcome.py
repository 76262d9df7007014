"""Gives one recorded reply to the real client, and writes down in short what it made of it."""

import re
from collections.abc import Iterable
from typing import Any

import anyio

from holmes.core.errors import ContextOverflow, FeatureRefused, ModelServerError
from holmes.models.base import ModelReply, Notice
from holmes.models.client.chat_completions import ChatCompletionsModel
from holmes.models.modes.model import AnyToolModel
from models.exchange import settings_for
from servers.raw_server import RawServer, RecordedRequest, Step, response
from wire.recorded import Exchange, exchanges

_LEFT_IN_TEXT = re.compile(r"left the call in the text \((\w+)\)")
_SHOWN_WHOLE = 90


def outcomes(played: Iterable[Exchange]) -> dict[str, dict[str, Any]]:
    """What came of each exchange: a fresh client each, so that nothing is learned on the way."""
    playing: list[Exchange] = []

    def respond(_: RecordedRequest) -> list[Step]:
        return [playing[-1].reply]

    async def run() -> dict[str, dict[str, Any]]:
        found = {}
        for exchange in played:
            playing.append(exchange)
            found[exchange.name] = await _outcome(server, exchange)
        return found

    with RawServer(respond=respond) as server:
        return anyio.run(run)


async def _outcome(server: RawServer, exchange: Exchange) -> dict[str, Any]:
    client = ChatCompletionsModel(settings_for(server.base_url, max_retries=0))
    # One mode and no other: what is looked at is this very reply.
    model = AnyToolModel(client, "native")
    notices: list[str] = []

    def progress(item: object) -> None:
        if isinstance(item, Notice):
            notices.append(item.text)

    try:
        reply = await model.complete(exchange.request(), progress)
    except ModelServerError as error:
        return _error(error, server.base_url)
    finally:
        await model.aclose()
    return _reply(reply, " ".join(notices))


def _reply(reply: ModelReply, notices: str) -> dict[str, Any]:
    message, usage = reply.message, reply.usage
    outcome: dict[str, Any] = {}
    if message.tool_calls:
        outcome["calls"] = [
            {call.name: dict(call.arguments)} | _trouble(call.parse_error or call.repaired)
            for call in message.tool_calls
        ]
        syntax = _LEFT_IN_TEXT.search(notices)
        outcome["read_from"] = syntax[1] if syntax else "tool_calls"
    if message.content or not message.tool_calls:
        outcome["text"] = shortened(message.content)
    if reply.stop_reason not in {"stop", "tool_calls"}:
        outcome["stop"] = reply.stop_reason
    outcome["usage"] = [usage.prompt_tokens, usage.completion_tokens]
    return outcome


def _trouble(text: str) -> dict[str, str]:
    return {"trouble": text} if text else {}


def _error(error: ModelServerError, base_url: str) -> dict[str, Any]:
    outcome: dict[str, Any] = {"error": type(error).__name__}
    if isinstance(error, FeatureRefused):
        outcome["feature"] = error.feature
    if isinstance(error, ContextOverflow):
        outcome["window"] = error.window
    return outcome | {"says": str(error).replace(base_url, "URL")}


def shortened(text: str) -> str:
    """A text whole, or its ends and its length: enough to see that it is the right one."""
    if len(text) <= _SHOWN_WHOLE:
        return text
    return f"{text[:50]} […{len(text)} characters…] {text[-20:]}"


def facts(set_up: str) -> dict[str, Any]:
    """What the client learns of a server from its recorded answers to GET requests."""
    gets = {one.path: one.reply for one in exchanges(set_up).values() if one.method == "GET"}

    def respond(request: RecordedRequest) -> list[Step]:
        return [gets.get(request.path) or response(404, "")]

    async def ask() -> dict[str, Any]:
        client = ChatCompletionsModel(settings_for(server.base_url, model="no-such-model"))
        try:
            return {
                "models": list(await client.list_models()),
                "window": await client.context_window(),
            }
        finally:
            await client.aclose()

    with RawServer(respond=respond) as server:
        return anyio.run(ask)
