"""Recording a cluster, with the real kubectl, from a server that serves a recorded one."""

import json
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import anyio
import pytest

from holmes.core.errors import SnapshotError
from holmes.core.messages import JsonObject
from holmes.kubernetes.target import KubeTarget
from holmes.snapshot import fields
from holmes.snapshot.folder import SnapshotInfo, Unread, log_path, read_info, read_object
from holmes.snapshot.save import Progress, SaveOptions, save
from holmes.snapshot.serve import SnapshotServer
from snapshot.cluster import SECRET_VALUE, secret, thing, write, write_cluster
from support.kubectl import Kubectl, kubectls, run_many

NO_GROUPS: JsonObject = {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}
DEMO = Path(__file__).parents[2] / "src/holmes/demo/cluster"


def quiet(_stage: str, _done: int, _total: int) -> None:
    """No progress."""


def record(
    server: SnapshotServer,
    folder: Path,
    *,
    report: Progress = quiet,
    namespaces: tuple[str, ...] = (),
    force: bool = False,
    tail: int = 1000,
) -> SnapshotInfo:
    cluster = KubeTarget(kubeconfig=str(server.kubeconfig))
    options = SaveOptions(
        folder=folder, cluster=cluster, namespaces=namespaces, force=force, tail=tail
    )
    return anyio.run(save, options, report)


@pytest.fixture(scope="module")
def demo() -> Iterator[SnapshotServer]:
    with SnapshotServer(DEMO) as server:
        yield server


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnapshotServer]:
    """The demo's cluster with the core API alone: a third of the kinds, for tests that record."""
    folder = tmp_path_factory.mktemp("core") / "snapshot"
    shutil.copytree(DEMO, folder)
    write(folder / "discovery/apis.json", NO_GROUPS)
    with SnapshotServer(folder) as server:
        yield server


