"""What a model's tokens cost."""

from dataclasses import dataclass

from holmes.core.messages import Usage

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """US dollars for a million tokens; `cached` is for prompt tokens read from a cache."""

    input: float
    output: float
    cached: float | None = None

    def cost(self, usage: Usage) -> float | None:
        """US dollars for these tokens; None where the server did not count them."""
        if usage.prompt_tokens is None or usage.completion_tokens is None:
            return None
        cached = min(usage.cached_tokens or 0, usage.prompt_tokens)
        read = self.input if self.cached is None else self.cached
        dear = (usage.prompt_tokens - cached) * self.input + usage.completion_tokens * self.output
        return (dear + cached * read) / MILLION
