"""The real small model, started once for all tests that talk to it."""

from collections.abc import Iterator

import anyio
import pytest

from holmes.local import weights
from holmes.local.server import LocalServer


@pytest.fixture(scope="session")
def small_model() -> Iterator[LocalServer]:
    """llama.cpp's server with the embedded model; the weights are fetched where they are absent."""
    path = weights.installed() or anyio.run(weights.pull)
    with LocalServer(path) as server:
        yield server
