"""`holmes ask --resume`: go on with a recorded run."""

import argparse
import shlex
from typing import TYPE_CHECKING

from holmes.cli import ask, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holmes.config.settings import Config
    from holmes.runs.settings import Unnamed
    from holmes.runs.transcript import Transcript


def resume(args: argparse.Namespace) -> int:
    """Go on where the record ends; a finished run's answer is shown again."""
    from holmes.cli.running import run_interruptible  # noqa: PLC0415  # see cli/main.py
    from holmes.core.errors import UsageError  # noqa: PLC0415
    from holmes.core.events import Noticed  # noqa: PLC0415

    if args.question or args.files:
        raise UsageError(
            "--resume goes on with the question on record.", hint="Leave QUESTION and -f out."
        )
    past = idle(args.resume)
    if past.is_conversation:
        raise UsageError(
            f"Session {past.id} is a conversation.", hint=f"holmes chat --resume {past.id}"
        )
    answer, question = past.answer, past.header.question
    if answer is None:
        config = settings_of(past, args, "ask")
        renderer = ask.make_renderer(question, args, earlier=past.seconds)
        return run_interruptible(config, question, renderer, past)
    renderer = ask.make_renderer(question, args, earlier=past.seconds)
    try:
        renderer(Noticed(text=f"Session {past.id} is finished; this is what it found."))
        for event in past.events:
            renderer(event)
    finally:
        renderer.close()
    return 0 if answer.state == "answered" else 4


def idle(wanted: str) -> "Transcript":
    """The session, which no other process is writing; SessionError."""
    from holmes.core.errors import SessionError  # noqa: PLC0415  # see cli/main.py
    from holmes.runs import transcript  # noqa: PLC0415
    from holmes.runs.store import Store, is_running  # noqa: PLC0415

    past = transcript.read(Store().find(wanted, idle=True))
    if is_running(past.path):
        raise SessionError(f'Session "{past.id}" is still running.', hint="Wait for it, or end it.")
    return past


def settings_of(past: "Transcript", args: argparse.Namespace, verb: str) -> "Config":
    """What it was started with; UsageError unless a person agrees to what only it names."""
    from holmes.runs import settings  # noqa: PLC0415  # see cli/main.py

    config, unnamed = settings.resumed(past.header, options.flags(args))
    if unnamed:
        _require_agreement(past.id, unnamed, verb)
    return config


def _require_agreement(session: str, unnamed: "Sequence[Unnamed]", verb: str) -> None:
    """Raise UsageError unless the person at the terminal agrees to what only the record names."""
    from holmes.cli import approval  # noqa: PLC0415  # see cli/main.py
    from holmes.cli.ending import run_to_end  # noqa: PLC0415
    from holmes.core.errors import UsageError  # noqa: PLC0415
    from holmes.render.text import visible  # noqa: PLC0415

    lines = [f"{each.flag} {each.value}  ({each.what})" for each in unnamed]
    listed = "".join(f"\n  {visible(line)}" for line in lines)
    answer = run_to_end(approval.ask(f"session {session} goes on with{listed}\nGo on?"))
    if answer != "yes":
        named = " ".join(f"{each.flag} {shlex.quote(each.value)}" for each in unnamed)
        raise UsageError(
            f"Session {session} was recorded with settings that only its record names.",
            hint=f"Where they are right, name them: holmes {verb} --resume {session} {named}",
        )
