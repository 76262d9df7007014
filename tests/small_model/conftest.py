"""The real small model, started once for all tests that talk to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from holmes.embedded.server import LocalServer


@pytest.fixture(scope="session")
def small_model(weights_file: Path) -> Iterator[LocalServer]:
    """llama.cpp's server with the embedded model."""
    with LocalServer(weights_file) as server:
        yield server
