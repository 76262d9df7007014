"""Collecting through the real kubectl from an API that pages, forbids and lacks things."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest

from holmes.errors import UsageError
from holmes.snapshot.serve import SnapshotServer
from holmes.toolsets.base import KubeTarget
from holmes.triage.collect import Report, scan
from holmes.triage.fields import Obj
from holmes.triage.report import looked_at, render
from support.recording import recording
from triage import builders as b

FORBIDDEN: Obj = {
    "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403,
    "message": "pods is forbidden: User cannot list resource",
}  # fmt: skip
NOT_FOUND: Obj = {**FORBIDDEN, "reason": "NotFound", "code": 404, "message": "no such resource"}


class Api(BaseHTTPRequestHandler):
    """Lists by path, two items a page; what is not there is `otherwise`."""

    lists: dict[str, list[Obj]]
    otherwise: Obj

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/version":
            self.answer(200, {"major": "1"})
        elif url.path in self.lists:
            self.answer(
                200, self.page(url.path, int(parse_qs(url.query).get("continue", ["0"])[0]))
            )
        else:
            self.answer(self.otherwise["code"], self.otherwise)

    def page(self, path: str, start: int) -> Obj:
        items = self.lists[path]
        more = {"continue": str(start + 2)} if start + 2 < len(items) else {}
        return {"kind": "List", "metadata": more, "items": items[start : start + 2]}

    def answer(self, status: int, body: Obj) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base's name)
        pass


@contextmanager
def cluster(folder: Path, lists: dict[str, list[Obj]], otherwise: Obj) -> Iterator[KubeTarget]:
    handler = type("Handler", (Api,), {"lists": lists, "otherwise": otherwise})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    config = folder / "kubeconfig"
    address = f"http://127.0.0.1:{server.server_port}"
    context = {"cluster": "c", "user": "u", "namespace": b.NAMESPACE}
    config.write_text(
        json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": address}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "c", "context": context}],
        })
    )  # fmt: skip
    try:
        yield KubeTarget(kubeconfig=str(config))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_every_page_is_read_and_what_a_cluster_lacks_is_not_reported(tmp_path: Path) -> None:
    pods = [b.pod(f"web-{number}", ready=True, owner=[]) for number in range(5)]

    with cluster(tmp_path, {"/api/v1/pods": pods}, NOT_FOUND) as target:
        report = anyio.run(scan, target)

    assert report.counts["Pod"] == 5
    assert report.unread == ()
    assert render(report).startswith("Nothing is wrong: ")


def test_without_the_right_to_all_namespaces_the_own_one_is_looked_at(tmp_path: Path) -> None:
    state = b.status(state=b.waiting("CrashLoopBackOff"), lastState=b.terminated(127))
    pod = b.pod(containerStatuses=[state])

    with cluster(tmp_path, {"/api/v1/namespaces/shop/pods": [pod]}, FORBIDDEN) as target:
        report = anyio.run(scan, target)

    [finding] = report.findings
    assert finding.check == "crash_loop"
    assert report.scope == "shop"
    assert "could not read: namespaces other than shop (forbidden)" in looked_at(report)


def test_a_cluster_that_lets_nothing_be_read(tmp_path: Path) -> None:
    with (
        cluster(tmp_path, {}, FORBIDDEN) as target,
        pytest.raises(UsageError, match=r"Nothing could be read from the cluster: pods forbidden"),
    ):
        anyio.run(scan, target)


def scan_without(folder: Path, *names: str) -> Report:
    """The recording as somebody sees it who may not list these resources."""
    copy = folder / "snapshot"
    shutil.copytree(recording(), copy)
    info = json.loads((copy / "snapshot.json").read_text())
    info["unread"] += [{"resource": name, "namespace": "", "reason": "forbidden"} for name in names]
    (copy / "snapshot.json").write_text(json.dumps(info))
    for name in names:
        for path in copy.rglob(f"{name}.json"):
            path.unlink()
    with SnapshotServer(copy) as server:
        return anyio.run(scan, KubeTarget(kubeconfig=str(server.kubeconfig)))


def test_what_may_not_be_listed_is_named_and_never_called_missing(tmp_path: Path) -> None:
    report = scan_without(tmp_path, "configmaps", "rolebindings.rbac.authorization.k8s.io")

    assert "configmaps (forbidden)" in looked_at(report)
    causes = {each.namespace: each.cause for each in report.findings}
    # The kubelet itself says so.
    assert "ConfigMap mailer-settings does not exist, used by" in causes["notify"]
    assert causes["platform-sync"].endswith("RoleBindings could not be read")
    assert len(report.findings) == 18
