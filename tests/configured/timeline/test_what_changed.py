"""What changed before it broke: on the recording, and on a cluster with edits and rollbacks."""

from collections.abc import Iterator

import anyio
import pytest

from configured.platforms import opened
from holmes.core.finding import Change, ObjectRef
from holmes.core.messages import JsonObject, JsonValue
from holmes.core.tool_output import Table, ToolOutput
from holmes.kubernetes.target import KubeTarget
from holmes.snapshot.serve import SnapshotServer
from holmes.tools import registry
from holmes.tools.changes import ChangeSource, Told, Window
from holmes.tools.function_tool import ToolFailure
from holmes.toolsets.timeline import WhatChanged
from snapshot.cluster import SECRET_VALUE, secret, thing, write_cluster
from support.context import tool_context
from support.recording import recording

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def acme() -> Iterator[KubeTarget]:
    with SnapshotServer(recording()) as running:
        yield KubeTarget(kubeconfig=str(running.kubeconfig))


def changes(output: ToolOutput) -> list[tuple[str, str, str]]:
    """What, object and change of each."""
    assert isinstance(output.data, Table), output
    times = [row[0] for row in output.data.rows]
    assert times == sorted(times)
    return [(row[1], row[2], row[3]) for row in output.data.rows]


async def ask(target: KubeTarget, **arguments: JsonValue) -> ToolOutput:
    async with opened("timeline", target=target) as asked:
        return await asked("what_changed", **arguments)


async def test_a_rollout_is_told_by_what_it_changed(acme: KubeTarget) -> None:
    output = await ask(acme, workload="deploy/checkout", since="1h")
    found = [each for each in changes(output) if each[1] == "Deployment shop-checkout/checkout"]
    assert found == [
        ("rollout", "Deployment shop-checkout/checkout", "revision 1: made"),
        (
            "rollout",
            "Deployment shop-checkout/checkout",
            (
                "revision 2: checkout env REQUIRED_ENV: DATABASE_URL → "
                "DATABASE_URL,PAYMENT_API_KEY; checkout image: "
                "registry.acme.internal/shop/checkout:2.3.0 → "
                "registry.acme.internal/shop/checkout:2.3.1"
            ),
        ),
    ]
    assert output.command.startswith("kubectl get ")


async def test_a_namespace_and_its_nodes_alone_are_told(acme: KubeTarget) -> None:
    output = await ask(acme, namespace="shop-checkout")
    places = {where for _, where, _ in changes(output)}
    assert places == {
        "Deployment shop-checkout/checkout", "Service shop-checkout/checkout", "Node node-2",
    }  # fmt: skip


async def test_what_was_before_the_time_or_is_not_there_is_said(acme: KubeTarget) -> None:
    none = await ask(acme, until="2026-11-24T15:00:00Z")
    assert none.status == "no_data"
    assert none.note.startswith("No change is known to kubernetes/triage.")
    wrong = await ask(acme, workload="cehckout")
    assert wrong.status == "failed"
    assert wrong.note.endswith(
        'there is no Deployment, StatefulSet or DaemonSet "cehckout"; the nearest is "checkout".'
    )
    assert (await ask(acme, since="yesterday")).status == "invalid_arguments"


def edited(obj: JsonObject, at: str, who: str) -> JsonObject:
    metadata = obj["metadata"]
    assert isinstance(metadata, dict)
    fields: list[JsonValue] = [{"manager": who, "operation": "Update", "time": at}]
    return {**obj, "metadata": {**metadata, "managedFields": fields}}


def owned(kind: str, name: str, at: str, **more: JsonValue) -> dict[str, JsonValue]:
    owner: JsonObject = {"kind": kind, "name": name, "uid": name, "controller": True}
    return {"creationTimestamp": at, "ownerReferences": [dict(owner)], **more}


def template(image: str) -> JsonObject:
    container: JsonObject = {
        "name": "web", "image": image, "envFrom": [{"configMapRef": {"name": "settings"}}],
    }  # fmt: skip
    return {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [dict(container)]}}


def event(at: str, way: str) -> JsonObject:
    return thing(
        kind="Event", name=f"web.{way}", reason="ScalingReplicaSet", lastTimestamp=at,
        message=f"Scaled {way} replica set web-3 from 2 to 0",
        involvedObject={"kind": "Deployment", "namespace": "web", "name": "web"},
    )  # fmt: skip


