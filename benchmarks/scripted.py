"""A model that plays a list of replies: for demonstrations, and for tests of the loop."""

from collections.abc import Iterable

from holmes.core.errors import UnexpectedResponse
from holmes.core.messages import AssistantMessage, StopReason, Usage
from holmes.models.base import ModelReply, ModelRequest, ProgressSink, TextDelta


class ScriptedModel:
    """Gives `replies` in order and keeps every request in `requests`."""

    address = "a script"

    def __init__(
        self,
        replies: Iterable[AssistantMessage],
        *,
        context_window: int | None = None,
        name: str = "scripted",
    ) -> None:
        self.name = name
        self.requests: list[ModelRequest] = []
        self._replies = list(replies)
        self._context_window = context_window

    async def context_window(self) -> int | None:
        """The window that the script claims."""
        return self._context_window

    async def count_tokens(self, text: str) -> int | None:
        """A script has no tokenizer."""
        del text
        return None

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        """Return the next reply; raises `UnexpectedResponse` after the last one."""
        position = len(self.requests)
        self.requests.append(request)
        if position >= len(self._replies):
            raise UnexpectedResponse(
                f"The script holds {len(self._replies)} replies, and one more was asked for.",
                address=self.address,
            )
        message = self._replies[position]
        if message.content:
            progress(TextDelta(text=message.content))
        stop_reason: StopReason = "tool_calls" if message.tool_calls else "stop"
        return ModelReply(message=message, stop_reason=stop_reason, usage=Usage(), model=self.name)

    async def aclose(self) -> None:
        """Nothing to close."""
