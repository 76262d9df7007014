"""What of a reply may be shown while it is being written: whole lines that hold up."""

from collections.abc import Callable

from holmes.core import events
from holmes.models.base import Notice, ProgressSink, Restarted, TextDelta


class ShownText:
    """Passes a reply on line by line, and stops at the first line that may not be shown.

    `line_check` makes, for each reply, what gives a line as it may be shown, or None.

    A name or a value that no tool returned is thus never on the screen, not even while the text
    streams in.
    """

    def __init__(self, line_check: Callable[[], Callable[[str], str | None]]) -> None:
        self._line_check = line_check
        self._shown_line: Callable[[str], str | None] | None = None
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
                    self._shown_line = None
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
        if self._shown_line is None:
            self._shown_line = self._line_check()
        text = None if self._stopped else self._shown_line(line)
        self._stopped = text is None
        if text:
            emit(events.ModelText(text=text, reasoning=False))
