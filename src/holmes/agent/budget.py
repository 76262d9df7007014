"""How much fits: tokens for the model's context window, steps and seconds for the run.

Tokens are estimated from bytes and corrected by every count that a server gives: the `usage` of its
replies, and its tokenizer where it has one. Nothing is downloaded to count them.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from holmes.agent.shrinking import SHRUNK, shrink
from holmes.core.messages import (
    AssistantMessage,
    Message,
    ToolDefinition,
    ToolMessage,
    Usage,
    UserMessage,
)
from holmes.models.windows import ASSUMED

__all__ = ["SHRUNK", "ContextBudget", "Deadline", "size"]

MOST_RESERVED = 16_384
"""Tokens kept free for a reply in the largest window."""

SHORT_WINDOW = 16_384
"""Tokens; in a window up to here a reply without a limit would run into its end."""

LEAST_WINDOW = 1024
"""Tokens; no overflow makes the window be taken for smaller."""

RESULT_DENSITY = 3.0
"""Bytes a token of tool results, before the server's own count is known; kubectl's tables and YAML
measured 2.6 to 3.4."""

PROSE_DENSITY = 4.0
"""Bytes a token of instructions, schemas and answers; ours measured 4.2 to 4.6 (o200k_base)."""

IMAGE_BYTES = 4_000
"""What an image is taken for, until the server counts: models make 85 to 1,600 tokens of one."""

ROOM_AFTER_SHRINKING = 0.7
"""Of what fits, the share that is used once something had to shrink: each time a server's prefix
cache is lost, so it is done seldom and in big steps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Counted:
    """A request whose tokens the server counted; sizes in bytes."""

    results: int
    prose: int
    tools: int
    tokens: int


