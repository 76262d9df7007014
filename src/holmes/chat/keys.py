"""What keys do at the prompt."""

from typing import TYPE_CHECKING

from prompt_toolkit.filters import has_completions
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

if TYPE_CHECKING:
    from holmes.chat.terminal import TerminalFront


def bindings(front: "TerminalFront") -> KeyBindings:
    """Enter, Escape, Ctrl-C, Ctrl-D and pastes; everything else is as readline has it."""
    keys, made = KeyBindings(), _Handlers(front)
    keys.add("enter")(made.enter)
    keys.add("c-j")(made.enter)  # Enter, typed before the prompt was there
    keys.add("escape", "enter")(made.new_line)
    keys.add("escape", filter=has_completions)(made.close_menu)
    keys.add("escape", filter=~has_completions)(made.escape)
    keys.add("c-c")(made.interrupt)
    keys.add("c-d")(made.end)
    keys.add(Keys.BracketedPaste)(made.paste)
    return keys


class _Handlers:
    """`stopped`: what ran was interrupted, and nothing was entered since."""

    def __init__(self, front: "TerminalFront") -> None:
        self._front = front
        self._stopped = False

    def enter(self, event: KeyPressEvent) -> None:
        """Take a completion, begin a new line behind a backslash, or hand the line on."""
        buffer = event.current_buffer
        state = buffer.complete_state
        if state is not None and state.current_completion is not None:
            buffer.complete_state = None
        elif buffer.document.current_line_before_cursor.endswith("\\"):
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            self._stopped = False
            buffer.validate_and_handle()

    def new_line(self, event: KeyPressEvent) -> None:
        """Begin a new line."""
        event.current_buffer.insert_text("\n")

    def close_menu(self, event: KeyPressEvent) -> None:
        """Leave the word as it was typed."""
        event.current_buffer.cancel_completion()

    def escape(self, event: KeyPressEvent) -> None:
        """Interrupt; a second time leave; else empty the line."""
        if not self._stop(event):
            event.current_buffer.reset()

    def interrupt(self, event: KeyPressEvent) -> None:
        """The same; on an empty line leave."""
        if self._stop(event):
            return
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            self._leave(event)

    def end(self, event: KeyPressEvent) -> None:
        """Leave where the line is empty; else what Delete does."""
        if event.current_buffer.text:
            event.current_buffer.delete()
        else:
            self._leave(event)

    def paste(self, event: KeyPressEvent) -> None:
        """A short text goes into the line, a long one becomes an attachment."""
        event.current_buffer.insert_text(self._front.pastes.taken(event.data))

    def _leave(self, event: KeyPressEvent) -> None:
        if self._front.chat is not None:
            self._front.chat.leave()
        event.app.exit(result="")

    def _stop(self, event: KeyPressEvent) -> bool:
        """Interrupt or leave; False where there is neither to do."""
        if self._stopped:
            self._leave(event)
        elif self._front.chat is None or not self._front.chat.busy:
            return False
        else:
            self._stopped = True
            self._front.chat.interrupt()
        return True
