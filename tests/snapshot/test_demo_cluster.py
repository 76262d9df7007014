"""The packaged cluster: a subset of the recording, whole in itself."""

import filecmp
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from holmes.demo import CLUSTER
from holmes.evals.view import SYSTEM_NAMESPACES
from holmes.snapshot.serve import SnapshotServer
from support.kubectl import Kubectl, kubectls
from support.recording import DEMO, write_demo


def test_it_is_the_part_of_the_recording_that_it_says(tmp_path: Path) -> None:
    write_demo(tmp_path / "cluster")
    filecmp.clear_cache()
    assert not differences(filecmp.dircmp(tmp_path / "cluster", CLUSTER)), (
        "run `python tests/support/recording.py`"
    )


def differences(compared: filecmp.dircmp[str]) -> list[str]:
    found = [*compared.left_only, *compared.right_only, *compared.diff_files, *compared.funny_files]
    return found + [one for sub in compared.subdirs.values() for one in differences(sub)]


def test_it_is_small_and_tells_no_answers() -> None:
    files = [path for path in CLUSTER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 500_000
    assert not [path for path in files if "truth" in path.name]
    # The second node is down, an incident of a namespace that is not here.
    assert not [path for path in files if "node-2" in path.read_text()]


@pytest.fixture(scope="module")
def kubectl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    binary = kubectls()[max(kubectls())]
    with SnapshotServer(CLUSTER) as server:
        home = tmp_path_factory.mktemp("demo")
        yield Kubectl(binary=binary, kubeconfig=server.kubeconfig, home=home)


def test_three_incidents_and_a_healthy_namespace(kubectl: Kubectl) -> None:
    listed = json.loads(kubectl.out("get", "ns", "-o", "json"))["items"]
    assert {one["metadata"]["name"] for one in listed} == SYSTEM_NAMESPACES | {*DEMO.namespaces}
    rows = [line.split() for line in kubectl.out("get", "pods", "-A", "--no-headers").splitlines()]
    sick = {(row[0], row[3]) for row in rows if row[3] != "Running"}
    assert sick == {
        ("shop-checkout", "CrashLoopBackOff"),
        ("catalog", "ImagePullBackOff"),
        ("data-reports", "CrashLoopBackOff"),
    }
    assert [row[0] for row in rows if row[0] == "fraud"] == ["fraud"] * 3
    assert kubectl.out("get", "nodes", "-o", "name") == "node/node-1\n"


def test_its_server_is_ready_at_once(kubectl: Kubectl) -> None:
    assert os.access(kubectl.kubeconfig, os.R_OK)
    assert kubectl.kubeconfig.stat().st_mode & 0o077 == 0
    context = kubectl.out("config", "current-context")
    assert context == "acme\n"
