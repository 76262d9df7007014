"""One thin client for every server that speaks the chat-completions protocol.

It streams unless the server can't, asks again where that can help, learns from refusals which
parts of the protocol this server takes, and turns every failure into one error of
`holmes.core.errors`. What is sent is in `wire`, what comes back in `stream`, what a refusal means
in `refusals`, when to ask again in `completion`; the HTTP library is known to `connection` alone.
"""

from dataclasses import replace

from holmes.models.base import ModelReply, ModelRequest, ProgressSink
from holmes.models.client.completion import Completion
from holmes.models.client.server import ClientSettings, ModelServer
from holmes.models.client.server_facts import listing_fingerprint

__all__ = ["ChatCompletionsModel", "ClientSettings"]


class ChatCompletionsModel:
    """A `holmes.models.base.Model` behind an HTTP server.

    Raises `UsageError` for settings that can't work.
    """

    def __init__(self, settings: ClientSettings) -> None:
        self._server = ModelServer(settings)
        self._window_asked = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}(address={self.address!r}, name={self.name!r})"

    @property
    def name(self) -> str:
        """The model's name as sent to the server."""
        return self._server.settings.model

    @property
    def address(self) -> str:
        """The base URL that requests go to."""
        return self._server.endpoint.base_url

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        """Send one request and return the whole reply; pieces of it go to `progress`.

        Raises a `ModelServerError`: `ContextOverflow` or `FeatureRefused` where a different
        request could work.
        """
        reply = await Completion(self._server, request, progress).run()
        price, usage = self._server.settings.price, reply.usage
        if price is None or usage.cost is not None:
            return reply
        return replace(reply, usage=replace(usage, cost=price.cost(usage)))

    async def list_models(self) -> tuple[str, ...]:
        """The names of the server's models; raises a `ModelServerError`."""
        return await self._server.list_models()

    async def context_window(self) -> int | None:
        """The context window in tokens as the server states it, or None; asked for once."""
        # The list that is read for it tells what else has to be known of the server.
        if not self._window_asked and self._server.window == self._server.settings.window:
            self._window_asked = True
            await self._server.ask_for_window()
        return self._server.window or self._server.settings.documented_window

    async def count_tokens(self, text: str) -> int | None:
        """Tokens of a text by the server's own tokenizer, None where it has none; never raises."""
        return await self._server.count_tokens(text)

    def listing_fingerprint(self) -> str:
        """A hash of what the server listed about this model; "" where it was not asked or told."""
        return listing_fingerprint(self._server.listing, self.name)

    async def aclose(self) -> None:
        """Close connections; the model can't be used afterwards."""
        await self._server.connection.aclose()
