"""One kubectl for all requests of a scan: what it lets through, and what is done without it."""

import asyncio
import http.client
import os
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import anyio
import pytest

from holmes.tools.process import find_executable
from holmes.triage.collect import scan
from holmes.triage.fields import Obj
from holmes.triage.kubectl import flags
from holmes.triage.proxy import proxied
from holmes.triage.report import render
from triage import builders as b
from triage.test_collect import FORBIDDEN, NOT_FOUND, PODS, cluster

pytestmark = pytest.mark.anyio

KUBECTL = find_executable("kubectl") or "kubectl"


class OverSocket(http.client.HTTPConnection):
    """HTTP over a Unix socket, by nothing of ours."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


@pytest.fixture
def diary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What kubectl is called with, a line each; it is the real one behind a script."""
    written = tmp_path / "diary"
    script = tmp_path / "bin" / "kubectl"
    script.parent.mkdir()
    script.write_text(
        f'#!/bin/sh\necho "$*" >> {written}\n'
        'case "$*" in *proxy*) [ -z "$NO_PROXY_HERE" ] || exit 1 ;; esac\n'
        f'exec {KUBECTL} "$@"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    return written


@pytest.mark.parametrize("shared", [True, False])
def test_a_scan_finds_the_same_with_one_kubectl_and_with_one_for_each_request(
    tmp_path: Path, diary: Path, monkeypatch: pytest.MonkeyPatch, *, shared: bool
) -> None:
    if not shared:
        monkeypatch.setenv("NO_PROXY_HERE", "1")
    state = b.status(state=b.waiting("CrashLoopBackOff"), lastState=b.terminated(127))
    pods = [b.pod(f"web-{number}", owner=[], containerStatuses=[state]) for number in range(5)]
    lists: dict[str, list[Obj] | Obj] = {PODS: pods, "/api/v1/nodes": FORBIDDEN}
    with cluster(tmp_path, lists, NOT_FOUND) as target:
        report = anyio.run(scan, target)

    assert report.counts["Pod"] == 5, "every page was read"
    assert [str(each) for each in report.unread] == ["nodes (forbidden)"]
    assert "crash-loops" in render(report)
    started = diary.read_text().splitlines()
    assert len(started) == 2 if shared else len(started) > 25
    assert "proxy" in started[-1] if shared else "--raw" in started[-1]


@pytest.fixture
def sockets() -> Iterator[Path]:
    """Where temporary files go meanwhile: nobody else's, and short, as the path of a socket is."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        yield Path(folder)
        tempfile.tempdir = before


async def test_nothing_but_get_comes_through_and_nobody_else_reaches_it(
    tmp_path: Path, sockets: Path
) -> None:
    with cluster(tmp_path, {PODS: []}, NOT_FOUND) as target:
        kubectl = [KUBECTL, *flags(target)]
        async with proxied(kubectl, connections=2, seconds=10, max_bytes=1000) as proxy:
            assert proxy is not None
            assert (await proxy.get(PODS)).status == 200
            folder = private_folder(sockets)
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                status = await anyio.to_thread.run_sync(asked, folder / "api", method)
                assert status == 403, method
    assert not folder.exists()


def private_folder(sockets: Path) -> Path:
    """Where the proxy's socket is; only its owner may go in."""
    [folder] = sockets.glob("holmes-proxy-*")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    return folder


def asked(place: Path, method: str) -> int:
    connection = OverSocket(place)
    connection.request(method, PODS, body="{}")
    status = connection.getresponse().status
    connection.close()
    return status


async def test_what_is_too_large_or_never_comes_is_said(tmp_path: Path) -> None:
    with cluster(tmp_path, {PODS: [b.pod("web")] * 2}, NOT_FOUND) as target:
        kubectl = [KUBECTL, *flags(target)]
        async with proxied(kubectl, connections=2, seconds=10, max_bytes=100) as proxy:
            assert proxy is not None
            assert (await proxy.get(PODS)).failure == "too large"
    async with proxied(kubectl, connections=2, seconds=10, max_bytes=100) as proxy:
        assert proxy is not None
        gone = await proxy.get(PODS)
        assert gone.status != 200
        assert b"refused" in gone.body


async def test_a_cluster_behind_a_path_is_reached(tmp_path: Path) -> None:
    """As behind Rancher: https://rancher.example/k8s/clusters/c-m-1."""
    lists = {f"/k8s/clusters/c-1{PODS}": [b.pod("web", ready=True, owner=[])]}
    with cluster(tmp_path, lists, NOT_FOUND) as target:
        put_behind(Path(target.kubeconfig), "/k8s/clusters/c-1")
        async with proxied(
            [KUBECTL, *flags(target)], connections=2, seconds=10, max_bytes=100_000
        ) as proxy:
            assert proxy is not None
            assert (await proxy.get(PODS)).status == 200


def marked(mark: str) -> list[str]:
    """What runs anywhere with that mark in its environment, children of children included."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if entry.name != str(os.getpid()) and mark.encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_text().replace("\0", " "))
    return [said for said in found if said]  # an empty one has ended and waits to be collected


@pytest.mark.parametrize("turns", range(12))
async def test_a_start_that_is_cancelled_leaves_no_grandchild(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    script = tmp_path / "kubectl"
    script.write_text(f'#!/bin/sh\n(exec {KUBECTL} "$@")\n')  # as a wrapper that asks for a token
    script.chmod(0o755)
    mark = f"HOLMES_TEST_MARK={tmp_path.name}-{turns}"
    monkeypatch.setenv(*mark.split("="))
    with cluster(tmp_path, {PODS: []}, NOT_FOUND) as target:

        async def look() -> None:
            kubectl = [str(script), *flags(target)]
            async with proxied(kubectl, connections=2, seconds=10, max_bytes=1000):
                await anyio.sleep(60)

        looking = asyncio.ensure_future(look())
        for _ in range(turns):
            await asyncio.sleep(0)
        time.sleep(0.2)  # noqa: ASYNC251  (the children start, and this loop does not turn)
        looking.cancel()  # as a signal does
        with suppress(asyncio.CancelledError):
            await looking
        with anyio.move_on_after(1):
            while marked(mark):  # noqa: ASYNC110  (no event tells of it)
                await anyio.sleep(0.05)
        assert not marked(mark)


def put_behind(kubeconfig: Path, path: str) -> None:
    written = kubeconfig.read_text()
    port = written.partition("http://127.0.0.1:")[2].partition('"')[0]
    kubeconfig.write_text(written.replace(f":{port}", f":{port}{path}"))
