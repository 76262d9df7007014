"""Line by line, without colours and cursor movements: for screen readers, pipes, dumb terminals."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

import anyio

from holmes.chat.chat import Chat
from holmes.core.evidence import Evidence
from holmes.render.base import Renderer
from holmes.render.plain import PlainRenderer
from holmes.render.text import safe
from holmes.tools.process import foreground

PROMPT = "holmes> "
_PIECE = 65536


class PlainFront:
    """Reads standard input by lines; Ctrl-C interrupts what runs, and leaves where nothing does."""

    def __init__(self) -> None:
        self._typed = b""
        self._ended = False
        self._wanted = anyio.Event()

    def show(self, text: str) -> None:
        """Print."""
        print(safe(text), flush=True)  # noqa: T201  # this is a terminal's front end

    def turn(self, found: Mapping[int, Evidence], *, verbose: bool) -> Renderer:
        """Progress on standard error, the answer on standard output."""
        return PlainRenderer(verbose=verbose, found=found)

    def refresh(self) -> None:
        """A line may be wanted now."""
        self._wanted.set()

    def clear(self) -> None:
        """There is no screen to clear."""

    async def view(self, title: str, text: str) -> None:
        """Print all of it."""
        self.show(f"{title}\n{text}")

    async def foreground(self, argv: Sequence[str], environment: Mapping[str, str]) -> int:
        """As the program does it."""
        return await foreground(argv, environment)

    async def serve(self, chat: Chat) -> None:
        """Read lines until the end of the input; a question is answered before the next is read."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def stop() -> None:
            if not chat.interrupt() and task is not None:
                chat.leave()
                self._ended = True
                task.cancel()

        loop.add_signal_handler(signal.SIGINT, stop)
        try:
            await self._serve(chat)
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    async def _serve(self, chat: Chat) -> None:
        while not chat.leaving:
            if chat.busy and not chat.person.prompt:
                self._wanted = anyio.Event()
                await self._wanted.wait()
                continue
            line = await self._line(chat.person.prompt or PROMPT)
            if line is None:
                chat.leave()
                return
            await chat.take(line)

    async def _line(self, prompt: str) -> str | None:
        """The next line; None at the end of the input."""
        sys.stdout.write(prompt)
        sys.stdout.flush()
        while b"\n" not in self._typed and not self._ended:
            await self._more()
        line, _, self._typed = self._typed.partition(b"\n")
        return None if self._ended and not line else line.decode(errors="replace")

    async def _more(self) -> None:
        with suppress(PermissionError):  # a file is always readable: epoll refuses to wait
            await anyio.wait_readable(0)
        piece = os.read(0, _PIECE)
        self._typed += piece
        self._ended = not piece
