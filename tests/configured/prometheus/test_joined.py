"""Metrics and objects of the same workload, in one result."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from configured.prometheus.asking import asking, kubeconfig
from configured.prometheus.conftest import NOW
from configured.servers.prometheus import prometheus
from holmes.demo import CLUSTER
from holmes.kubernetes.target import KubeTarget
from holmes.snapshot.serve import SnapshotServer

pytestmark = [pytest.mark.anyio, pytest.mark.lab]

POD = "report-worker-7db5977b8d-rnhcr"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A container whose memory reaches its limit from minute 90 on, and that begins anew then."""
    labels = f'namespace="data-reports",pod="{POD}",container="report-worker"'
    begin = NOW - 7200
    used = [40e6 + 1e5 * (minute % 4) + (85e6 if minute >= 90 else 0) for minute in range(120)]
    lines = [
        f"container_memory_working_set_bytes{{{labels}}} {value:.0f} {begin + 60 * minute:.0f}"
        for minute, value in enumerate(used)
    ]
    lines += [
        f'kube_pod_container_resource_limits{{{labels},resource="memory"}} 134217728 '
        f"{begin + 60 * minute:.0f}"
        for minute in range(120)
    ]
    with prometheus(tmp_path_factory.mktemp("joined"), ["\n".join([*lines, "# EOF\n"])]) as address:
        yield address


async def test_what_is_wrong_with_the_object_stands_under_its_metric(url: str) -> None:
    with SnapshotServer(CLUSTER) as cluster:
        target = KubeTarget(kubeconfig=str(cluster.kubeconfig), temporary=True)
        async with asking(url, NOW, target) as ask:
            output = await ask(
                "metric_changes", namespace="data-reports", start=f"{NOW - 1740:.0f}"
            )
    first, second = output.text.splitlines()[1:3]
    assert first.startswith(
        "1. container_memory_working_set_bytes / kube_pod_container_resource_limits of "
        "report-worker: 29.9 % to 93.3 % from 07:30"
    )
    assert second.startswith(
        "   object: Deployment data-reports/report-worker: container report-worker is OOMKilled"
    )


async def test_objects_are_told_where_no_metric_changed(url: str) -> None:
    with SnapshotServer(CLUSTER) as cluster:
        target = KubeTarget(kubeconfig=str(cluster.kubeconfig), temporary=True)
        async with asking(url, NOW - 3600, target) as ask:
            output = await ask("metric_changes", namespace="data-reports", start="-600")
    assert output.status == "ok"
    assert "nothing changed there" in output.text
    assert "objects without such a metric: Deployment data-reports/report-worker" in output.text


async def test_a_cluster_that_does_not_answer_costs_the_metrics_nothing(
    url: str, tmp_path: Path
) -> None:
    target = kubeconfig(tmp_path, "http://127.0.0.1:1")
    async with asking(url, NOW, target) as ask:
        output = await ask("metric_changes", namespace="data-reports", start=f"{NOW - 1740:.0f}")
    assert output.status == "ok"
    assert output.note.startswith("objects were not looked at: The cluster can't be read")


async def test_a_server_that_fails_is_not_called_well(url: str) -> None:
    async with asking(url, NOW) as ask:
        before = await ask("metric_changes", namespace="data-reports", start=f"{NOW - 80_000:.0f}")
    assert before.status == "no_data"
    assert 'no metric has the namespace "data-reports" in that time' in before.note
    async with asking("http://127.0.0.1:1", NOW) as ask:
        down = await ask("metric_changes", namespace="data-reports")
    assert down.status == "failed"
    assert down.note == (
        "Prometheus at http://127.0.0.1:1 refuses the connection: nothing listens there"
    )
