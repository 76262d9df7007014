"""Whether the weights are those that were pinned, without hashing 1.1 GB at each start.

A file whose SHA-256 was right is sealed: size, inode and times of it are written down in this
user's own state folder, so that weights which came from elsewhere or were touched are hashed anew.
"""

import hashlib
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from holmes.config.state import state_folder
from holmes.embedded.manifest import Weights
from holmes.files import write_atomically

_BLOCK = 1 << 23


def file_sha256(path: Path, checkpoint: Callable[[], object] = lambda: None) -> str:
    """The SHA-256 of a file in hexadecimal; 1 GB takes 1 to 3 s, with a checkpoint every 8 MB."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            checkpoint()
    return digest.hexdigest()


def is_right(path: Path, weights: Weights, checkpoint: Callable[[], object] = lambda: None) -> bool:
    """Whether the file is exactly these weights; hashes it where it has no seal that fits."""
    if not path.is_file() or path.stat().st_size != weights.size:
        return False
    known = _seal_path(path)
    with suppress(OSError):
        own = not known.parent.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if own and known.read_bytes() == _seal(path, weights).encode():
            return True
    if file_sha256(path, checkpoint) != weights.sha256:
        return False
    with suppress(OSError):  # then it is hashed each time
        seal(path, weights)
    return True


def seal(path: Path, weights: Weights) -> None:
    """Write down that the file, as it is now, is right; raises OSError."""
    place = _seal_path(path)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(place, _seal(path, weights))


def _seal(path: Path, weights: Weights) -> str:
    is_now = path.stat()
    # The time of change can't be set back by whoever writes the file.
    seen = (is_now.st_dev, is_now.st_ino, is_now.st_size, is_now.st_mtime_ns, is_now.st_ctime_ns)
    return " ".join(map(str, (weights.sha256, *seen)))


def _seal_path(path: Path) -> Path:
    name = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:24]
    return state_folder("weights") / name
