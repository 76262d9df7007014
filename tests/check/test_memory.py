"""What is kept from one run to the next, and when it is void."""

import json
import os
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from holmes.config.state import state_folder
from holmes.models.client.server_facts import listing_fingerprint
from holmes.models.modes.memory import (
    DAY,
    Fingerprint,
    ModelMemory,
    Remembered,
)
from holmes.models.modes.requests import CallFormat

ADDRESS = "http://gpu:8000/v1"
FOUND = Remembered(
    address=ADDRESS,
    model="qwen",
    call_format=CallFormat(mode="constrained", schema_format="json_object", system_role=False),
    source="check",
    at=time.time(),
    fingerprint=Fingerprint(kind="vLLM", version="0.32.0", listing="abc", template="def"),
)


def test_what_was_kept_is_recalled(tmp_path: Path) -> None:
    memory = ModelMemory(ADDRESS, "qwen", folder=tmp_path / "state")
    assert memory.recall() is None
    assert memory.keep(FOUND) == ""
    assert memory.recall() == FOUND
    assert ModelMemory(ADDRESS, "other", folder=tmp_path / "state").recall() is None
    assert ModelMemory("http://gpu:8001/v1", "qwen", folder=tmp_path / "state").recall() is None


def test_files_are_for_their_owner_and_replaced_as_a_whole(tmp_path: Path) -> None:
    memory = ModelMemory(ADDRESS, "qwen", folder=tmp_path / "a" / "b")
    memory.keep(FOUND)
    memory.keep(replace(FOUND, call_format=CallFormat()))
    (path,) = (tmp_path / "a" / "b").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    found = memory.recall()
    assert found is not None
    assert found.call_format == CallFormat()


@pytest.mark.parametrize(("source", "days"), [("check", 7), ("ask", 1)])
def test_it_expires(tmp_path: Path, source: str, days: int) -> None:
    memory = ModelMemory(ADDRESS, "qwen", folder=tmp_path)
    aged = replace(FOUND, source="check" if source == "check" else "ask")
    memory.keep(replace(aged, at=time.time() - days * DAY + 60))
    assert memory.recall() is not None
    memory.keep(replace(aged, at=time.time() - days * DAY - 60))
    assert memory.recall() is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"call_format": 3}',
        json.dumps({"address": ADDRESS, "model": "qwen", "call_format": {}, "fingerprint": {}}),
        "[" * 100_000,
        "\udcff",
    ],
)
def test_a_broken_file_is_nothing_remembered(tmp_path: Path, content: str) -> None:
    memory = ModelMemory(ADDRESS, "qwen", folder=tmp_path)
    memory.keep(FOUND)
    (path,) = tmp_path.iterdir()
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert memory.recall() is None
    assert memory.keep(FOUND) == ""
    assert memory.recall() == FOUND


@pytest.mark.parametrize("key", ["mode", "schema_format"])
def test_a_word_that_this_version_does_not_know_is_nothing_remembered(
    tmp_path: Path, key: str
) -> None:
    memory = ModelMemory(ADDRESS, "qwen", folder=tmp_path)
    memory.keep(FOUND)
    (path,) = tmp_path.iterdir()
    document = json.loads(path.read_text())
    document["call_format"][key] = "telepathy"
    path.write_text(json.dumps(document))
    assert memory.recall() is None


def test_a_folder_that_can_not_be_written_is_a_line_not_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    memory = ModelMemory(ADDRESS, "qwen", folder=tmp_path / "file" / "state")
    said = memory.keep(FOUND)
    assert said.startswith("What was learned about the model can't be kept in ")
    assert str(tmp_path) in said
    assert memory.recall() is None


def test_nothing_is_left_behind_by_a_failed_write(tmp_path: Path) -> None:
    memory = ModelMemory(ADDRESS, "qwen", folder=tmp_path)
    memory.keep(FOUND)
    (path,) = tmp_path.iterdir()
    path.unlink()
    path.mkdir()  # a folder in the way of the final name
    assert memory.keep(FOUND) != ""
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_forgotten_is_gone(tmp_path: Path) -> None:
    memory = ModelMemory(ADDRESS, "qwen", folder=tmp_path)
    memory.keep(FOUND)
    assert memory.forget() == ""
    assert memory.forget() == ""
    assert memory.recall() is None


def test_where_it_is_kept() -> None:
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - what the product must agree with
    assert state_folder("models", {"XDG_STATE_HOME": "/s"}) == Path("/s/holmesgpt/models")
    assert state_folder("models", {}) == home / ".local/state/holmesgpt/models"
    relative = {"XDG_STATE_HOME": "relative"}
    assert state_folder("models", relative) == home / ".local/state/holmesgpt/models"


@pytest.mark.parametrize(("now", "holds"), [("abc", True), ("", True), ("changed", False)])
def test_a_server_that_describes_the_model_differently_voids_it(
    tmp_path: Path,
    now: str,
    holds: bool,  # noqa: FBT001 - a table
) -> None:
    memory = ModelMemory(ADDRESS, "qwen", folder=tmp_path)
    memory.keep(FOUND)
    later = ModelMemory(ADDRESS, "qwen", listing=lambda: now, folder=tmp_path)
    assert (later.recall() is not None) == holds


def listing(**entry: object) -> dict[str, object]:
    return {"data": [{"id": "qwen", "owned_by": "vllm", "max_model_len": 4096} | entry]}


def test_a_restart_is_no_difference_and_another_window_is() -> None:
    before = listing_fingerprint(listing(created=1, permission=[{"id": "a"}]), "qwen")
    after = listing_fingerprint(listing(created=2, permission=[{"id": "b"}]), "qwen")
    other = listing_fingerprint(listing(max_model_len=8192), "qwen")
    assert before == after != ""
    assert other != before
    assert listing_fingerprint(None, "qwen") == ""
    assert listing_fingerprint({"data": [{"id": "a"}, {"id": "b"}]}, "qwen") == ""
