"""A terminal with a prompt that stays while a question is worked at."""

import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill

import anyio
from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app, run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.history import FileHistory
from rich.console import Console

from holmes.chat import commands
from holmes.chat.attachments import Pastes
from holmes.chat.chat import Chat
from holmes.chat.keys import bindings
from holmes.chat.names import Names, files, word_before
from holmes.chat.screen import ChatRenderer
from holmes.chat.viewer import view
from holmes.config.state import state_folder
from holmes.core.evidence import Evidence
from holmes.kubernetes.target import target_of
from holmes.render.text import safe
from holmes.tools.process import foreground

PROMPT = "holmes> "
_REDRAW_SECONDS = 0.125
_ESCAPE_SECONDS = 0.15
"""Until Escape is taken for the key and not for the beginning of another key's sequence, which
comes in pieces over a slow line."""


class TerminalFront:
    """Prints above the prompt; draws there what a question at work is doing."""

    def __init__(self) -> None:
        self.pastes = Pastes()
        self.chat: Chat | None = None
        self._names = Names()
        self._renderer: ChatRenderer | None = None
        self._printed: list[str] = []
        self._on_the_way = 0  # prints that the screen does not show yet
        self._held = False
        self._stashed: str | None = None
        self._session: PromptSession[str] = PromptSession(
            history=_History(self, _history_file()),
            multiline=True,
            completer=_Names(self),
            complete_while_typing=True,
            key_bindings=bindings(self),
            reserve_space_for_menu=4,
        )
        app = self._session.app
        app.timeoutlen, app.ttimeoutlen = _ESCAPE_SECONDS, _ESCAPE_SECONDS
        app.min_redraw_interval = 0.05

    def show(self, text: str) -> None:
        """Print lines above the prompt."""
        width = self._session.output.get_size().columns
        lines = safe(text).splitlines() or [""]
        # Our own remarks; what a program printed stays as it is, to be copied.
        wrapped = (fill(line, width) if line.startswith("! ") else line for line in lines)
        self.print("\n".join(wrapped) + "\n")

    def print(self, text: str) -> None:
        """Print as it is, colours included; in the order in which it comes."""
        self._printed.append(text)
        self._flush()

    def turn(self, found: Mapping[int, Evidence], *, verbose: bool) -> ChatRenderer:
        """A renderer that prints above the prompt."""
        size = self._session.output.get_size()
        console = Console(
            file=_Above(self.print), force_terminal=True, width=size.columns, highlight=False
        )
        self._renderer = ChatRenderer(console, found, verbose=verbose)
        return self._renderer

    def refresh(self) -> None:
        """Draw the prompt anew; a question to the person gets an empty line of its own."""
        buffer, asked = self._session.default_buffer, bool(self.chat and self.chat.person.prompt)
        if asked and self._stashed is None:
            self._stashed = buffer.text
            buffer.reset()
        elif not asked and self._stashed is not None:
            # What was typed since the answer is the beginning of the next line, not lost.
            text, self._stashed = self._stashed + buffer.text, None
            buffer.text, buffer.cursor_position = text, len(text)
        self._session.app.invalidate()

    def clear(self) -> None:
        """Clear the screen."""
        self._session.output.erase_screen()
        self._session.output.cursor_goto(0, 0)
        self._session.output.flush()

    async def view(self, title: str, text: str) -> None:
        """Show a text over the whole terminal; what is printed meanwhile comes after it."""
        self._held = True
        try:
            await view(safe(title), safe(text))
        finally:
            self._held = False
            self._flush()

    async def foreground(self, argv: Sequence[str], environment: Mapping[str, str]) -> int:
        """Lend the terminal to a program."""
        return await foreground(argv, environment)

    async def serve(self, chat: Chat) -> None:
        """Read lines until the conversation leaves."""
        self.chat = chat
        async with anyio.create_task_group() as group:
            group.start_soon(self._redraw)
            while not chat.leaving:
                # It asks now and then only, and at once of another cluster.
                group.start_soon(self._names.refresh, target_of(chat.runtime))
                line = await self._session.prompt_async(self._message)
                await chat.take(line, self.pastes.of(line))
            group.cancel_scope.cancel()

    def known_names(self) -> frozenset[str]:
        """What can be completed of the cluster."""
        return self._names.known(self.chat.exchanges.found.values() if self.chat else ())

    async def _redraw(self) -> None:
        while True:
            await anyio.sleep(_REDRAW_SECONDS)
            if self.chat and self.chat.busy:
                self._session.app.invalidate()

    def _message(self) -> ANSI:
        chat = self.chat
        prompt = (chat.person.prompt if chat else "") or PROMPT
        if chat is None or not (chat.busy or self._on_the_way) or get_app().is_done:
            return ANSI(prompt)
        size = self._session.output.get_size()
        drawn = so_far = ""
        if chat.busy == "the question" and self._renderer is not None:
            drawn, so_far = self._renderer.drawn(size.columns, size.rows), self._renderer.so_far
        status = f"Escape interrupts · {so_far or chat.busy}"[: size.columns - 1]
        return ANSI("\n".join(filter(None, (drawn, status, prompt))))

    def _flush(self) -> None:
        if self._held or not self._printed:
            return
        text = "".join(self._printed)
        self._printed.clear()
        if not self._session.app.is_running:
            _write(text)
            return
        self._on_the_way += 1

        def write() -> None:
            self._on_the_way -= 1
            _write(text)

        run_in_terminal(write)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


class _Above(io.StringIO):
    """A file for rich: what it writes is printed above the prompt, a whole print at a time."""

    def __init__(self, emit: Callable[[str], None]) -> None:
        super().__init__()
        self._emit = emit

    def flush(self) -> None:
        """Hand on what was written."""
        text = self.getvalue()
        self.seek(0)
        self.truncate()
        if text:
            self._emit(text)


class _History(FileHistory):
    """Lines of all conversations; answers to our own questions are none."""

    def __init__(self, front: TerminalFront, path: Path) -> None:
        super().__init__(str(path))
        self._front = front

    def append_string(self, string: str) -> None:
        """Keep a line."""
        if not (self._front.chat and self._front.chat.person.prompt):
            super().append_string(string)


def _history_file() -> Path:
    """The file, for its owner alone."""
    path = state_folder("chat") / "history"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    path.chmod(0o600)
    return path


class _Names(Completer):
    """Commands after a slash, files after @; on Tab names of the cluster, and results' numbers."""

    def __init__(self, front: TerminalFront) -> None:
        self._front = front

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """What the word before the cursor may become."""
        text = document.text_before_cursor
        word = word_before(text)
        if self._front.chat is None or self._front.chat.person.prompt:
            return
        if text.startswith("/") and word == text:
            for each in commands.find(word[1:]):
                yield Completion(f"/{each.name}", -len(word), display_meta=each.help)
        elif word.startswith("@"):
            for name in files(word[1:]):
                yield Completion(f"@{name}", -len(word))
        elif complete_event.completion_requested:
            if text.startswith("/"):
                names: frozenset[str] = frozenset(map(str, self._front.chat.exchanges.found))
            else:
                names = self._front.known_names()
            for name in sorted(each for each in names if each.startswith(word)):
                yield Completion(name, -len(word))
