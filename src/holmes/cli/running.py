"""Run one investigation to its end, its failure or its interruption, on record."""

import sys
from typing import TYPE_CHECKING

from holmes.cli.ending import INTERRUPTED, Terminated, run_to_end
from holmes.cli.printing import warn
from holmes.config.settings import Config
from holmes.core.errors import HolmesError
from holmes.render.base import PausedWhileAsking, Renderer

if TYPE_CHECKING:
    from holmes.redaction.wrappers import Boundary
    from holmes.runs.recorder import Recorder
    from holmes.runs.transcript import Transcript


def run_interruptible(
    config: Config,
    question: str,
    renderer: Renderer,
    past: "Transcript | None" = None,
    boundary: "Boundary | None" = None,
) -> int:
    """Return the exit code; Ctrl-C and SIGTERM end child processes before this returns.

    `past` is the recorded session to go on with. `boundary` is the one that the question came
    through. Raises HolmesError after the renderer has shown what was found.
    """
    from holmes.redaction.unmask import own_screen  # noqa: PLC0415
    from holmes.redaction.wrappers import Boundary  # noqa: PLC0415  # see cli/main.py
    from holmes.runs.recorder import Recorder  # noqa: PLC0415

    boundary = boundary or Boundary.of(config)
    placeholders = boundary.redactor.placeholders
    if past is not None:
        placeholders.reserve(past.path.read_text(encoding="utf-8", errors="replace"))
    screen = PausedWhileAsking(renderer)
    # What goes to a file or another program keeps its placeholders.
    emit = own_screen(config, placeholders, screen) if sys.stdout.isatty() else screen
    recorder = Recorder(config, emit, past=past)
    code = 1
    try:
        code = run_to_end(_run(config, question, recorder, boundary))
    except HolmesError as error:
        code = error.exit_code
        renderer.failed(str(error))
        raise
    except Terminated as ending:
        code = ending.code
    except KeyboardInterrupt:
        code = INTERRUPTED
        raise
    except BrokenPipeError:
        code = 0  # the reader has seen enough, see cli/main.py
        raise
    finally:
        recorder.close(code)
        renderer.close()
        _tell_how_to_go_on(recorder, code)
    return code


async def _run(config: Config, question: str, recorder: "Recorder", boundary: "Boundary") -> int:
    from holmes import runtime as app  # noqa: PLC0415  # inside the loop: the HTTP client loads meanwhile
    from holmes.cli.approval import TerminalAsker  # noqa: PLC0415  # (see cli/main.py)

    answer = await app.investigate(
        config,
        question,
        recorder,
        recorder=recorder,
        ask=TerminalAsker(boundary.masked(recorder)),
        boundary=boundary,
    )
    return 0 if answer.state == "answered" else 4


def _tell_how_to_go_on(recorder: "Recorder", code: int) -> None:
    left_off = code > 128 or recorder.failed  # a signal, as shells tell it
    if recorder.session_id and recorder.found and left_off:
        warn(f"Go on with: holmes ask --resume {recorder.session_id}")
