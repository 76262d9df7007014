"""Asking the person at the terminal whether one command may run."""

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from holmes.core.events import ApprovalAsked, ApprovalGiven, EventSink
from holmes.render.text import visible
from holmes.tools.permissions import ASKING_SECONDS, Answer

_TERMINAL = "/dev/tty"
_LOOK_EVERY = 0.05


class TerminalAsker:
    """Asks on the controlling terminal, one question at a time.

    Standard input is not asked: it may be data that somebody else wrote. What was typed before
    the question stood there is thrown away, so that no keystroke answers it by chance.
    """

    def __init__(self, emit: EventSink) -> None:
        self._emit = emit
        self._one_at_a_time = anyio.Lock()

    async def __call__(self, command: str) -> Answer:
        """Show the exact command; only y or yes is a yes."""
        with anyio.move_on_after(ASKING_SECONDS):
            async with self._one_at_a_time:
                return await self._ask(command)
        return "no_answer"

    async def _ask(self, command: str) -> Answer:
        with _terminal() as terminal:
            if terminal is None:
                return "no_terminal"
            self._emit(ApprovalAsked(command=command))
            answer: Answer = "no_answer"
            try:
                answer = await _answer_on(terminal, f"{visible(command)}\nRun it?")
            finally:
                self._emit(ApprovalGiven(command=command, approved=answer == "yes"))
            return answer


async def ask(question: str) -> Answer:
    """Put a question to the person at the terminal; only y or yes is a yes."""
    with _terminal() as terminal:
        return "no_terminal" if terminal is None else await _answer_on(terminal, question)


@contextmanager
def _terminal() -> Iterator[int | None]:
    """The controlling terminal, where there is one that this process may read."""
    try:
        terminal = os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY)
    except OSError:
        yield None
        return
    try:
        # In the background, reading would stop this process.
        yield terminal if os.tcgetpgrp(terminal) == os.getpgrp() else None
    finally:
        os.close(terminal)


async def _answer_on(terminal: int, question: str) -> Answer:
    import termios  # noqa: PLC0415  (absent on Windows, where there is no /dev/tty either)

    typed = b""
    try:
        termios.tcflush(terminal, termios.TCIFLUSH)
        _write(terminal, f"This needs your yes:\n  {question} [y/N] ")
        while not typed.endswith(b"\n"):
            # Looked at now and then rather than waited for: macOS can't watch /dev/tty.
            while not select.select([terminal], [], [], 0)[0]:  # noqa: ASYNC110  (see above)
                await anyio.sleep(_LOOK_EVERY)
            piece = os.read(terminal, 256)
            if not piece:
                break
            typed += piece
    except anyio.get_cancelled_exc_class():
        _write(terminal, "\nNot run.\n")
        raise
    except (OSError, termios.error):
        return "no_terminal"
    return "yes" if typed.strip().lower() in {b"y", b"yes"} else "no"


def _write(terminal: int, text: str) -> None:
    os.write(terminal, text.encode(errors="replace"))
