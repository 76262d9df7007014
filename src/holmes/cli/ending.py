"""Running what starts processes so that none of them outlives the command, however it is ended."""

import asyncio
import signal
from collections.abc import Coroutine
from types import FrameType
from typing import Any, TypeVar

INTERRUPTED = 130

ENDINGS = (signal.SIGTERM, signal.SIGHUP)
"""A plain `kill`, and a terminal that is closed; Ctrl-C is asyncio's own affair."""

_PATIENCE = 1.0
"""Seconds after a signal in which the event loop must have taken it up."""

Result = TypeVar("Result")


class Terminated(SystemExit):
    """A signal came; where nobody catches it, the command ends with the code shells give it."""

    code: int

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.signal = signal.Signals(number).name


def run_to_end(work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` returns; a signal cancels it, and its child processes have ended then.

    Raises KeyboardInterrupt for Ctrl-C and Terminated for SIGTERM and SIGHUP. Where the loop is
    busy with one long piece of work, that is broken off.
    """
    came: list[int] = []
    before = signal.getsignal(signal.SIGALRM)
    try:
        return asyncio.run(_cancelled_by_signals(work, came))
    except asyncio.CancelledError as cancelled:
        raise Terminated(*came or [signal.SIGTERM]) from cancelled
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


async def _cancelled_by_signals(work: Coroutine[Any, Any, Result], came: list[int]) -> Result:
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    interrupt = signal.getsignal(signal.SIGINT)

    def end(number: int) -> None:
        came[:] = [number]
        if task is not None:
            task.cancel()

    def broken_off(_number: int, _frame: FrameType | None) -> None:
        if came == [signal.SIGINT]:
            raise KeyboardInterrupt
        raise Terminated(came[0])

    def hear(number: int, frame: FrameType | None) -> None:
        """Python calls this between two steps of any work; the loop, only when that is done."""
        came[:] = [number]
        signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
        loop.call_soon_threadsafe(signal.setitimer, signal.ITIMER_REAL, 0)
        if number == signal.SIGINT and callable(interrupt):
            interrupt(number, frame)
        else:
            loop.call_soon_threadsafe(end, number)

    signal.signal(signal.SIGALRM, broken_off)
    for number in (*ENDINGS, *([signal.SIGINT] if callable(interrupt) else [])):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup wants it ignored
            # It wakes the loop where that only waits.
            loop.add_signal_handler(number, lambda: None)
            signal.signal(number, hear)
    try:
        return await work
    finally:
        if interrupt is not None:
            signal.signal(signal.SIGINT, interrupt)
