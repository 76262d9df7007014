"""Loaded by a `holmes` that a test starts: it dies by SIGKILL at a chosen line of its transcript.

DIE_AFTER=n    once the n-th line is written
DIE_WITHIN=n   with half of the n-th line written
"""

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_AFTER = int(os.environ.get("DIE_AFTER", "0"))
_WITHIN = int(os.environ.get("DIE_WITHIN", "0"))
_write = os.write
_lines = 0


def _is_transcript(descriptor: int) -> bool:
    try:
        return Path(f"/proc/self/fd/{descriptor}").readlink().suffix == ".jsonl"
    except OSError:
        return False


def write(descriptor: int, data: "ReadableBuffer", /) -> int:
    global _lines  # noqa: PLW0603  # this process has no more than this one transcript
    if not _is_transcript(descriptor):
        return _write(descriptor, data)
    _lines += 1
    if _lines == _WITHIN:
        whole = bytes(data)
        _write(descriptor, whole[: len(whole) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    written = _write(descriptor, data)
    if _lines == _AFTER:
        os.kill(os.getpid(), signal.SIGKILL)
    return written


if _AFTER or _WITHIN:
    os.write = write
