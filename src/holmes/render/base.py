"""What every front end offers to the command line."""

from typing import Protocol

from holmes.core.events import Event


class Renderer(Protocol):
    """Takes the events of one investigation; `close` comes last, whatever happened."""

    def __call__(self, event: Event) -> None:
        """Take one event."""

    def failed(self, message: str) -> None:
        """The run ended with this error, which the command line prints; keep what was found."""

    def close(self) -> None:
        """Put everything back in order: the cursor, the live region, the document."""
