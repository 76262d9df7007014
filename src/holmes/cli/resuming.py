"""`holmes ask --resume`: go on with a recorded run."""

import argparse

from holmes.cli import ask, options


def resume(args: argparse.Namespace) -> int:
    """Go on where the record ends; a finished run's answer is shown again."""
    from holmes.cli.running import run_interruptible  # noqa: PLC0415  # see cli/main.py
    from holmes.core.errors import SessionError, UsageError  # noqa: PLC0415
    from holmes.core.events import Noticed  # noqa: PLC0415
    from holmes.runs import settings, transcript  # noqa: PLC0415
    from holmes.runs.store import Store, is_running  # noqa: PLC0415

    if args.question or args.files:
        raise UsageError(
            "--resume goes on with the question on record.", hint="Leave QUESTION and -f out."
        )
    past = transcript.read(Store().find(args.resume, idle=True))
    if is_running(past.path):
        raise SessionError(f'Session "{past.id}" is still running.', hint="Wait for it, or end it.")
    if (answer := past.answer) is None:
        config = settings.resumed(past.header, options.flags(args))
        renderer = ask.make_renderer(past.header.question, args, earlier=past.seconds)
        return run_interruptible(config, past.header.question, renderer, past)
    renderer = ask.make_renderer(past.header.question, args, earlier=past.seconds)
    try:
        renderer(Noticed(text=f"Session {past.id} is finished; this is what it found."))
        for event in past.events:
            renderer(event)
    finally:
        renderer.close()
    return 0 if answer.state == "answered" else 4
