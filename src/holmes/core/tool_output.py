"""What one tool call gave."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

ToolStatus: TypeAlias = Literal[
    "ok",
    "no_data",
    "failed",
    "timeout",
    "denied",
    "invalid_arguments",
    "unknown_tool",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolOutput:
    """What one call gave.

    text     what the tool printed (stdout, or stdout and stderr where it failed), whole
    command  the exact command line that a person can run again; empty where nothing ran
    note     one sentence for model and person: why it failed, what was left out, what was mended
    """

    status: ToolStatus
    text: str = ""
    command: str = ""
    note: str = ""
    exit_code: int | None = None

    @property
    def invalid(self) -> bool:
        """Whether the call itself was wrong: nothing ran, and nothing was seen."""
        return self.status in {"invalid_arguments", "unknown_tool"}
