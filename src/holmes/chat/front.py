"""What a conversation needs of whatever shows it and reads lines for it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from holmes.core.evidence import Evidence
from holmes.render.base import Renderer

if TYPE_CHECKING:
    from holmes.chat.chat import Chat


class Front(Protocol):
    """A terminal with a prompt and keys, or plain lines."""

    def show(self, text: str) -> None:
        """Print lines above the prompt; nothing in them is obeyed by a terminal."""

    def turn(self, found: Mapping[int, Evidence], *, verbose: bool) -> Renderer:
        """A renderer for the next question; `found` are the results so far."""

    def refresh(self) -> None:
        """What the prompt says is another."""

    def clear(self) -> None:
        """Clear the screen."""

    async def view(self, title: str, text: str) -> None:
        """Show a text to be scrolled and searched."""

    async def foreground(self, argv: Sequence[str], environment: Mapping[str, str]) -> int:
        """Lend the terminal to a program until it ends; its exit code."""

    async def serve(self, chat: "Chat") -> None:
        """Read lines and hand them to the conversation until it leaves."""
