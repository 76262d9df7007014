"""Nothing is written over a question that stands on the screen."""

from holmes.core.events import ApprovalAsked, ApprovalGiven, Event
from holmes.render.base import Renderer


class Holding:
    """Passes events on to a renderer, and keeps them back while a person is being asked."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._asking = False
        self._kept: list[Event] = []

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, ApprovalGiven):
            self._asking = False
        if self._asking:
            self._kept.append(event)
            return
        self._renderer(event)
        if isinstance(event, ApprovalAsked):
            self._asking = True
        kept, self._kept = self._kept, []
        for one in kept:
            self(one)
