"""Run one investigation to its end, its failure or its interruption."""

import asyncio
import signal

from holmes.config import Config
from holmes.errors import HolmesError
from holmes.render.base import Renderer

TERMINATED = 143
"""128 + SIGTERM, as shells report it."""


def run_interruptible(config: Config, question: str, renderer: Renderer) -> int:
    """Return the exit code; Ctrl-C and SIGTERM end child processes before this returns.

    Raises HolmesError after the renderer has shown what was found.
    """
    try:
        return asyncio.run(_run(config, question, renderer))
    except HolmesError as error:
        renderer.failed(str(error))
        raise
    except asyncio.CancelledError:
        return TERMINATED
    finally:
        renderer.close()


async def _run(config: Config, question: str, renderer: Renderer) -> int:
    from holmes import app  # noqa: PLC0415  # inside the loop: the HTTP client loads meanwhile

    task = asyncio.current_task()
    if task is not None:
        # Ctrl-C is asyncio's own affair; a plain `kill` must end the tools' processes just as well.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    answer = await app.investigate(config, question, renderer)
    return 0 if answer.state == "answered" else 4