@pytest.fixture(scope="module")
def saved(demo: SnapshotServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "snapshot"
    record(demo, folder)
    return folder


def test_a_saved_cluster_prints_what_the_cluster_prints(
    demo: SnapshotServer, saved: Path, tmp_path: Path
) -> None:
    questions = [
        f"get {kind} -A -o json"
        for kind in ("pods", "deploy", "rs", "svc", "ep", "cm", "sa", "events", "nodes", "ns")
    ]
    questions += ["get clusterroles,roles,rolebindings -A -o yaml", "get all -A -o name"]
    questions += ["describe deploy -n catalog", "top pods -n fraud --containers", "top nodes"]
    questions += [
        "logs checkout-78bbb7575c-ctxps -n shop-checkout --previous --timestamps",
        "logs deploy/search -n catalog",
        "get controllerrevisions -A",
        "version",
        "api-resources",
    ]
    binary = kubectls()[max(kubectls())]
    with SnapshotServer(saved) as again:
        told = [
            run_many(
                (
                    Kubectl(binary=binary, kubeconfig=one.kubeconfig, home=tmp_path / str(number)),
                    tuple(question.split()),
                )
                for question in questions
            )
            for number, one in enumerate((demo, again))
        ]
    for question, before, after in zip(questions, *told, strict=True):
        # Events count from the end of the recording, which is now.
        if not question.startswith("describe"):
            assert comparable(after) == comparable(before), question


def comparable(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def test_only_the_owner_can_read_it(saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in saved.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert not list(saved.rglob("progress.json"))
    assert not list(saved.rglob(".*"))


def test_what_cannot_be_read_is_written_down(saved: Path) -> None:
    unread = {gap.resource: gap.reason for gap in read_info(saved).unread}
    assert unread["controllerrevisions.apps"] == "controllerrevisions.apps were not recorded"


class _EnoughError(Exception):
    """The test's own Ctrl-C."""


def after(count: int) -> Callable[[str, int, int], None]:
    def report(stage: str, done: int, _total: int) -> None:
        if stage == "kinds" and done == count:
            raise _EnoughError

    return report


def test_an_interrupted_recording_goes_on(core: SnapshotServer, tmp_path: Path) -> None:
    folder = tmp_path / "snapshot"
    with pytest.raises(BaseExceptionGroup) as caught:
        record(core, folder, report=after(8))
    assert caught.group_contains(_EnoughError)
    assert not read_info(folder).complete
    with pytest.raises(SnapshotError, match="not complete"):
        SnapshotServer(folder)
    done = fields.texts(read_object(folder / "progress.json"), "lists")
    assert 0 < len(done) < 16
    kept = written(folder, done)
    assert kept
    record(core, folder)
    assert read_info(folder).complete
    # What was complete was not asked for and not written again.
    assert written(folder, done) == kept
    with SnapshotServer(folder) as again:
        for name in ("pods", "events", "services", "configmaps"):
            assert len(again.snapshot.objects[name]) == len(core.snapshot.objects[name])


def written(folder: Path, resources: Sequence[str]) -> dict[Path, int]:
    """When each list of `resources` was written."""
    lists = [*folder.glob("cluster/*.json"), *folder.glob("namespaces/*/*.json")]
    return {path: path.stat().st_mtime_ns for path in lists if path.stem in resources}


def test_folders_that_are_not_to_be_written_over(
    demo: SnapshotServer, saved: Path, tmp_path: Path
) -> None:
    with pytest.raises(SnapshotError, match="already holds a complete snapshot") as caught:
        record(demo, saved)
    assert "--force" in caught.value.hint
    (tmp_path / "letter.txt").write_text("mine")
    for force in (False, True):
        with pytest.raises(SnapshotError, match="is not a snapshot"):
            record(demo, tmp_path, force=force)
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_some_namespaces_anew(core: SnapshotServer, tmp_path: Path) -> None:
    folder = tmp_path / "snapshot"
    shutil.copytree(DEMO, folder)
    record(core, folder, namespaces=("catalog", "fraud"), force=True, tail=1)
    assert {path.name for path in (folder / "namespaces").iterdir()} == {"catalog", "fraud"}
    logs = [path.read_text() for path in folder.rglob("*.log")]
    assert {len(log.splitlines()) for log in logs} == {1}
    binary = kubectls()[max(kubectls())]
    with SnapshotServer(folder) as server:
        kubectl = Kubectl(binary=binary, kubeconfig=server.kubeconfig, home=tmp_path)
        assert len(kubectl.out("get", "ns", "-o", "name").split()) == 2
        refused = kubectl.fails("get", "pods", "-n", "shop-checkout")
        assert 'namespace "shop-checkout" is not in this recording' in refused
        everywhere = kubectl.run("get", "pods", "-A")
        assert "Warning: this recording holds the namespaces catalog, fraud only" in (
            everywhere.stderr
        )


def test_secret_values_stay_behind(tmp_path: Path) -> None:
    objects = {
        "namespaces": [thing(kind="Namespace", name="web", namespace="")],
        "secrets": [secret()],
    }
    source = write_cluster(tmp_path / "source", objects)
    write(source / "discovery/apis.json", NO_GROUPS)
    with SnapshotServer(source) as server:
        binary = kubectls()[max(kubectls())]
        live = Kubectl(binary=binary, kubeconfig=server.kubeconfig, home=tmp_path)
        encoded = live.out("get", "secret", "db", "-n", "web", "-o", "jsonpath={.data.password}")
        before = live.out("describe", "secret", "db", "-n", "web")
        record(server, tmp_path / "saved")
    stored = b"".join(path.read_bytes() for path in (tmp_path / "saved").rglob("*.json"))
    assert SECRET_VALUE.encode() not in stored
    assert len(encoded) > 20
    assert encoded.encode() not in stored
    assert b"last-applied" not in stored
    assert b"kapp.k14s.io" not in stored
    with SnapshotServer(tmp_path / "saved") as server:
        copy = Kubectl(binary=binary, kubeconfig=server.kubeconfig, home=tmp_path)
        assert "password:  28 bytes" in before
        described = copy.out("describe", "secret", "db", "-n", "web")
        assert "password:  28 bytes" in described
        assert "team: x" in described
        assert "note: not recorded: it holds a value" in described


def test_what_is_forbidden_in_one_namespace_is_a_gap_there(tmp_path: Path) -> None:
    objects = {
        "namespaces": [thing(kind="Namespace", name=name, namespace="") for name in ("a", "b")],
        "configmaps": [
            thing(kind="ConfigMap", name="settings", namespace=name, data={"k": "v"})
            for name in ("a", "b")
        ],
    }
    unread = (
        Unread(resource="configmaps", namespace="b", reason="configmaps is forbidden in b"),
        Unread(resource="secrets", reason="secrets is forbidden"),
    )
    source = write_cluster(tmp_path / "source", objects, unread=unread, namespaces=("a", "b"))
    write(source / "discovery/apis.json", NO_GROUPS)
    with SnapshotServer(source) as server:
        info = record(server, tmp_path / "saved", namespaces=("a", "b"))
    assert set(unread) == set(info.unread)
    assert (tmp_path / "saved/namespaces/a/configmaps.json").exists()
    assert not (tmp_path / "saved/namespaces/b/configmaps.json").exists()


def test_what_was_forbidden_before_an_interruption_stays_a_gap(tmp_path: Path) -> None:
    pod = thing(
        kind="Pod",
        name="web-1",
        namespace="a",
        spec={"nodeName": "n", "containers": [{"name": "web"}]},
    )
    objects = {
        "namespaces": [thing(kind="Namespace", name=name, namespace="") for name in ("a", "b")],
        "configmaps": [thing(kind="ConfigMap", name="settings", namespace="a")],
        "pods": [pod],
    }
    forbidden = Unread(resource="configmaps", namespace="b", reason="forbidden in b")
    source = write_cluster(tmp_path / "source", objects, unread=(forbidden,), namespaces=("a", "b"))
    write(source / "discovery/apis.json", NO_GROUPS)
    refused: JsonObject = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": "Forbidden",
        "message": "no logs for you",
        "code": 403,
    }
    write(log_path(source, "a", "web-1", "web").with_suffix(".failed.json"), refused)
    folder = tmp_path / "saved"

    def interrupted(stage: str, _done: int, _total: int) -> None:
        if stage == "logs":
            raise _EnoughError

    with SnapshotServer(source) as server:
        with pytest.raises(BaseExceptionGroup):
            record(server, folder, report=interrupted, namespaces=("a", "b"))
        info = record(server, folder, namespaces=("a", "b"))
    logs = Unread(resource="pods/log", namespace="a", reason="no logs for you")
    assert {forbidden, logs} <= set(info.unread)


def test_an_api_server_that_refuses_is_one_clear_line(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(DEMO, source)
    (source / "discovery/version.json").unlink()
    with SnapshotServer(source) as server, pytest.raises(SnapshotError) as caught:
        record(server, tmp_path / "saved")
    assert 'refuses "/version": the server could not find' in caught.value.message
    assert "kubectl get --raw /version" in caught.value.hint


def test_a_cluster_that_is_not_there(demo: SnapshotServer, tmp_path: Path) -> None:
    config = json.loads(demo.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = "http://127.0.0.1:9"
    nowhere = tmp_path / "kubeconfig"
    nowhere.write_text(json.dumps(config))
    options = SaveOptions(folder=tmp_path / "s", cluster=KubeTarget(kubeconfig=str(nowhere)))
    with pytest.raises(SnapshotError, match=r"can't be read: .*127\.0\.0\.1:9 was refused"):
        anyio.run(save, options, quiet)
    assert not (tmp_path / "s").exists()
