"""How much fits: characters for the model's context window, steps and seconds for the run."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from holmes.messages import AssistantMessage, Message, ToolDefinition, ToolMessage, Usage

ASSUMED_WINDOW = 8192
"""Tokens, where the server does not say; an overflow error then tells the real size."""

FIRST_CHARS_PER_TOKEN = 3.0
"""Before the server's own count is known; kubectl tables and YAML measured 2.6 to 3.4."""

SHRUNK = "[shortened to save room; the whole output stays on record]"


@dataclass(kw_only=True, slots=True)
class ContextBudget:
    """Keeps a conversation inside the context window; learns from every reply.

    window  tokens, as the server said or as an overflow taught
    """

    window: int = ASSUMED_WINDOW
    chars_per_token: float = FIRST_CHARS_PER_TOKEN
    _sent: int = field(default=0, repr=False)

    @property
    def answer_tokens(self) -> int:
        """Tokens kept free for one reply, which is also the most that is asked for."""
        return max(256, min(4096, self.window // 4))

    @property
    def question_chars(self) -> int:
        """Room for the question with the files and the piped text that came with it."""
        return int(self.window * self.chars_per_token * 0.4)

    def excerpt_chars(self, calls: int, used: int) -> int:
        """Room for one tool result when `calls` results come at once and `used` chars are taken."""
        free = (self.window - self.answer_tokens) * self.chars_per_token - used
        share = min(free * 0.6, self.window * self.chars_per_token * 0.35) / max(1, calls)
        return max(400, min(24_000, int(share)))

    def sent(self, messages: Sequence[Message], tools: Sequence[ToolDefinition]) -> None:
        """Remember the size of a request, so that its reply's usage can calibrate the estimate."""
        self._sent = size(messages, tools)

    def learn(self, usage: Usage) -> None:
        """Take the server's own token count for the last request."""
        if usage.prompt_tokens and usage.prompt_tokens > 100 and self._sent:
            # Never below 1: a template that drops the tools would otherwise teach nonsense.
            self.chars_per_token = max(1.0, min(6.0, self._sent / usage.prompt_tokens))

    def overflowed(self, window: int | None) -> None:
        """An overflow happened: take the server's window, or assume a good deal less than now."""
        if window is not None and window < self.window:
            self.window = window
        else:
            self.chars_per_token *= 0.75

    def fit(
        self, messages: list[Message], tools: Sequence[ToolDefinition] = ()
    ) -> tuple[list[Message], bool]:
        """The same conversation, with the oldest tool results shortened until it fits.

        Returns it and whether anything was shortened. Instructions, the question and the last
        batch of results stay longest; where even that is too much, those are cut as well.
        """
        room = int((self.window - self.answer_tokens) * self.chars_per_token)
        if size(messages, tools) <= room:
            return messages, False
        fitted = list(messages)
        last = max((i for i, m in enumerate(fitted) if isinstance(m, AssistantMessage)), default=0)
        old = [i for i, m in enumerate(fitted) if isinstance(m, ToolMessage) and i < last]
        new = [i for i, m in enumerate(fitted) if isinstance(m, ToolMessage) and i > last]
        for keep, indexes in ((200, old), (1200, new), (300, new)):
            for index in indexes:
                fitted[index] = _shortened(fitted[index], keep)
                if size(fitted, tools) <= room:
                    return fitted, True
        return fitted, True


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
    """Characters that go over the wire, near enough."""
    total = sum(len(tool.description) + len(str(tool.parameters)) + 60 for tool in tools)
    for message in messages:
        total += len(message.content) + 20
        if isinstance(message, AssistantMessage):
            total += sum(
                len(call.raw_arguments) + len(call.name) + 40 for call in message.tool_calls
            )
    return total


def _shortened(message: Message, keep: int) -> Message:
    if not isinstance(message, ToolMessage) or len(message.content) <= keep + len(SHRUNK):
        return message
    return ToolMessage(
        tool_call_id=message.tool_call_id,
        name=message.name,
        content=f"{message.content[:keep]}\n{SHRUNK}",
    )
