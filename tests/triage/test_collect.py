"""Collecting through the real kubectl from an API that pages, forbids and lacks things."""

import json
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest

from cli.holmes_process import holmes
from cli.pseudo_terminal import OnTerminal
from holmes.core.errors import UsageError
from holmes.core.messages import JsonObject
from holmes.kubernetes.target import KubeTarget
from holmes.snapshot.serve import SnapshotServer
from holmes.toolsets.kubernetes.problems import FindProblems
from holmes.triage.collect import Report, scan
from holmes.triage.fields import Obj
from holmes.triage.report import looked_at, render
from holmes.triage.resources import RESOURCES
from support.recording import recording
from triage import builders as b

FORBIDDEN: Obj = {
    "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403,
    "message": "pods is forbidden: User cannot list resource",
}  # fmt: skip
NOT_FOUND: Obj = {**FORBIDDEN, "reason": "NotFound", "code": 404, "message": "no such resource"}
BROKEN: Obj = {**FORBIDDEN, "reason": "InternalError", "code": 500, "message": "etcd is away"}
PODS = "/api/v1/pods"
DEPLOYMENTS = "/apis/apps/v1/deployments"
EVENTS = "/api/v1/events"
NODES = "/api/v1/nodes"


class Api(BaseHTTPRequestHandler):
    """Lists by path, two items a page, or the Status that refuses one; else `otherwise`."""

    lists: Mapping[str, list[Obj] | Obj]
    otherwise: Obj

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/version":
            self.answer(200, {"major": "1"})
            return
        found = self.lists.get(url.path, self.otherwise)
        if isinstance(found, list):
            self.answer(200, self.page(found, int(parse_qs(url.query).get("continue", ["0"])[0])))
        else:
            self.answer(found["code"], found)

    def page(self, items: list[Obj], start: int) -> Obj:
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
def cluster(
    folder: Path, lists: Mapping[str, list[Obj] | Obj], otherwise: Obj
) -> Iterator[KubeTarget]:
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
    assert looked_at(report).endswith(", logs, namespaces other than shop (forbidden)")


def test_a_cluster_that_lets_nothing_be_read(tmp_path: Path) -> None:
    with (
        cluster(tmp_path, {}, FORBIDDEN) as target,
        pytest.raises(UsageError, match=r"Nothing could be read from the cluster: pods forbidden"),
    ):
        anyio.run(scan, target)


def all_lists() -> dict[str, list[Obj] | Obj]:
    """A cluster with one pod, which is well, and every list that is asked for."""
    lists: dict[str, list[Obj] | Obj] = {each.path(""): [] for each in RESOURCES}
    return lists | {PODS: [b.pod("web", ready=True, owner=[])]}


@pytest.mark.parametrize(
    ("path", "refusal", "said"),
    [
        (PODS, BROKEN, "pods (Error from server (InternalError): etcd is away)"),
        (PODS, NOT_FOUND, "pods (not served here)"),
        (DEPLOYMENTS, FORBIDDEN, "deployments (forbidden)"),
        (EVENTS, BROKEN, "events (Error from server (InternalError): etcd is away)"),
    ],
)
def test_what_could_not_be_read_is_never_called_well(
    tmp_path: Path, path: str, refusal: Obj, said: str
) -> None:
    with cluster(tmp_path, {**all_lists(), path: refusal}, NOT_FOUND) as target:
        report = anyio.run(scan, target)

    assert report.verdict == "unknown"
    assert render(report).startswith(f"Whether all is well can't be told, for want of {said}.\n")
    assert "Nothing is wrong" not in render(report)


def test_the_pods_of_the_own_namespace_may_be_forbidden_as_well(tmp_path: Path) -> None:
    lists: dict[str, list[Obj] | Obj] = {"/api/v1/namespaces/shop/configmaps": []}
    with cluster(tmp_path, lists, FORBIDDEN) as target:
        report = anyio.run(scan, target)

    assert report.verdict == "unknown"
    assert "in namespace shop can't be told, for want of pods, deployments, " in render(report)


def test_what_lies_aside_may_be_forbidden(tmp_path: Path) -> None:
    """An ordinary user may not list nodes, and still sees whether their pods are well."""
    with cluster(tmp_path, {**all_lists(), NODES: FORBIDDEN}, NOT_FOUND) as target:
        report = anyio.run(scan, target)

    assert report.verdict == "well"
    assert render(report).startswith("Nothing is wrong in what could be read.\n")
    assert render(report).endswith("; could not read: nodes (forbidden)")


def test_a_problem_is_one_whatever_else_could_not_be_read(tmp_path: Path) -> None:
    down = {"metadata": {"name": "node-1"}, "status": {"conditions": [
        {"type": "Ready", "status": "False", "reason": "KubeletNotReady"}
    ]}}  # fmt: skip
    lists = {**all_lists(), PODS: BROKEN, NODES: [down]}
    with cluster(tmp_path, lists, NOT_FOUND) as target:
        report = anyio.run(scan, target)

    assert report.verdict == "problems"
    assert [each.name for each in report.findings] == ["node-1"]
    assert "could not read: pods (Error" in looked_at(report)


