"""Private, atomic files: a snapshot holds what its cluster holds, and is either whole or absent."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from holmes.core.errors import SnapshotError
from holmes.core.messages import JsonObject
from holmes.files import write_atomically
from holmes.snapshot import fields
from holmes.snapshot.folder import (
    INFO_FILE,
    SnapshotInfo,
    Unread,
    read_info,
    read_object,
    unread_in,
)

_PROGRESS_FILE = "progress.json"


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, in one step; SnapshotError where that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(path, data)
    except OSError as error:
        raise SnapshotError(
            f'"{path}" can\'t be written: {error.strerror}.',
            hint="Run the same command again to go on from here.",
        ) from error


def write_object(path: Path, value: JsonObject) -> None:
    """Write a JSON object, with the objects of a list on lines of their own."""
    items = fields.objects(value, "items")
    if not items:
        write_bytes(path, _compact(value) + b"\n")
        return
    head = _compact({key: part for key, part in value.items() if key != "items"})
    body = b",\n".join(_compact(item) for item in items)
    write_bytes(path, head[:-1] + b',"items":[\n' + body + b"\n]}\n")


class FinishedLists:
    """Which lists of an unfinished recording are complete, kept in the folder until it is whole.

    `unread` are the namespaces that were refused in these lists: nobody asks for them again.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _PROGRESS_FILE
        before = read_object(self._path) if self._path.exists() else {}
        self._lists = set(fields.texts(before, "lists"))
        self.unread = list(unread_in(before))

    def __contains__(self, resource: str) -> bool:
        return resource in self._lists

    def add(self, resource: str, unread: Iterable[Unread] = ()) -> None:
        """Remember that the list of `resource` is complete but for what was `unread` of it."""
        self._lists.add(resource)
        self.unread += unread
        gaps = [gap.to_json() for gap in self.unread]
        write_object(self._path, {"lists": [*sorted(self._lists)], "unread": [*gaps]})

    def remove(self) -> None:
        """Forget it all: the snapshot is whole."""
        self._path.unlink(missing_ok=True)


def begin(folder: Path, info: SnapshotInfo, *, force: bool) -> FinishedLists:
    """Make the folder ready for a recording, or go on with the one that was interrupted in it.

    SnapshotError where it holds something else, or a complete snapshot (without `force`).
    """
    try:
        if (folder / INFO_FILE).exists():
            if force:
                shutil.rmtree(folder)
            else:
                _check_same(folder, info)
        elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise SnapshotError(
                f'"{folder}" is there already and is not a snapshot.',
                hint="Name a folder that doesn't exist yet.",
            )
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise SnapshotError(f'"{folder}" can\'t be made: {error.strerror or error}.') from error
    write_object(folder / INFO_FILE, info.to_json())
    return FinishedLists(folder)


def _check_same(folder: Path, info: SnapshotInfo) -> None:
    found = read_info(folder)
    if found.complete:
        raise SnapshotError(
            f'"{folder}" already holds a complete snapshot of "{found.cluster}".',
            hint="Record it anew with --force, or name another folder.",
        )
    if (found.cluster, found.namespaces) != (info.cluster, info.namespaces):
        raise SnapshotError(
            f'"{folder}" holds the beginning of another recording, of "{found.cluster}".',
            hint="Begin anew with --force, or name another folder.",
        )
    if links := [path for path in folder.rglob("*") if path.is_symlink()]:
        # What is written below it could land anywhere.
        raise SnapshotError(
            f'"{links[0]}" is a link.', hint="Begin anew with --force, or name another folder."
        )


def _compact(value: JsonObject) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
