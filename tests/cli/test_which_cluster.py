"""What each verb says where the cluster that was meant isn't there."""

import re
from pathlib import Path

import pytest

from cli.holmes_process import holmes
from holmes.demo import CLUSTER
from holmes.snapshot.serve import SnapshotServer
from servers.scripted_server import ScriptedServer, text


@pytest.mark.parametrize("verb", [["scan"], ["snapshot", "save", "there"], ["ask", "q"]], ids=str)
def test_a_chosen_cluster_that_is_not_there_ends_it(tmp_path: Path, verb: list[str]) -> None:
    """Before the model is asked: it could only answer from nothing."""
    missing = tmp_path / "missing"
    with ScriptedServer([text("All is well.")]) as server, SnapshotServer(CLUSTER) as cluster:
        verb = [*verb, "--api-base", server.base_url] if verb[0] == "ask" else verb
        done = holmes(*verb, "--kubeconfig", str(missing), home=tmp_path)
        other = holmes(
            *verb, "--kubeconfig", str(cluster.kubeconfig), "--context", "no", home=tmp_path
        )
    assert done.code == other.code == 2
    assert done.err == f'holmes: The kubeconfig "{missing}" does not exist.\n'
    assert other.err == 'holmes: There is no context "no" in the kubeconfig; it has: acme.\n'
    assert server.received == []


@pytest.mark.parametrize("verb", [["scan"], ["snapshot", "save", "there"]], ids=str)
def test_without_any_cluster_nobody_is_sent_to_port_8080(tmp_path: Path, verb: list[str]) -> None:
    done = holmes(*verb, home=tmp_path)
    assert done.code == 2
    assert done.err.startswith("holmes: No cluster is configured: ")
    assert done.err.endswith("pass --kubeconfig FILE.\n")


def test_an_answer_from_nothing_says_so_first(tmp_path: Path) -> None:
    with ScriptedServer([text("All is well.")]) as server:
        done = holmes("ask", "q", "--api-base", server.base_url, "--model", "m", home=tmp_path)
    told = "! There is nothing to look at but the question: no cluster is configured: "
    assert done.err.startswith(told)


def test_what_kubectl_says_becomes_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "kubeconfig"
    broken.write_text("clusters: [", encoding="utf-8")
    done = holmes("scan", "--kubeconfig", str(broken), home=tmp_path)
    assert done.code == 2
    assert done.err.startswith("holmes: The cluster can't be read: error loading config file")
    assert ". Check " in done.err


def test_toolsets_are_listed_as_a_recorded_cluster_has_them(tmp_path: Path) -> None:
    done = holmes("toolset", "list", "--snapshot", str(CLUSTER), home=tmp_path)
    assert re.search(r"^kubernetes/core +enabled +7 ", done.out, re.MULTILINE)


def test_of_a_namespace_that_does_not_exist_nothing_is_recorded(tmp_path: Path) -> None:
    folder = tmp_path / "there"
    with SnapshotServer(CLUSTER) as cluster:
        given = ("snapshot", "save", str(folder), "--kubeconfig", str(cluster.kubeconfig), "-n")
        missing = holmes(*given, "no", home=tmp_path)
        assert not folder.exists()
        done = holmes(*given, "fraud", "-n", "default", home=tmp_path)
    assert missing.code == 2
    assert missing.err.startswith('holmes: There is no namespace "no" in the cluster.')
    assert done.code == 0, done.err
    assert "namespaces: 2\n" in done.err
