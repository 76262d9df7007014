"""Nothing is written over a question that stands on the screen."""

from holmes.core.events import ApprovalAsked, ApprovalGiven, Event
from holmes.render.base import Renderer


class PausedWhileAsking:
    """Passes events on to a renderer, but for while a person is being asked."""

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
