"""Releases, read by the real helm 4 from the Secrets that a recorded API serves."""

import base64
import gzip
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from configured.platforms import opened
from configured.servers.helm import helm
from holmes.core.messages import JsonObject, JsonValue
from holmes.core.tool_output import Table
from holmes.kubernetes.target import KubeTarget
from holmes.snapshot.serve import SnapshotServer
from snapshot.cluster import thing, write_cluster

pytestmark = pytest.mark.anyio

PASSWORD = "hunter2-hunter2-hunter2"  # noqa: S105  (must never be shown)
MANIFEST = """---
# Source: web/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: web, annotations: {copy: "PASSWORD"}}
data: {password: "PASSWORD"}
---
# Source: web/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "shop/web:TAG"}]
"""


def release(number: int, at: str, tag: str, *, status: str, chart: str) -> JsonObject:
    """The Secret of one revision, as helm writes it: JSON, gzip, base64, and base64 of the API."""
    password = base64.b64encode(f"{PASSWORD}{number}".encode()).decode()
    config: JsonObject = {"image": {"tag": tag}, "db": {"password": f"{PASSWORD}{number}"}}
    info: JsonObject = {
        "first_deployed": "2026-11-20T08:00:00Z", "last_deployed": at, "status": status,
        "description": "Upgrade complete", "notes": "Ask for the shop.",
    }  # fmt: skip
    kept: JsonObject = {
        "name": "web", "namespace": "shop", "version": number,
        "info": dict(info), "config": dict(config),
        "chart": {
            "metadata": {"name": "web", "version": chart, "appVersion": "1"},
            "values": {"replicas": 1},
        },
        "manifest": MANIFEST.replace("TAG", tag).replace("PASSWORD", password),
    }  # fmt: skip
    packed = base64.b64encode(gzip.compress(json.dumps(kept).encode()))
    labels: JsonObject = {"owner": "helm", "name": "web", "status": status, "version": str(number)}
    return thing(
        kind="Secret", name=f"sh.helm.release.v1.web.v{number}", namespace="shop",
        type="helm.sh/release.v1", data={"release": base64.b64encode(packed).decode()},
        metadata={"labels": dict(labels), "creationTimestamp": at},
    )  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[KubeTarget, dict[str, str]]]:
    """The cluster, and the environment in which helm is found."""
    folder = tmp_path_factory.mktemp("helm")
    secrets = [
        release(1, "2026-11-20T08:00:00Z", "1.0", status="superseded", chart="1.0.0"),
        release(2, "2026-11-24T09:00:00Z", "1.1", status="superseded", chart="1.0.0"),
        release(3, "2026-11-24T11:00:00Z", "1.2", status="deployed", chart="1.1.0"),
    ]
    objects = {
        "secrets": secrets,
        "namespaces": [thing(kind="Namespace", name="shop", namespace="")],
    }
    program = helm(folder)
    homes = {f"HELM_{each}_HOME": str(folder / each) for each in ("CACHE", "CONFIG", "DATA")}
    with SnapshotServer(write_cluster(folder / "cluster", objects)) as running:
        target = KubeTarget(kubeconfig=str(running.kubeconfig))
        yield target, {"PATH": f"{program}:{os.environ['PATH']}", **homes}
        assert running.writes == 0


RELEASE: dict[str, JsonValue] = {"release_name": "web", "namespace": "shop"}


async def test_releases_are_listed_with_history_values_and_manifest(
    shop: tuple[KubeTarget, dict[str, str]],
) -> None:
    target, environment = shop
    async with opened("helm/core", target=target, environment=environment) as asked:
        assert asked.toolset.status.server.startswith("helm v4.2.3")
        for arguments in ({}, {"namespace": "shop"}):
            listed = await asked("helm_list", **arguments)
            assert isinstance(listed.data, Table)
            assert [(row[0], row[2]) for row in listed.data.rows] == [("web", "3")]
        assert (await asked("helm_list", namespace="pay")).text.count("\n") <= 1
        history = await asked("helm_history", **RELEASE)
        assert [line.split()[0] for line in history.text.splitlines()[1:]] == ["1", "2", "3"]
        assert "Ask for the shop." in (await asked("helm_status", **RELEASE)).text
        values = await asked("helm_values", **RELEASE)
        assert "replicas: 1" in values.text
        manifest = await asked("helm_manifest", **RELEASE)
        assert "shop/web:1.2" in manifest.text
        coded = base64.b64encode(f"{PASSWORD}3".encode()).decode()
        assert coded not in manifest.text
        missing = await asked("helm_history", release_name="nobody", namespace="shop")
        assert missing.status == "failed"
        assert "not found" in missing.note


async def test_a_diff_shows_what_differs_and_of_secrets_only_the_keys(
    shop: tuple[KubeTarget, dict[str, str]],
) -> None:
    target, environment = shop
    async with opened("helm/core", target=target, environment=environment) as asked:
        last = await asked("helm_diff", **RELEASE)
        assert isinstance(last.data, Table)
        rows = {each[0]: each[1] for each in last.data.rows if "password" not in each[1]}
        assert rows == {
            "values": "image tag: 1.1 → 1.2",
            "Deployment web": "web image: shop/web:1.1 → shop/web:1.2",
        }
        assert ("values", "db password: value changed, not shown") in last.data.rows
        assert ("Secret web", "data password: value changed, not shown") in last.data.rows
        assert last.note == "Revision 2 to 3."
        one = await asked("helm_diff", old_revision=1, new_revision=2, **RELEASE)
        assert "image tag: 1.0 → 1.1" in one.text
        assert PASSWORD not in str(last)
        assert base64.b64encode(f"{PASSWORD}2".encode()).decode() not in str(last)
        again = subprocess.run(["bash", "-c", last.command], env={**os.environ, **environment},  # noqa: ASYNC221
                               capture_output=True, text=True, check=False)  # fmt: skip
        assert ">       containers:" in again.stdout or "shop/web:1.2" in again.stdout


async def test_revisions_are_on_the_time_line_once(
    shop: tuple[KubeTarget, dict[str, str]],
) -> None:
    target, environment = shop
    async with opened("helm/core", target=target, environment=environment) as asked:
        output = await asked(
            "what_changed", since="2026-11-24T00:00:00Z", until="2026-11-24T23:00:00Z"
        )
    assert isinstance(output.data, Table)
    assert [row for row in output.data.rows if row[1] == "release"] == [
        ("2026-11-24T09:00:00Z", "release", "Release shop/web.v2",
         "revision 2: chart web-1.0.0, superseded (Upgrade complete)"),
        ("2026-11-24T11:00:00Z", "release", "Release shop/web.v3",
         "revision 3: chart web-1.0.0 → web-1.1.0, deployed (Upgrade complete)"),
    ]  # fmt: skip


async def test_without_helm_or_a_cluster_one_line_says_so(tmp_path: Path) -> None:
    async with opened("helm/core", environment={"PATH": str(tmp_path)}) as asked:
        assert asked.toolset.status.reason == 'the program "helm" was not found in PATH'
