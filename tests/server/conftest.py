from collections.abc import Iterator
from pathlib import Path

import pytest

from server.served import Served, with_model


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for a file of tests, which lets ten investigations at once to the model."""
    home: Path = tmp_path_factory.mktemp("home")
    with with_model(home, arguments=("--parallel", "10")) as (server, _, _):
        yield server
