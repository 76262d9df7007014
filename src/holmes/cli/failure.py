"""Tracebacks without secrets: for --debug, and for what nobody foresaw."""

import argparse
import os
import traceback
from contextlib import suppress

from holmes.cli import options
from holmes.cli.printing import warn
from holmes.core.errors import HolmesError


def show(error: BaseException, args: argparse.Namespace | None = None) -> None:
    """Print the traceback with everything that it chains, without the API key or other secrets."""
    # Both load what `holmes --help` must not pay for, and only a failure comes here.
    from holmes.config import settings as configuration  # noqa: PLC0415
    from holmes.redaction.redactor import Redactor  # noqa: PLC0415

    known = [os.environ.get("OPENAI_API_KEY", "")]
    if args is not None:
        with suppress(HolmesError):
            known += configuration.load(options.flags(args)).keys
    text = "".join(traceback.format_exception(error))
    warn(Redactor(known=known).text(text).rstrip())
