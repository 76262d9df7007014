"""What of a reply is shown while it is being written: whole lines, until one names an invention.

A pod name that no tool returned is never on the screen, not even while the text streams in.
"""

from collections.abc import Callable

from holmes.core import events
from holmes.models.base import Notice, ProgressSink, Restarted, TextDelta

LONGEST_REPLY = 50_000
"""Characters of a reply that are read: twelve pages. To check so many takes a second at most."""


class LiveText:
    """Passes a reply on line by line, up to the first line that `invents` something."""

    def __init__(self, invents: Callable[[str], bool]) -> None:
        self._invents = invents
        self._pending = ""
        self._stopped = False
        self._shown = 0

    def sink(self, emit: events.EventSink) -> ProgressSink:
        """A sink for the model's progress that emits events."""

        def take(progress: TextDelta | Notice | Restarted) -> None:
            match progress:
                case Notice(text=text):
                    emit(events.Noticed(text=text))
                case Restarted():
                    self._pending, self._stopped, self._shown = "", False, 0
                    emit(events.ModelTextVoid())
                case TextDelta(text=text, kind="reasoning"):
                    emit(events.ModelText(text=text, reasoning=True))
                case TextDelta(text=text):
                    *lines, self._pending = (self._pending + text).split("\n")
                    for line in lines:
                        self._show(line + "\n", emit)

        return take

    def close(self, emit: events.EventSink, content: str) -> None:
        """The reply is complete: show its last line, unless the whole reply was empty."""
        if self._pending and content.strip():
            self._show(self._pending, emit)
        self._pending = ""

    def _show(self, line: str, emit: events.EventSink) -> None:
        self._shown += len(line)
        self._stopped = self._stopped or self._shown > LONGEST_REPLY or self._invents(line)
        if not self._stopped:
            emit(events.ModelText(text=line, reasoning=False))
