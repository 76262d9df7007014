"""What of a reply may be shown while it is being written: whole lines that hold up."""

from collections.abc import Callable

from holmes import events
from holmes.models.base import Notice, ProgressSink, Restarted, TextDelta


class ShownText:
    """Passes a reply on line by line, and stops at the first line that fails the check.

    A name that no tool returned is thus never on the screen, not even while the text streams in.
    """

    def __init__(self, holds_up: Callable[[str], bool]) -> None:
        self._holds_up = holds_up
        self._pending = ""
        self._stopped = False

    def sink(self, emit: events.EventSink) -> ProgressSink:
        """A sink for the model's progress that emits events."""

        def take(progress: TextDelta | Notice | Restarted) -> None:
            match progress:
                case Notice(text=text):
                    emit(events.Noticed(text=text))
                case Restarted():
                    self._pending, self._stopped = "", False
                    emit(events.ModelTextVoid())
                case TextDelta(text=text, kind="reasoning"):
                    emit(events.ModelText(text=text, reasoning=True))
                case TextDelta(text=text):
                    self._add(text, emit)

        return take

    def close(self, emit: events.EventSink, content: str) -> None:
        """The reply is complete: show its last line, unless the whole reply was empty."""
        if self._pending and content.strip():
            self._show(self._pending, emit)
        self._pending = ""

    def _add(self, text: str, emit: events.EventSink) -> None:
        *lines, self._pending = (self._pending + text).split("\n")
        for line in lines:
            self._show(line + "\n", emit)

    def _show(self, line: str, emit: events.EventSink) -> None:
        self._stopped = self._stopped or not self._holds_up(line)
        if not self._stopped:
            emit(events.ModelText(text=line, reasoning=False))
