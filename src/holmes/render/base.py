"""What every front end offers to the command line."""

from typing import Protocol

from holmes.core.events import ApprovalAsked, ApprovalGiven, Event


class Renderer(Protocol):
    """Takes the events of one investigation; `close` comes last, whatever happened."""

    def __call__(self, event: Event) -> None:
        """Take one event."""

    def failed(self, message: str) -> None:
        """The run ended with this error, which the command line prints; keep what was found."""

    def close(self) -> None:
        """Put everything back in order: the cursor, the live region, the document."""


class PausedWhileAsking:
    """Passes events on, but not while a question to a person stands on the screen."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._asking = False
        self._later: list[Event] = []

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, ApprovalGiven):
            self._asking = False
        if self._asking:
            self._later.append(event)
            return
        self._renderer(event)
        if isinstance(event, ApprovalAsked):
            self._asking = True
        later, self._later = self._later, []
        for one in later:
            self(one)
