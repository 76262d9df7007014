"""The server itself: its life, its port, its manners, and the command that starts it."""

import http.client
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from holmes.core.errors import SnapshotError
from holmes.core.messages import JsonObject
from holmes.snapshot.folder import INFO_FILE, log_path, read_object
from holmes.snapshot.serve import SnapshotServer
from snapshot.cluster import thing, write, write_cluster
from support.kubectl import Kubectl, kubectls
from support.recording import recording

DEMO = Path(__file__).parents[2] / "src/holmes/demo/cluster"


def test_it_leaves_nothing_behind() -> None:
    threads = threading.active_count()
    with SnapshotServer(DEMO) as server:
        kubeconfig = server.kubeconfig
        kept = http.client.HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]))
        kept.request("GET", "/version")
        assert kept.getresponse().read()
        kept.request("GET", "/livez")
        assert kept.getresponse().read() == b"ok"
        assert (server.requests, server.writes) == (2, 0)
    # The connection was kept alive, and is closed all the same.
    kept.close()
    assert threading.active_count() == threads
    assert not kubeconfig.parent.exists()


def test_it_loads_quickly() -> None:
    folder = recording()
    best = min(loading(folder) for _ in range(3))
    assert best < 0.3


def loading(folder: Path) -> float:
    started = time.perf_counter()
    with SnapshotServer(folder):
        return time.perf_counter() - started


def test_importing_it_loads_nothing_heavy() -> None:
    program = "import sys, holmes.snapshot.serve, holmes.cli.snapshot; print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {"anyio", "rich", "yaml", "msgspec", "httpx2", "jinja2", "jsonschema_rs", "asyncio"}
    assert not heavy & set(told.stdout.split())


def test_a_page_in_a_browser_gets_nothing() -> None:
    with SnapshotServer(DEMO) as server:
        connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]))
        connection.request("GET", "/api/v1/secrets", headers={"Host": "evil.example:80"})
        response = connection.getresponse()
        assert (response.status, json.loads(response.read())["reason"]) == (403, "Forbidden")
        connection.close()


def test_a_client_that_leaves_is_no_news(capfd: pytest.CaptureFixture[str]) -> None:
    """As every kubectl does that Ctrl-C ends: it resets its connection in the middle of a reply."""
    with SnapshotServer(recording()) as server:
        port = int(server.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(b"GET /api/v1/pods HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
            assert client.recv(100)
    assert capfd.readouterr().err == ""


def test_a_taken_port_is_said() -> None:
    with SnapshotServer(DEMO) as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(SnapshotError, match=f"Port {port} on 127.0.0.1 can't be opened"):
            SnapshotServer(DEMO, port=port).__enter__()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "is not a snapshot: it has no snapshot.json"),
        ("{", "can't be read"),
        ("[]", "does not hold a JSON object"),
        ('{"format": 7}', "has format 7; this version reads format 1"),
        ('{"format": 1, "recorded_at": "yesterday"}', 'no RFC 3339 UTC time in "recorded_at"'),
    ],
)
def test_folders_that_are_no_snapshots(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / INFO_FILE).write_text(text)
    with pytest.raises(SnapshotError, match=re.escape(message)):
        SnapshotServer(tmp_path)


@pytest.mark.parametrize("name", ["..", "../../etc", "a/b", ".hidden", "", "x\n"])
def test_names_never_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(SnapshotError, match="is no name of a Kubernetes object"):
        log_path(tmp_path, "web", name, "app")


def test_an_api_that_was_down_is_down_again(tmp_path: Path) -> None:
    folder = write_cluster(tmp_path / "s", {"nodes": [thing(kind="Node", name="n", namespace="")]})
    (folder / "discovery/apis/metrics.k8s.io/v1beta1.json").unlink()
    info = dict(read_object(folder / INFO_FILE))
    reason = "the server is currently unable to handle the request"
    info["unread"] = [{"resource": "*.metrics.k8s.io", "namespace": "", "reason": reason}]
    write(folder / INFO_FILE, info)
    with SnapshotServer(folder) as server:
        binary = kubectls()[max(kubectls())]
        kubectl = Kubectl(binary=binary, kubeconfig=server.kubeconfig, home=tmp_path)
        assert reason in kubectl.fails("get", "--raw", "/apis/metrics.k8s.io/v1beta1/nodes")
        assert kubectl.out("get", "nodes", "-o", "name") == "node/n\n"


def holmes(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "holmes.cli.main", "snapshot", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_it_is_told_to_end(tmp_path: Path, ending: signal.Signals) -> None:
    with holmes("serve", str(DEMO)) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(5)]
        assert lines[0].startswith('Serving "acme" as it was on 2026-11-24')
        kubeconfig = Path(lines[2].partition("KUBECONFIG=")[2].strip())
        binary = kubectls()[max(kubectls())]
        kubectl = Kubectl(binary=binary, kubeconfig=kubeconfig, home=tmp_path)
        assert "scorer" in kubectl.out("get", "pods", "-n", "fraud")
        process.send_signal(ending)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, err) == (0, "")
        assert "0 refused writes" in out
        assert not kubeconfig.exists()


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    with holmes("serve", str(tmp_path)) as process:
        _, err = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "is not a snapshot" in err
    assert "Traceback" not in err


def test_the_command_saves(tmp_path: Path) -> None:
    source = write_cluster(tmp_path / "s", {"nodes": [thing(kind="Node", name="n", namespace="")]})
    no_groups: JsonObject = {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}
    write(source / "discovery/apis.json", no_groups)
    target = tmp_path / "saved"
    with (
        SnapshotServer(source) as server,
        holmes("save", str(target), "--kubeconfig", str(server.kubeconfig)) as process,
    ):
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert f'Saved "small" (v1.36.2) to {target}' in out
    assert "kinds: 15" in err
    assert (target / "cluster/nodes.json").exists()
