from collections.abc import Iterator
from pathlib import Path

import pytest

from holmes.snapshot.serve import SnapshotServer
from support.kubectl import Kubectl, kubectls
from support.recording import recording


@pytest.fixture(scope="session")
def served() -> Iterator[SnapshotServer]:
    """The whole recording, served."""
    with SnapshotServer(recording()) as server:
        yield server


@pytest.fixture(scope="session")
def kubectl(served: SnapshotServer, tmp_path_factory: pytest.TempPathFactory) -> Kubectl:
    """The newest kubectl here, aimed at the recording."""
    return aimed(max(kubectls(), key=as_numbers), served, tmp_path_factory)


@pytest.fixture(scope="session", params=sorted(kubectls()))
def each_kubectl(
    request: pytest.FixtureRequest, served: SnapshotServer, tmp_path_factory: pytest.TempPathFactory
) -> Kubectl:
    """Every kubectl here, one after the other, aimed at the recording."""
    return aimed(request.param, served, tmp_path_factory)


def as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def aimed(
    version: str, server: SnapshotServer, tmp_path_factory: pytest.TempPathFactory
) -> Kubectl:
    home: Path = tmp_path_factory.mktemp(f"kubectl-{version}")
    return Kubectl(binary=kubectls()[version], kubeconfig=server.kubeconfig, home=home)
