from pathlib import Path

import anyio
import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def weights_file() -> Path:
    """The embedded model's weights; fetched where they are absent."""
    from holmes.embedded import weights  # noqa: PLC0415  # most tests have no use for the HTTP client

    return weights.installed() or anyio.run(weights.pull)
