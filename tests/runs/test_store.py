"""The folder: whose it is, what it is called, and what goes when there is too much."""

import os
import stat
from pathlib import Path

import pytest

from holmes.core.errors import SessionError
from holmes.runs import store
from holmes.runs.store import Store


def made(state: Path, *names: str, size: int = 10) -> list[Path]:
    """Files, the first one the oldest."""
    state.mkdir(parents=True, exist_ok=True)
    paths = []
    for age, name in enumerate(names):
        path = state / f"{name}.jsonl"
        with path.open("wb") as file:
            file.truncate(size)  # sparse: takes no room on the disk
        os.utime(path, ns=(0, 1_000_000_000 * (age + 1)))
        paths.append(path)
    return paths


def test_folder_and_file_are_their_owners_alone(state: Path) -> None:
    descriptor, session_id, path = Store().create()
    os.close(descriptor)
    assert path == state / f"{session_id}.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_sessions_are_found_by_id_by_its_beginning_and_as_the_last(state: Path) -> None:
    first, second = made(state, "20261125-100000-abcd", "20261126-100000-abcd")
    assert Store().find("last") == second
    assert Store().find("20261125") == first
    assert Store().find(first.stem) == first


@pytest.mark.parametrize(
    ("wanted", "message"),
    [("2026", "begins more than one"), ("../etc/passwd", "There is no session"), ("9", "no sess")],
)
def test_what_is_not_one_session_is_told(state: Path, wanted: str, message: str) -> None:
    made(state, "20261125-100000-abcd", "20261126-100000-abcd")
    with pytest.raises(SessionError, match=message):
        Store().find(wanted)


def test_an_empty_folder_and_none_are_told(state: Path) -> None:
    with pytest.raises(SessionError, match="There is no session in"):
        Store().find("last")
    state.parent.mkdir(parents=True)
    state.write_text("a file", encoding="utf-8")
    with pytest.raises(SessionError, match="Not a directory"):
        Store().find("last")


def test_the_oldest_go_where_there_are_too_many(state: Path) -> None:
    paths = made(state, *(f"2025-{number:04}" for number in range(store.MAX_SESSIONS + 5)))
    descriptor, _, own = Store().create()
    os.close(descriptor)
    left = set(state.iterdir())
    assert len(left) == store.MAX_SESSIONS
    assert left == {own, *paths[6:]}


def test_the_oldest_go_where_they_are_too_large_unless_they_run(state: Path) -> None:
    third = store.MAX_BYTES // 3 + 1
    running, old, new, newest = made(state, "2025-1", "2025-2", "2025-3", "2025-4", size=third)
    held, _ = Store().reopen(running.stem)
    os.utime(running, ns=(0, 1))
    descriptor, _, own = Store().create()
    os.close(descriptor)
    os.close(held)
    assert set(state.iterdir()) == {running, new, newest, own}
    assert not old.exists()


def test_the_last_session_to_go_on_with_is_one_that_does_not_run(state: Path) -> None:
    idle, running = made(state, "20261125-100000-abcd", "20261126-100000-abcd")
    descriptor, _ = Store().reopen(running.stem)
    assert Store().find("last", idle=True) == idle
    assert Store().find("last") == running
    os.close(descriptor)
