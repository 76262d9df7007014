from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, settings

# A busy machine takes its time: that says nothing of the code.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def weights_file() -> Path:
    """The embedded model's weights; fetched where they are absent."""
    from holmes.embedded import weights  # noqa: PLC0415  # most tests have no use for the HTTP client

    return weights.installed() or anyio.run(weights.pull)
