"""Running what starts processes so that none of them outlives the command, however it is ended."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

INTERRUPTED = 130
TERMINATED = 143
"""128 + SIGTERM, as shells report it."""

Result = TypeVar("Result")


class Terminated(SystemExit):
    """SIGTERM came; where nobody catches it, the command ends with the code of one that it ends."""

    def __init__(self) -> None:
        super().__init__(TERMINATED)


def run_to_end(work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` returns; Ctrl-C and SIGTERM cancel it, and its child processes have ended then.

    Raises KeyboardInterrupt for the one and Terminated for the other.
    """
    try:
        return asyncio.run(_cancelled_by_sigterm(work))
    except asyncio.CancelledError as cancelled:
        raise Terminated from cancelled


async def _cancelled_by_sigterm(work: Coroutine[Any, Any, Result]) -> Result:
    task = asyncio.current_task()
    if task is not None:
        # Ctrl-C is asyncio's own affair; a plain `kill` must end the children just as well.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work
