"""`holmes model pull --file`, and where weights are looked for."""

from pathlib import Path

import pytest

from embedded.weights_source import CONTENT, Source
from holmes.core.errors import UsageError
from holmes.embedded import weights


@pytest.fixture
def tiny() -> Source:
    return Source()


def test_a_right_file_is_adopted(tiny: Source, tmp_path: Path) -> None:
    own = tmp_path / "mine.gguf"
    own.write_bytes(CONTENT)
    target = weights.adopt(own, tiny.weights, tmp_path / "models")
    assert target == weights.installed(tiny.weights, tmp_path / "models")
    assert target.read_bytes() == CONTENT
    assert own.exists()


def test_adopting_the_installed_file_keeps_it(tiny: Source, tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(CONTENT)
    assert weights.adopt(path, tiny.weights, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT[:-1] + b"!"], ids=["length", "content"])
def test_a_wrong_file_is_refused(content: bytes, tiny: Source, tmp_path: Path) -> None:
    own = tmp_path / "mine.gguf"
    own.write_bytes(content)
    with pytest.raises(UsageError, match=r"mine\.gguf.* is not tiny\.gguf"):
        weights.adopt(own, tiny.weights, tmp_path / "models")
    assert weights.installed(tiny.weights, tmp_path / "models") is None


def test_a_missing_file_is_refused(tiny: Source, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a file"):
        weights.adopt(tmp_path / "none.gguf", tiny.weights, tmp_path)


def test_a_folder_that_can_not_be_made_names_the_variable(tiny: Source, tmp_path: Path) -> None:
    own = tmp_path / "mine.gguf"
    own.write_bytes(CONTENT)
    with pytest.raises(UsageError, match="can't be written") as caught:
        weights.adopt(own, tiny.weights, own / "below-a-file")
    assert "HOLMES_MODELS_DIR" in caught.value.hint


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"HOLMES_MODELS_DIR": "/own", "XDG_CACHE_HOME": "/cache"}, Path("/own")),
        ({"XDG_CACHE_HOME": "/cache"}, Path("/cache/holmesgpt/models")),
        ({}, Path.home() / ".cache/holmesgpt/models"),
    ],
)
def test_where_weights_are_looked_for(environment: dict[str, str], expected: Path) -> None:
    assert weights.models_dir(environment) == expected
