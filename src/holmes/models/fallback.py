"""Several models in order: the next one takes over where a server is down."""

import time
from collections.abc import Sequence

from holmes.core.errors import ContextOverflow, ServerOverloaded, ServerUnreachable
from holmes.models.base import (
    DelegatingModel,
    Model,
    ModelProgress,
    ModelReply,
    ModelRequest,
    Notice,
    ProgressSink,
    TextDelta,
)

BACK_AFTER = 300.0
"""Seconds after which the first model is asked again: each try waits for its retries, and a server
that restarts with a large model is back within minutes."""

_BYTES_A_TOKEN = 3


class FallbackModel(DelegatingModel):
    """The first of several models whose server is there.

    The next one is asked only where a server can't be reached or is overloaded, and only as long as
    nothing of the reply was shown. A refused key or request is not mended by another server.
    """

    def __init__(self, models: Sequence[Model], *, back_after: float = BACK_AFTER) -> None:
        super().__init__(models[0])
        self._models = tuple(models)
        self._back_after = back_after
        self._left_at = 0.0

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        """The reply of the first server that is there; a `Notice` says where another takes over."""
        if self._inner is not self._models[0] and self._is_time_to_go_back():
            self._inner = self._models[0]
        while True:
            shown = _Shown(progress)
            try:
                return await self._inner.complete(request, shown)
            except (ServerUnreachable, ServerOverloaded) as failure:
                following = self._models[self._models.index(self._inner) + 1 :]
                if shown.text or not following:
                    raise
                progress(Notice(text=_told(failure.message, following[0])))
                window = await self._inner.context_window()
                self._inner, self._left_at = following[0], time.monotonic()
            await self._require_room(request, window)

    def _is_time_to_go_back(self) -> bool:
        return time.monotonic() - self._left_at >= self._back_after

    async def _require_room(self, request: ModelRequest, before: int | None) -> None:
        """Raise ContextOverflow where the conversation was made for a larger window.

        Some servers cut a prompt that is too long without a word.
        """
        window = await self.context_window()
        if window is None or (before is not None and window >= before):
            return
        size = sum(len(message.content.encode("utf-8", "replace")) for message in request.messages)
        if size > window * _BYTES_A_TOKEN:
            said = f'The fallback "{self.name}" has a context window of {window} tokens.'
            raise ContextOverflow(said, address=self.address, window=window)

    async def aclose(self) -> None:
        """Close all of them."""
        for model in self._models:
            await model.aclose()


def _told(failure: str, following: Model) -> str:
    return f'{failure} Going on with the fallback "{following.name}" at {following.address}.'


class _Shown:
    """Passes progress on, and knows whether a piece of a reply was shown and still stands."""

    def __init__(self, progress: ProgressSink) -> None:
        self._progress = progress
        self.text = False

    def __call__(self, item: ModelProgress) -> None:
        if not isinstance(item, Notice):
            self.text = isinstance(item, TextDelta)
        self._progress(item)
