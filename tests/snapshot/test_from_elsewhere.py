"""A snapshot that somebody else made is data: nothing outside it is read, nothing obeyed."""

import http.client
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import anyio
import pytest

from holmes.core.errors import SnapshotError
from holmes.core.messages import JsonObject, JsonValue
from holmes.evals import view
from holmes.kubernetes.target import KubeTarget
from holmes.snapshot.folder import INFO_FILE, read_info, read_object
from holmes.snapshot.save import SaveOptions, save
from holmes.snapshot.serve import SnapshotServer
from snapshot.cluster import thing, write, write_cluster

OUTSIDE = "root-password-of-this-machine"
DEEP = b"[" * 100_000


def pod(
    *, name: str = "web-1", container: str = "app", metadata: JsonObject | None = None
) -> JsonObject:
    spec: JsonValue = {"nodeName": "n", "containers": [{"name": container, "image": "i"}]}
    return thing(kind="Pod", name=name, spec=spec, metadata=dict(metadata or {}))


def listed(value: JsonObject) -> JsonObject:
    return {"items": [dict(value)]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An honest snapshot with a pod and its log."""
    made = write_cluster(tmp_path / "snapshot", {"pods": [pod(metadata={"labels": {"a": "5"}})]})
    log = made / "namespaces/web/logs/web-1/app.log"
    log.parent.mkdir(parents=True)
    log.write_text("2026-11-24T11:59:00Z started\n")
    return made


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Files of this machine that are none of the snapshot's."""
    made = write_cluster(tmp_path / "outside", {"pods": [pod(name=OUTSIDE)]})
    (made / "log").write_text(f"2026-11-24T11:59:00Z {OUTSIDE}\n")
    (made / "logs/web-1").mkdir(parents=True)
    (made / "logs/web-1/app.log").write_text(f"2026-11-24T11:59:00Z {OUTSIDE}\n")
    return made


@contextmanager
def asking(folder: Path) -> Iterator[Callable[..., tuple[int, str]]]:
    """Asks the served folder for a path; status and body."""
    with SnapshotServer(folder) as server:
        port = int(server.url.rpartition(":")[2])

        def ask(
            path: str, *, method: str = "GET", body: bytes = b"", **more: str
        ) -> tuple[int, str]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.putrequest(method, path)
            headers = {"Content_Length": str(len(body)), "Accept": "*/*"} | more
            for key, value in headers.items():
                connection.putheader(key.replace("_", "-"), value)
            connection.endheaders(body)
            response = connection.getresponse()
            status, said = response.status, response.read().decode()
            connection.close()
            return status, said

        yield ask


PODS = "/api/v1/namespaces/web/pods"
LOG = f"{PODS}/web-1/log"


def replaced(place: Path, target: Path) -> None:
    """Put a link in the place of a file or folder."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_dir():
        place.rename(place.with_name("away.d"))
    place.unlink(missing_ok=True)
    place.symlink_to(target)


LINKS = {
    "a list": ("namespaces/web/pods.json", "namespaces/web/pods.json"),
    "a list of the cluster": ("cluster/nodes.json", "namespaces/web/pods.json"),
    "a namespace": ("namespaces/other", "namespaces/web"),
    "all namespaces": ("namespaces", "namespaces"),
    "a discovery document": ("discovery/api/v1.json", "discovery/api/v1.json"),
    "all discovery": ("discovery", "discovery"),
    "what it is": (INFO_FILE, INFO_FILE),
}


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("name", LINKS)
def test_no_link_leads_out(folder: Path, outside: Path, name: str, *, relative: bool) -> None:
    place, target = LINKS[name]
    real = outside / target
    link = folder / place
    replaced(link, Path(os.path.relpath(real, link.parent)) if relative else real)
    with pytest.raises(SnapshotError, match="is not a file of this snapshot"):
        SnapshotServer(folder)


@pytest.mark.parametrize("kind", ["log", "previous log", "failure", "folder", "namespace's logs"])
def test_no_log_is_read_through_a_link(
    folder: Path, outside: Path, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    logs = folder / "namespaces/web/logs"
    query = ""
    match kind:
        case "log":
            replaced(logs / "web-1/app.log", outside / "log")
        case "previous log":
            replaced(logs / "web-1/app.previous.log", outside / "log")
            query = "?previous=true"
        case "failure":
            (logs / "web-1/app.log").unlink()
            replaced(logs / "web-1/app.failed.json", outside / "namespaces/web/pods.json")
        case "folder":
            replaced(logs / "web-1", outside / "logs/web-1")
        case _:
            replaced(logs, outside / "logs")
    with asking(folder) as ask:
        status, said = ask(LOG + query)
    assert status == 500
    assert OUTSIDE not in said
    assert "is not a file of this snapshot" in json.loads(said)["message"]
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("target", ["nowhere", "itself", "fifo", "/dev/zero", "/proc/self/environ"])
def test_what_is_no_file_is_not_waited_for(folder: Path, target: str) -> None:
    place = folder / "namespaces/web/services.json"
    if target == "fifo":
        os.mkfifo(place)
    else:
        place.symlink_to(place if target == "itself" else target)
    with pytest.raises(SnapshotError, match=r"services\.json"):
        SnapshotServer(folder)


def test_links_within_a_snapshot_and_to_it_are_fine(folder: Path, tmp_path: Path) -> None:
    other = folder / "namespaces/other"
    other.mkdir()
    (other / "configmaps.json").symlink_to("../web/configmaps.json")
    write(
        folder / "namespaces/web/configmaps.json",
        {"items": [dict(thing(kind="ConfigMap", name="c"))]},
    )
    link = tmp_path / "link"
    link.symlink_to(folder)
    with asking(link) as ask:
        assert "web-1" in ask(PODS)[1]
        assert ask(LOG) == (200, "started\n")


ESCAPES = {
    "clear": "\x1b[2Jx",
    "title": "\x1b]0;pwned\x07",
    "one character": "\x9b31mx",
    "return": "a\rb",
    "line": "a\nb",
    "bidi": "a\u202eb",
    "nul": "a\x00b",
    "del": "a\x7fb",
}


@pytest.mark.parametrize("escape", ESCAPES)
def test_names_with_escapes_are_refused_and_not_printed(folder: Path, escape: str) -> None:
    name = ESCAPES[escape]
    write(
        folder / "namespaces/web/services.json", {"items": [dict(thing(kind="Service", name=name))]}
    )
    with pytest.raises(SnapshotError) as told:
        SnapshotServer(folder)
    assert name not in str(told.value)
    assert "no name of a Kubernetes object" in str(told.value)


@pytest.mark.parametrize("escape", ["clear", "title", "line", "bidi"])
@pytest.mark.parametrize("place", ["list", "folder", "namespace", "info", "unread"])
def test_so_are_names_of_files_and_namespaces(folder: Path, place: str, escape: str) -> None:
    name = ESCAPES[escape].replace("/", "")
    match place:
        case "list":
            write(folder / f"namespaces/web/{name}.json", {"items": []})
        case "folder":
            write(folder / f"namespaces/{name}/pods.json", {"items": []})
        case "namespace":
            items: list[JsonValue] = [dict(thing(kind="Service", name="s", namespace=name))]
            write(folder / "namespaces/web/services.json", {"items": items})
        case "info":
            write(folder / INFO_FILE, {**read_object(folder / INFO_FILE), "namespaces": [name]})
        case _:
            gap: JsonValue = {"resource": "secrets", "namespace": name, "reason": "r"}
            write(folder / INFO_FILE, {**read_object(folder / INFO_FILE), "unread": [gap]})
    with pytest.raises(SnapshotError) as told:
        SnapshotServer(folder)
    assert name not in str(told.value)


@pytest.mark.parametrize("name", ["system:node", "kube-system", "a.b.c", "Upper_case", "größe"])
def test_names_that_an_api_server_stores_are_served(folder: Path, name: str) -> None:
    write(
        folder / "namespaces/web/services.json", {"items": [dict(thing(kind="Service", name=name))]}
    )
    with asking(folder) as ask:
        status, said = ask(f"/api/v1/namespaces/web/services/{quote(name)}")
    assert (status, json.loads(said)["metadata"]["name"]) == (200, name)


@pytest.mark.parametrize("escape", ESCAPES)
def test_a_cluster_is_called_what_can_be_printed(folder: Path, escape: str) -> None:
    write(folder / INFO_FILE, {**read_object(folder / INFO_FILE), "cluster": ESCAPES[escape]})
    with SnapshotServer(folder) as server:
        assert server.context.isprintable()
        assert server.context


@pytest.mark.parametrize("name", ["arn:aws:eks:eu-west-1:1:cluster/prod", "gke_p_zone_c", "größe"])
def test_a_cluster_keeps_its_name(folder: Path, name: str) -> None:
    write(folder / INFO_FILE, {**read_object(folder / INFO_FILE), "cluster": name})
    assert read_info(folder).cluster == name


@pytest.mark.parametrize(
    "place", [INFO_FILE, "namespaces/web/pods.json", "cluster/nodes.json", "discovery/apis.json"]
)
@pytest.mark.parametrize("text", [DEEP, b'{"a":' * 100_000, b'{"items":' + DEEP, b"\xff\xfe", b""])
def test_files_that_are_no_json_are_one_line(folder: Path, place: str, text: bytes) -> None:
    (folder / place).parent.mkdir(exist_ok=True)
    (folder / place).write_bytes(text)
    with pytest.raises(SnapshotError, match="can't be read") as told:
        SnapshotServer(folder)
    assert len(str(told.value)) < 500


@pytest.mark.parametrize("depth", [10, 100, 300, 900, 960, 990])
def test_what_is_nested_less_deep_is_served_or_refused(
    folder: Path, depth: int, capfd: pytest.CaptureFixture[str]
) -> None:
    deep: JsonValue = "bottom"
    for _ in range(depth):
        deep = {"a": deep}
    item = json.dumps(thing(kind="ConfigMap", name="c", data=None))
    text = item.replace("null", '{"a":' * depth + "1" + "}" * depth)
    (folder / "namespaces/web/configmaps.json").write_text(f'{{"items":[{text}]}}')
    told = ""
    try:
        with asking(folder) as ask:
            status, _ = ask("/api/v1/namespaces/web/configmaps")
            assert status == 200 if depth < 900 else status in {200, 500}
    except SnapshotError as error:
        told = str(error)
    assert not told or (depth >= 900 and "nested too deep" in told)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "name", ["../../../../etc/passwd", "..", "/etc/passwd", "a/b", "\x1b[2J", "", "x\n", "\ud800"]
)
def test_containers_with_other_names_are_one_status(
    folder: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    write(folder / "namespaces/web/pods.json", listed(pod(container=name)))
    with asking(folder) as ask:
        status, said = ask(LOG)
        assert ask("/version")[0] == 200
    assert status in {400, 500}
    assert json.loads(said)["kind"] == "Status"
    assert json.loads(said)["message"].isprintable()
    assert capfd.readouterr().err == ""


ODD_REQUESTS: dict[str, tuple[str, dict[str, str], int]] = {
    "long number": (f"{LOG}?tailLines={'9' * 5000}", {}, 400),
    "other digits": (f"{LOG}?tailLines={quote('²')}", {}, 400),
    "negative": (f"{LOG}?tailLines=-1", {}, 400),
    "long ago": (f"{LOG}?sinceSeconds={'9' * 18}", {}, 200),
    "no date": (f"{LOG}?sinceTime=2026-99-99T00:00:00Z", {}, 200),
    "limit": (f"{PODS}?limit={'9' * 5000}", {}, 400),
    "token": (f"{PODS}?continue={quote('W' * 4000)}", {}, 400),
    "token of nothing": (f"{PODS}?continue=%ff", {}, 400),
    "large selector": (f"{PODS}?labelSelector={quote('a>' + '9' * 5000)}", {}, 500),
    "no length": (PODS, {"Content_Length": "many"}, 400),
    "negative length": (PODS, {"Content_Length": "-5"}, 400),
    "much": (PODS, {"Content_Length": "99999999999"}, 400),
}


@pytest.mark.parametrize("name", ODD_REQUESTS)
def test_odd_requests_are_one_status(
    folder: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path, headers, expected = ODD_REQUESTS[name]
    with asking(folder) as ask:
        status, said = ask(path, **headers)
    assert status == expected, said
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "body", [DEEP, b"k8s\x00" + b"\xff" * 30, b"[]", b"\xff", b'{"spec":' * 9000]
)
def test_odd_reviews_are_one_status(
    folder: Path, body: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    review = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    with asking(folder) as ask:
        assert ask(review, method="POST", body=body)[0] == 400
        assert ask(review, method="POST", body=b'{"spec": {}}')[0] == 201
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("version", ["9" * 5000, "²", "-1", "x"])
@pytest.mark.parametrize("created", ["2026-99-99T99:99:99Z", "9999-12-31T23:59:59Z", ""])
def test_odd_versions_and_times_are_printed(
    folder: Path, version: str, created: str, capfd: pytest.CaptureFixture[str]
) -> None:
    odd = pod(metadata={"resourceVersion": version, "creationTimestamp": created})
    write(folder / "namespaces/web/pods.json", listed(odd))
    table = "application/json;as=Table;v=v1;g=meta.k8s.io"
    with asking(folder) as ask:
        for accept in ("application/json", table):
            for command in ("kubectl get", "kubectl describe", "kubectl top pod"):
                assert ask(PODS, Accept=accept, Kubectl_Command=command)[0] == 200
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("code", [0, -1, 200, 700, 10**30])
def test_a_recorded_failure_is_a_failure(folder: Path, code: int) -> None:
    failed = folder / "namespaces/web/logs/web-1/app.failed.json"
    failed.with_name("app.log").unlink()
    write(failed, {"kind": "Status", "code": code})
    with asking(folder) as ask:
        assert ask(LOG)[0] == 500


@pytest.mark.parametrize("place", ["namespaces", "cluster", "discovery", "namespaces/web"])
def test_an_interrupted_recording_is_not_gone_on_with_through_a_link(
    folder: Path, tmp_path: Path, place: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with SnapshotServer(folder) as server:
        target = tmp_path / "target"
        info = {**read_object(folder / INFO_FILE), "complete": False, "namespaces": None}
        write(target / INFO_FILE, info)
        (target / place).parent.mkdir(exist_ok=True)
        (target / place).symlink_to(elsewhere)
        cluster = KubeTarget(kubeconfig=str(server.kubeconfig))
        options = SaveOptions(folder=target, cluster=cluster)
        with pytest.raises(SnapshotError, match="is a link"):
            anyio.run(save, options, lambda *_: None)
    assert not list(elsewhere.iterdir())


def test_a_view_for_an_evaluation_holds_nothing_from_outside(
    folder: Path, outside: Path, tmp_path: Path
) -> None:
    view.write(folder, tmp_path / "a", part=None, overlay=None)
    assert (tmp_path / "a/namespaces/web/pods.json").is_file()
    replaced(folder / "discovery/api/v1.json", outside / "discovery/api/v1.json")
    with pytest.raises(SnapshotError, match="is not a file of this snapshot"):
        view.write(folder, tmp_path / "b", part=None, overlay=None)
