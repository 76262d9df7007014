"""Running what starts processes so that none of them outlives the command, however it is ended."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

INTERRUPTED = 130

ENDINGS = (signal.SIGTERM, signal.SIGHUP)
"""A plain `kill`, and a terminal that is closed; Ctrl-C is asyncio's own affair."""

Result = TypeVar("Result")


class Terminated(SystemExit):
    """A signal came; where nobody catches it, the command ends with the code shells give it."""

    code: int

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.signal = signal.Signals(number).name


def run_to_end(work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` returns; a signal cancels it, and its child processes have ended then.

    Raises KeyboardInterrupt for Ctrl-C and Terminated for SIGTERM and SIGHUP.
    """
    came: list[int] = []
    try:
        return asyncio.run(_cancelled_by_signals(work, came))
    except asyncio.CancelledError as cancelled:
        raise Terminated(*came or [signal.SIGTERM]) from cancelled


async def _cancelled_by_signals(work: Coroutine[Any, Any, Result], came: list[int]) -> Result:
    task = asyncio.current_task()

    def end(number: int) -> None:
        came[:] = [number]
        if task is not None:
            task.cancel()

    for number in ENDINGS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup wants it ignored
            asyncio.get_running_loop().add_signal_handler(number, end, number)
    return await work
