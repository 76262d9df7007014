"""The tool `find_problems` and the verb `holmes scan`, as a model and a person use them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from holmes.core.tool_output import Findings
from holmes.kubernetes.target import KubeTarget
from holmes.snapshot.serve import SnapshotServer
from holmes.toolsets.kubernetes.problems import FindProblems
from support.recording import recording

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def kubeconfig() -> Iterator[Path]:
    with SnapshotServer(recording()) as server:
        yield server.kubeconfig


async def test_the_tool_says_the_cause_and_the_command(kubeconfig: Path) -> None:
    tool = FindProblems(target=KubeTarget(kubeconfig=str(kubeconfig)))

    output = await tool.run({"namespace": "users"})

    assert output.status == "ok"
    assert "- Deployment users/profile: readinessProbe GET /readyz" in output.text
    assert "pods: profile-76d68b7d45-5ttqq, profile-76d68b7d45-6sqk5" in output.text
    assert output.command == f"holmes scan -n users --kubeconfig {kubeconfig}"
    assert output.command == tool.preview({"namespace": "users"})


async def test_what_is_well_is_named_once_and_only_where_nothing_of_that_name_is_not(
    kubeconfig: Path,
) -> None:
    output = await FindProblems(target=KubeTarget(kubeconfig=str(kubeconfig))).run({})

    assert isinstance(output.data, Findings)
    named = output.data.healthy
    assert len(set(named)) == len(named)
    assert "node-1" in named
    # A Deployment and its Service, of which the former stands for both.
    assert output.data.looks["fraud/scorer"].arguments["kind"] == "deployment"
    # The Service has its pod, and the Deployment can't reach a node.
    assert "kube-system/metrics-server" not in named
    assert "kube-system/kube-dns" in named


async def test_the_namespace_of_the_command_line_is_the_default(kubeconfig: Path) -> None:
    tool = FindProblems(target=KubeTarget(kubeconfig=str(kubeconfig), namespace="fraud"))

    output = await tool.run({})

    assert output.text.startswith("Nothing is wrong in namespace fraud")


async def test_where_nothing_runs_it_looks_everywhere_else(kubeconfig: Path) -> None:
    tool = FindProblems(target=KubeTarget(kubeconfig=str(kubeconfig)))

    output = await tool.run({"namespace": "default"})

    assert output.note.startswith('Nothing runs in namespace "default"')
    assert "users/profile" in output.text
    assert output.command == f"holmes scan --kubeconfig {kubeconfig}"


async def test_a_failure_is_a_value(kubeconfig: Path) -> None:
    tool = FindProblems(target=KubeTarget(kubeconfig=str(kubeconfig)))

    output = await tool.run({"namespace": "user"})

    assert output.status == "failed"
    assert output.note == 'There is no namespace "user" in the cluster. Did you mean "users"?'


def test_the_description_is_short() -> None:
    tool = FindProblems(target=KubeTarget())

    # 60 tokens at some four characters each.
    assert len(tool.definition.description) < 60 * 4


def scan(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "holmes.cli.main", "scan", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_scan_prints_findings_and_ends_with_1() -> None:
    done = scan("--snapshot", str(recording()), "-n", "cleanup")

    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("- Pod cleanup/legacy-exporter: stuck Terminating")


def test_scan_of_what_is_well_ends_with_0() -> None:
    done = scan("--snapshot", str(recording()), "-n", "fraud", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["findings"] == []
    assert json.loads(done.stdout)["looked_at"]["objects"]["Pod"] == 3


def test_scan_of_nothing_ends_with_2_and_one_line(tmp_path: Path) -> None:
    done = scan("--kubeconfig", str(tmp_path / "missing"))

    assert done.returncode == 2
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert "does not exist" in line