def cluster() -> dict[str, list[JsonObject]]:
    revision = "deployment.kubernetes.io/revision"
    sets = [
        thing(kind="ReplicaSet", name=f"web-{number}", version="apps/v1",
              metadata=owned("Deployment", "web", at, annotations={revision: number}),
              spec={"template": dict(template(image))})
        for number, at, image in (
            ("3", "2026-11-24T08:00:00Z", "web:1"),  # rolled back to
            ("2", "2026-11-24T11:00:00Z", "web:2"),
        )
    ]  # fmt: skip
    kept = [
        thing(kind="ControllerRevision", name=f"db-{number}", version="apps/v1", revision=number,
              metadata=owned("StatefulSet", "db", at),
              data={"spec": {"template": dict(template(image))}})
        for number, at, image in ((1, "2026-11-01T08:00:00Z", "db:1"),
                                  (2, "2026-11-24T09:30:00Z", "db:2"))
    ]  # fmt: skip
    release = thing(
        kind="Secret", name="sh.helm.release.v1.web.v7", type="helm.sh/release.v1",
        data={"release": "SDRz"},
        metadata={"labels": {"owner": "helm", "name": "web", "status": "deployed", "version": "7"}},
    )  # fmt: skip
    scaler = thing(
        kind="HorizontalPodAutoscaler", name="web", version="autoscaling/v2",
        spec={"scaleTargetRef": {"kind": "Deployment", "name": "web"}},
        status={"desiredReplicas": 4, "lastScaleTime": "2026-11-24T11:30:00Z"},
    )  # fmt: skip
    web = thing(kind="Deployment", name="web", version="apps/v1",
                metadata={"annotations": {"meta.helm.sh/release-name": "web"}},
                spec={"template": dict(template("web:1"))})  # fmt: skip
    return {
        "deployments.apps": [edited(web, "2026-11-24T11:20:00Z", "kube-controller-manager")],
        "statefulsets.apps": [thing(kind="StatefulSet", name="db", version="apps/v1")],
        "replicasets.apps": sets,
        "controllerrevisions.apps": kept,
        "horizontalpodautoscalers.autoscaling": [scaler],
        "configmaps": [
            edited(thing(kind="ConfigMap", name=name, data={"a": "b"}), at, "kubectl-edit")
            for name, at in (("settings", "2026-11-24T11:40:00Z"),
                             ("other", "2026-11-24T11:41:00Z"))
        ],
        "secrets": [edited(secret(), "2026-11-24T11:50:00Z", "kubectl-patch"), release],
        "namespaces": [thing(kind="Namespace", name="web", namespace="")],
        "events": [
            event("2026-11-24T11:05:00Z", "up"),  # of the rollout of 11:00
            event("2026-11-24T11:35:00Z", "down"),
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubeTarget]:
    with SnapshotServer(write_cluster(tmp_path_factory.mktemp("small"), cluster())) as running:
        yield KubeTarget(kubeconfig=str(running.kubeconfig))


TIMES: dict[str, JsonValue] = {"since": "2026-11-24T09:00:00Z", "until": "2026-11-24T12:30:00Z"}


async def test_edits_rollbacks_releases_and_scalings_are_told(small: KubeTarget) -> None:
    output = await ask(small, **TIMES)
    assert changes(output) == [
        ("rollout", "StatefulSet web/db", "revision 2: web image: db:1 → db:2"),
        ("release", "Release web/web.v7", "revision 7: deployed"),
        ("config", "StatefulSet web/db", "made"),
        ("rollout", "Deployment web/web", "revision 2: earlier ones are not kept"),
        (
            "rollout", "Deployment web/web",
            "revision 3: web image: web:2 → web:1 (back to a template of 2026-11-24T08:00:00Z)",
        ),
        ("scaling", "HorizontalPodAutoscaler web/web", "scaled web to 4"),
        ("scaling", "Deployment web/web", "Scaled down replica set web-3 from 2 to 0"),
        ("config", "ConfigMap web/settings", "edited (kubectl-edit)"),
        ("config", "ConfigMap web/other", "edited (kubectl-edit)"),
        ("config", "Secret web/db", "edited (kubectl-patch)"),
    ]  # fmt: skip
    assert SECRET_VALUE not in str(output)


async def test_of_a_workload_only_what_it_uses_is_told(small: KubeTarget) -> None:
    told = {(what, where) for what, where, _ in changes(await ask(small, workload="web", **TIMES))}
    assert ("config", "ConfigMap web/settings") in told
    assert ("release", "Release web/web.v7") in told
    assert not told & {("config", "ConfigMap web/other"), ("config", "Secret web/db"),
                       ("rollout", "StatefulSet web/db")}  # fmt: skip


def source(*told: Change, note: str = "", failure: str = "", seconds: float = 0) -> ChangeSource:
    async def tell(_window: Window) -> Told:
        await anyio.sleep(seconds)
        if failure:
            raise ToolFailure(failure)
        return Told(changes=told, note=note)

    return ChangeSource(tell=tell, show=lambda window: f"list {window.namespace}".strip())


def change(at: str, said: str, name: str = "web.v2") -> Change:
    ref = ObjectRef(kind="Release", namespace="shop", name=name)
    return Change(what="release", ref=ref, at=at, said=said)


async def test_sources_are_merged_and_one_that_fails_costs_no_other() -> None:
    tool = WhatChanged(
        sources={
            "cluster": source(change("2026-11-24T10:00:01Z", "revision 2"), note="Not read: x."),
            "helm": source(
                change("2026-11-24T11:00:00.5+01:00", "revision 2: chart web-1 → web-2"),
                change("2026-11-24T12:00:00Z", "revision 3", "web.v3"),
            ),
            "broken": source(failure="it does not answer"),
        }
    )
    output = await tool.run({"namespace": "shop"})
    assert changes(output) == [
        ("release", "Release shop/web.v2", "revision 2: chart web-1 → web-2"),
        ("release", "Release shop/web.v3", "revision 3"),
    ]
    assert output.note == "Not read: x. broken: it does not answer."
    assert output.command == "list shop; list shop; list shop"
    alone = await WhatChanged(sources={"broken": source(failure="gone")}).run({})
    assert (alone.status, alone.note) == ("failed", "broken: gone.")


async def test_it_is_off_where_nothing_can_tell_or_a_file_says_so(acme: KubeTarget) -> None:
    async with opened("timeline") as nothing:
        assert nothing.toolset.status.state == "disabled"
        assert "what_changed" not in nothing.tools
    loaded = registry.load((), {"timeline": {"enabled": False}}, tool_context(acme))
    states = {item.name: item.status.state for item in await registry.check(loaded)}
    assert states["timeline"] == "disabled"
    assert states["kubernetes/triage"] == "enabled"