def test_a_log_that_may_not_be_read_is_named_and_not_counted(tmp_path: Path) -> None:
    state = b.status(state=b.waiting("CrashLoopBackOff"), lastState=b.terminated(127))
    log = f"/api/v1/namespaces/{b.NAMESPACE}/pods/web/log"
    lists = {**all_lists(), PODS: [b.pod("web", containerStatuses=[state])], log: FORBIDDEN}
    with cluster(tmp_path, lists, NOT_FOUND) as target:
        report = anyio.run(scan, target)

    assert report.verdict == "problems"
    assert "0 logs in" in looked_at(report)
    assert "could not read: logs (forbidden)" in looked_at(report)


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_the_verb_ends_with_2_where_it_can_not_tell(tmp_path: Path, flags: tuple[str, ...]) -> None:
    with cluster(tmp_path, {**all_lists(), PODS: BROKEN}, NOT_FOUND) as target:
        done = holmes("scan", *flags, "--kubeconfig", target.kubeconfig, home=tmp_path)

    assert done.code == 2
    assert "Nothing is wrong" not in done.out
    if flags:
        told = json.loads(done.out)
        assert told["verdict"] == "unknown"
        assert told["looked_at"]["could_not_read"][0].startswith("pods (")


def test_on_a_terminal_it_says_that_it_can_not_tell(tmp_path: Path) -> None:
    with (
        cluster(tmp_path, {**all_lists(), PODS: BROKEN}, NOT_FOUND) as target,
        OnTerminal(["scan", "--kubeconfig", target.kubeconfig], home=tmp_path) as terminal,
    ):
        shown = terminal.until("looked at:")

    assert "Whether all is well can't be told, for want of pods (" in shown
    assert "Nothing is wrong" not in shown


@pytest.mark.anyio
@pytest.mark.parametrize("arguments", [{}, {"namespace": b.NAMESPACE}])
async def test_the_tool_says_that_it_failed_where_it_can_not_tell(
    tmp_path: Path, arguments: JsonObject
) -> None:
    """A first look that failed settles nothing, and what it did not see is named in the answer."""
    inside = f"/api/v1/namespaces/{b.NAMESPACE}/pods"
    lists = {**all_lists(), PODS: BROKEN, inside: BROKEN}
    with cluster(tmp_path, lists, NOT_FOUND) as target:
        tool = FindProblems(target=target)
        output = await tool.run(arguments)

    assert output.status == "failed"
    assert "can't be told, for want of pods (" in output.note
    assert output.text.startswith("looked at: ")
    assert "Nothing runs in" not in output.note


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

    assert "could not read: configmaps, rolebindings (forbidden)" in looked_at(report)
    causes = {each.namespace: each.cause for each in report.findings}
    # The kubelet itself says so.
    assert "ConfigMap mailer-settings does not exist, used by" in causes["notify"]
    assert causes["platform-sync"].endswith("RoleBindings could not be read")
    assert len(report.findings) == 18


def test_kinds_of_operators_are_read_in_their_most_stable_version(tmp_path: Path) -> None:
    managed = {"kube-aggregator.kubernetes.io/automanaged": "true"}
    services: list[Obj] = [
        {"metadata": {"name": f"{version}.cert-manager.io", "labels": managed}}
        for version in ("v1alpha2", "v1")
    ]
    kind = {"name": "certificates", "kind": "Certificate", "namespaced": True, "verbs": ["list"]}
    other = {"name": "services", "kind": "Service", "namespaced": True, "verbs": ["list"]}
    resources: Obj = {"code": 200, "resources": [
        kind, other, {**kind, "name": "certificates/status"}, {**kind, "name": "x", "verbs": []},
    ]}  # fmt: skip
    unwell = b.obj("", "shop-tls", status={"conditions": [
        {"type": "Ready", "status": "False", "reason": "Expired", "message": "it has expired",
         "lastTransitionTime": b.START},
    ]})  # fmt: skip
    lists: dict[str, list[Obj] | Obj] = {
        "/api/v1/pods": [b.pod("web-1", ready=True, owner=[])],
        "/apis/apiregistration.k8s.io/v1/apiservices": services,
        "/apis/cert-manager.io/v1": resources,
        "/apis/cert-manager.io/v1alpha2": resources,
        "/apis/cert-manager.io/v1/certificates": [unwell],
        "/apis/cert-manager.io/v1/services": BROKEN,
    }

    with cluster(tmp_path, lists, NOT_FOUND) as target:
        report = anyio.run(scan, target)

    assert [each.summary for each in report.findings] == [
        "Certificate shop/shop-tls: Ready is False (Expired): it has expired"
    ]
    assert [each.what for each in report.unread] == ["services"]
    assert report.missed == ()