@dataclass(kw_only=True, slots=True)
class ContextBudget:
    """Keeps a conversation inside the context window; learns from every reply.

    window   tokens, as the server said or as an overflow taught
    density  bytes a token of tool results, as far as is known
    """

    window: int = ASSUMED
    density: float = RESULT_DENSITY
    _sent: _Counted | None = field(default=None, repr=False)
    _counted: _Counted | None = field(default=None, repr=False)

    @property
    def answer_tokens(self) -> int:
        """Tokens kept free for one reply and the thinking before it."""
        return max(256, min(MOST_RESERVED, self.window // 4))

    @property
    def max_tokens(self) -> int | None:
        """The output limit to ask for; None leaves it to the server.

        A large window has room for any reply, and a reasoning model spends thousands of tokens
        before its first word: a limit could only cut it off.
        """
        return self.answer_tokens if self.window <= SHORT_WINDOW else None

    @property
    def prompt_tokens(self) -> int:
        """Tokens that a request may hold."""
        return self.window - self.answer_tokens

    @property
    def question_chars(self) -> int:
        """Room for the question with the files and the piped text that came with it."""
        return int(self.window * self.density * 0.4)

    def excerpt_chars(
        self, calls: int, messages: Sequence[Message], tools: Sequence[ToolDefinition] = ()
    ) -> int:
        """Room for one tool result when `calls` results come at once."""
        free = self.prompt_tokens - self.tokens(messages, tools)
        share = min(free * 0.6, self.window * 0.35) * self.density / max(1, calls)
        return max(400, min(24_000, int(share)))

    def tokens(self, messages: Sequence[Message], tools: Sequence[ToolDefinition] = ()) -> int:
        """About how many tokens a request holds: the last count, and an estimate of the rest."""
        now = _measured(messages, tools)
        known = self._counted or _Counted(results=0, prose=0, tools=0, tokens=0)
        added = (now.results - known.results) / self.density
        # Tools that are left out may be worth less than they measure: templates shorten them.
        added += (now.prose - known.prose + max(0, now.tools - known.tools)) / PROSE_DENSITY
        return max(0, known.tokens + int(added))

    def sent(self, messages: Sequence[Message], tools: Sequence[ToolDefinition]) -> None:
        """Remember the size of a request, so that its reply's usage can calibrate the estimate."""
        self._sent = _measured(messages, tools)

    def learn(self, usage: Usage) -> None:
        """Take the server's own token count for the last request."""
        tokens, sent, before = usage.prompt_tokens, self._sent, self._counted
        if sent is None or not tokens or tokens <= 100:
            return
        if before is not None and sent.tools == before.tools:
            grown = sent.results - before.results, tokens - before.tokens
            other = (sent.prose - before.prose) / PROSE_DENSITY
            seen = grown[0] / (grown[1] - other) if grown[1] > other else 0.0
        else:
            # Templates shorten tools and add words of their own: such a count can only warn.
            whole = sent.results + sent.prose + sent.tools
            grown, seen = (whole, tokens), min(self.density, whole / tokens)
        if grown[0] > 400 and seen > 0:
            self.density = max(1.0, min(4.0, seen))
        self._counted = _Counted(
            results=sent.results, prose=sent.prose, tools=sent.tools, tokens=tokens
        )

    def counted(self, text: str, tokens: int | None) -> None:
        """Take the server's own count of some tool results."""
        if tokens and len(text) > 400:
            self.density = max(1.0, min(4.0, _bytes(text) / tokens))

    def overflowed(self, window: int | None) -> None:
        """An overflow happened: take the server's window, or assume a good deal less than now."""
        if window is not None and window < self.window:
            self.window = window
            return
        refused = float(self.window)
        if (sent := self._sent) is not None:
            # A window that nobody stated may be far larger than what was refused.
            prose = (sent.prose + sent.tools) / PROSE_DENSITY
            refused = min(refused, sent.results / self.density + prose)
            if self._counted is None:
                self.density = max(1.0, self.density * 0.75)
        self.window = max(LEAST_WINDOW, int(refused * 0.75))

    def fit(
        self,
        messages: list[Message],
        tools: Sequence[ToolDefinition] = (),
        question: str = "",
    ) -> tuple[list[Message], bool]:
        """The same conversation, with tool results shortened where it does not fit.

        Returns it and whether anything was shortened; `holmes.agent.shrinking` says how.
        """
        if self.tokens(messages, tools) <= self.prompt_tokens:
            return messages, False

        def fits(candidate: Sequence[Message], *, for_a_while: bool) -> bool:
            share = ROOM_AFTER_SHRINKING if for_a_while else 1.0
            return self.tokens(candidate, tools) <= self.prompt_tokens * share

        return shrink(messages, fits, question), True


@dataclass(kw_only=True, slots=True)
class Deadline:
    """The end of the time that an investigation may take; `clock` counts seconds."""

    seconds: float
    _start: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds until the end, 0 once it has passed."""
        return max(0.0, self._start + self.seconds - time.monotonic())


def size(messages: Sequence[Message], tools: Sequence[ToolDefinition] = ()) -> int:
    """Bytes that go over the wire, near enough."""
    measured = _measured(messages, tools)
    return measured.results + measured.prose + measured.tools


def _measured(messages: Sequence[Message], tools: Sequence[ToolDefinition]) -> _Counted:
    results = prose = 0
    for message in messages:
        length = _bytes(message.content) + 20
        if isinstance(message, ToolMessage):
            results += length
        else:
            prose += length
        if isinstance(message, UserMessage):
            prose += IMAGE_BYTES * len(message.images)
        if isinstance(message, AssistantMessage):
            for call in message.tool_calls:
                prose += len(call.raw_arguments or str(call.arguments)) + len(call.name) + 40
    schemas = sum(_bytes(tool.description) + len(str(tool.parameters)) + 60 for tool in tools)
    return _Counted(results=results, prose=prose, tools=schemas, tokens=0)


def _bytes(text: str) -> int:
    # A character of Chinese is a token, not a quarter of one.
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
