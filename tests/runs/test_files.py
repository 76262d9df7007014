"""The one way in which files are written as a whole."""

import stat
from pathlib import Path

import pytest

from holmes.files import write_atomically


def test_a_file_is_written_for_its_owner_alone_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert write_atomically(path, "first") == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    write_atomically(path, b"second")
    assert path.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [path]


def test_what_can_not_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomically(path, "x")
    assert list(tmp_path.iterdir()) == [path]
