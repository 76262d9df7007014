"""The question as the model gets it: the words, the files given with -f, and piped input."""

import os
import select
import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from holmes.cli.printing import warn
from holmes.core.errors import UsageError
from holmes.redaction.attached import attached

PIPE_PATIENCE = 2.0
"""Seconds to wait for the first byte of a pipe: a CI runner's or editor's idle pipe never sends
one and must not hang the command; `kubectl logs … |` sends its first within a second."""

MAX_BYTES = 2_000_000
"""Of a file or piped input that is kept whole; of a longer one see `holmes.tools.log_digest`."""

_PIECE = 1 << 18
_LOOKED_AT = 8192
"""Bytes; an archive, a program or UTF-16 has a zero among them."""


def assemble(words: str, files: Sequence[Path]) -> str:
    """The whole question; raises UsageError where a file can't be read or nothing was asked."""
    piped = read_piped_input()
    attachments = [(str(path), read_file(path)) for path in files]
    if piped.strip():
        attachments.append(("standard input", piped))
    if not words.strip() and not attachments:
        raise UsageError("There is no question.", hint='Try: holmes ask "what pods are unhealthy?"')
    parts = [words.strip() or "What is wrong here, and why?"]
    parts += [attached(name, text) for name, text in attachments]
    return "\n\n".join(parts)


def read_piped_input(patience: float = PIPE_PATIENCE) -> str:
    """What stands on standard input, or "" where it is a terminal, closed or a silent pipe."""
    try:
        descriptor = sys.stdin.fileno()
        kind = os.fstat(descriptor).st_mode
    except (AttributeError, OSError, ValueError):
        return ""  # no standard input at all: a daemon, or a closed descriptor
    if not (stat.S_ISFIFO(kind) or stat.S_ISREG(kind) or stat.S_ISSOCK(kind)):
        return ""
    if not stat.S_ISREG(kind) and not select.select([descriptor], [], [], patience)[0]:
        warn(
            f"holmes: standard input is a pipe that was silent for {patience:g} s; it is not read."
        )
        return ""
    return _text("Standard input", lambda: os.read(descriptor, _PIECE))


def read_file(path: Path) -> str:
    """A text file that goes with a question; raises UsageError where it is none."""
    try:
        with path.expanduser().open("rb") as file:
            return _text(f'File "{path}"', lambda: file.read(_PIECE))
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(
            f'File "{path}" can\'t be read: {reason}.', hint="Check its path."
        ) from error


def _text(name: str, read: Callable[[], bytes]) -> str:
    """All that there is to read, or its digest where that is too long to keep."""
    whole = bytearray()
    while len(whole) <= MAX_BYTES and (piece := read()):
        whole += piece
    # A log that was truncated under its writer begins with a hole of zeros, and is text.
    if 0 in whole.lstrip(b"\0")[:_LOOKED_AT]:
        raise UsageError(
            f"{name} is not text: it holds zero bytes.",
            hint="Unpack it, or convert it to UTF-8, first.",
        )
    if len(whole) <= MAX_BYTES:
        return whole.decode("utf-8", errors="replace")
    from holmes.tools.log_digest import LogDigest  # noqa: PLC0415  # few files are that long

    digest = LogDigest()
    digest.feed(bytes(whole))
    while piece := read():
        digest.feed(piece)
    return f"[{digest.note}]\n{digest.text()}"
