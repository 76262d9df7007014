"""Files that are there as a whole or not at all, and no longer than they may be."""

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, content: str | bytes) -> Path:
    """Write the file in one step, for its owner alone, and return its path; raises OSError.

    Whoever reads it meanwhile finds the old content or the new one. The folder must be there.
    """
    data = content.encode() if isinstance(content, str) else content
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        return Path(scratch).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(scratch).unlink()
        raise


def read_bounded(path: Path, most: int) -> bytes:
    """The bytes of a file; raises OSError, also where it is longer than that or never ends.

    What is read may be a pipe (`<(…)` in a shell), so its size is not asked for beforehand.
    """
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it is longer than {most:,} bytes")
    return data
