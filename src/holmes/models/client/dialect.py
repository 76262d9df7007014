"""What one server takes of the protocol, learned from its refusals."""

import re
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from holmes.models.base import ModelRequest
from holmes.models.client.error_reply import ErrorReply

MaxTokensName: TypeAlias = Literal["max_tokens", "max_completion_tokens"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """The optional parts of a request; a client starts with all of them and drops what is refused.

    Streaming is kept apart for requests with tools: some servers can do either, not both.
    """

    max_tokens_name: MaxTokensName = "max_tokens"
    temperature: bool = True
    stream_options: bool = True
    stream: bool = True
    stream_with_tools: bool = True

    def streams(self, request: ModelRequest) -> bool:
        """Whether to ask for a stream."""
        return request.stream and self.stream and (self.stream_with_tools or not request.tools)

    def without_stream(self, request: ModelRequest) -> "Dialect":
        """This dialect, with streaming off for requests of this kind."""
        if request.tools:
            return replace(self, stream_with_tools=False)
        return replace(self, stream=False)


# A parameter is only blamed when the sentence says that it is refused, not where it is mentioned.
_REFUSED = re.compile(
    r"unsupported|not supported|n['o]t support|unrecognized|unknown|unexpected|not permitted"
    r"|not allowed|not available|extra (fields|inputs)|does not (accept|take)|only the default"
    r"|can only be (set|used)|invalid_parameter|deprecated|cannot be used|is not compatible",
    re.IGNORECASE,
)


def adapt(
    dialect: Dialect, refusal: ErrorReply, request: ModelRequest
) -> tuple[Dialect, str] | None:
    """The dialect without what was refused, and a sentence about it; None if nothing fits."""
    if refusal.status not in {400, 404, 422, 500, 501} or not _REFUSED.search(refusal.everything):
        return None
    if dialect.stream_options and dialect.streams(request) and refusal.names("stream_options"):
        return (
            replace(dialect, stream_options=False),
            "The server does not take stream_options: token counts may be missing.",
        )
    if dialect.max_tokens_name == "max_tokens" and _wants_completion_tokens(refusal):
        return (
            replace(dialect, max_tokens_name="max_completion_tokens"),
            "The server wants max_completion_tokens instead of max_tokens.",
        )
    if dialect.temperature and refusal.names("temperature"):
        return (
            replace(dialect, temperature=False),
            "The server does not take a temperature: left out.",
        )
    if dialect.streams(request) and refusal.names("stream", "streaming"):
        return (
            dialect.without_stream(request),
            "The server does not stream this kind of request: the reply will come in one piece.",
        )
    return None


def _wants_completion_tokens(refusal: ErrorReply) -> bool:
    # OpenAI's reasoning models and Azure: the sentence names both parameters.
    both_named = refusal.names("max_tokens") and refusal.names("max_completion_tokens")
    return both_named or (refusal.param, refusal.code) == ("max_tokens", "unsupported_parameter")
