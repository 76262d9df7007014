"""Weights are used where their SHA-256 is right, and hashed again where they may have changed."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded.weights_source import CONTENT, Source
from holmes.embedded import weights
from holmes.embedded.checksum import file_sha256, is_right
from holmes.embedded.manifest import Weights

OTHER = CONTENT[:-1] + b"!"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "holmesgpt" / "weights"


@pytest.fixture
def tiny() -> Weights:
    return Source().weights


@pytest.fixture
def path(tmp_path: Path, tiny: Weights) -> Path:
    target = tmp_path / "models" / tiny.filename
    target.parent.mkdir()
    target.write_bytes(CONTENT)
    return target


def hashed(path: Path, tiny: Weights) -> tuple[bool, bool]:
    """Whether the file is right, and whether it was hashed to know."""
    looks: list[int] = []
    right = is_right(path, tiny, lambda: looks.append(1))
    return right, bool(looks)


def test_a_right_file_is_hashed_once(path: Path, tiny: Weights) -> None:
    assert [hashed(path, tiny) for _ in range(3)] == [(True, True), (True, False), (True, False)]
    assert weights.installed(tiny, path.parent) == path


def in_place(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(OTHER)


def in_place_with_its_old_times(path: Path) -> None:
    before = path.stat()
    in_place(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def by_another(path: Path) -> None:
    beside = path.with_name("beside")
    beside.write_bytes(OTHER)
    beside.replace(path)


def by_another_of_the_same_times(path: Path) -> None:
    before = path.stat()
    by_another(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def by_a_link(path: Path) -> None:
    beside = path.with_name("beside")
    beside.write_bytes(OTHER)
    path.unlink()
    path.symlink_to(beside)


def one_byte(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(len(CONTENT) // 2)
        file.write(b"\0")


def shorter(path: Path) -> None:
    path.write_bytes(CONTENT[:-1])


def longer(path: Path) -> None:
    path.write_bytes(CONTENT + b"!")


CHANGES = (
    *(in_place, in_place_with_its_old_times, by_another, by_another_of_the_same_times),
    *(by_a_link, one_byte, shorter, longer),
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("known", [True, False], ids=["after a check", "never checked"])
def test_weights_that_were_changed_are_not_used(
    path: Path, tiny: Weights, change: Callable[[Path], None], *, known: bool
) -> None:
    if known:
        assert is_right(path, tiny)
    time.sleep(0.01)  # a file system tells times of change apart from 4 ms on
    change(path)
    assert not is_right(path, tiny)
    assert weights.installed(tiny, path.parent) is None


def test_honest_changes_cost_one_more_look(path: Path, tiny: Weights) -> None:
    assert hashed(path, tiny) == (True, True)
    time.sleep(0.01)
    path.touch()
    assert [hashed(path, tiny) for _ in range(2)] == [(True, True), (True, False)]
    moved = path.rename(path.with_name("elsewhere.gguf"))
    assert [hashed(moved, tiny) for _ in range(2)] == [(True, True), (True, False)]


def test_a_seal_that_others_can_write_does_not_count(
    path: Path, tiny: Weights, state: Path
) -> None:
    assert is_right(path, tiny)
    state.chmod(0o777)
    assert hashed(path, tiny) == (True, True)


@pytest.mark.parametrize("content", ["", "yes", "0 0 0", "\udcff", "x" * 9999])
def test_a_forged_or_broken_seal_does_not_count(
    path: Path, tiny: Weights, state: Path, content: str
) -> None:
    assert is_right(path, tiny)
    (seal,) = state.iterdir()
    seal.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert hashed(path, tiny) == (True, True)


def test_a_state_folder_that_can_not_be_written_costs_time_only(
    path: Path, tiny: Weights, state: Path
) -> None:
    state.parent.mkdir(parents=True)
    state.write_text("in the way")
    assert [hashed(path, tiny) for _ in range(2)] == [(True, True), (True, True)]


def test_hashing_stops_where_it_is_told(path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        file_sha256(path, stop)


def test_nothing_and_a_folder_are_no_weights(tmp_path: Path, tiny: Weights) -> None:
    assert not is_right(tmp_path / "none", tiny)
    assert not is_right(tmp_path, tiny)
