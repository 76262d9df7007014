"""A model that keeps what was asked of it and what came back; see `holmes.models.base.Model`."""

from dataclasses import dataclass

from holmes.models.base import Model, ModelReply, ModelRequest, ProgressSink


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """One request and its reply."""

    request: ModelRequest
    reply: ModelReply


class CountedModel:
    """Passes everything on to the inner model."""

    def __init__(self, inner: Model) -> None:
        self._inner = inner
        self.exchanges: list[Exchange] = []
        self.name = inner.name
        self.address = inner.address
        self.context_window = inner.context_window
        self.count_tokens = inner.count_tokens
        self.aclose = inner.aclose

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        """Ask the inner model."""
        reply = await self._inner.complete(request, progress)
        self.exchanges.append(Exchange(request=request, reply=reply))
        return reply
