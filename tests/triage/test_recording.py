"""The recorded cluster, through the real kubectl: every incident is found, and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from holmes.core.errors import UsageError
from holmes.core.finding import Finding
from holmes.kubernetes.target import KubeTarget
from holmes.snapshot.serve import SnapshotServer
from holmes.triage.collect import Report, scan
from holmes.triage.report import render
from support.recording import recording

# Each incident: its namespace, the object to change, and words of the cause and evidence.
INCIDENTS = {
    "billing": ("PersistentVolumeClaim data-ledger-db-0", ("StorageClass fast-ssd does not",)),
    "catalog": ("Deployment search", ("search:4.4.2 can't be pulled", "node-1 has tag 4.4.1")),
    "cleanup": ("Pod legacy-exporter", ("stuck Terminating", "finalizer acme.io/drain")),
    "data-reports": ("Deployment report-worker", ("OOMKilled", "memory limit of 128Mi")),
    "db-migrate": ("Job orders-migrate-42", ("BackoffLimitExceeded", "DuplicateColumn")),
    "edge-static": (
        "Deployment static-site",
        ('unknown directive "proxy_passs"', "ConfigMap site-conf key site.conf line 4"),
    ),
    "geo": ("Node node-2", ("NotReady", "2 pods there still say Running")),
    "log-ship": ("Deployment spooler", ("Evicted", 'exceeds the limit "40Mi"')),
    "ml-train": ("Deployment trainer", ("requests 16 cpu, more than a node has",)),
    "notify": (
        "Deployment mailer",
        ("ConfigMap mailer-settings does not exist", "mailer-config exists"),
    ),
    "payments": (
        "Deployment ledger",
        ("no Service ledger-postgres exists", "Service ledger-pg exists"),
    ),
    "platform-sync": (
        "Deployment config-sync",
        ("403", "may not list configmaps", "to ServiceAccount config-syncer instead"),
    ),
    "pricing": ("HorizontalPodAutoscaler pricing", ("pricing has no cpu request",)),
    "promo": ("Deployment banner", ("2 of 3 pods exist", "exceeded quota: promo-quota")),
    "shop-cart": ("Service cart", ("app=cart-api matches no pod", "carry app=cart")),
    "shop-checkout": (
        "Deployment checkout",
        ("PAYMENT_API_KEY is not set", "2 old pods still serve", "checkout:2.3.0 → "),
    ),
    "storefront": ("Deployment session-cache", ("memory is full", "noeviction", "cart-api")),
    "users": ("Deployment profile", ("GET /readyz", "answers 404", "other probes here ask /ready")),
}  # fmt: skip


@pytest.fixture(scope="module")
def kubeconfig() -> Iterator[Path]:
    with SnapshotServer(recording()) as server:
        yield server.kubeconfig


def look(kubeconfig: Path, namespace: str = "") -> Report:
    return anyio.run(scan, KubeTarget(kubeconfig=str(kubeconfig), namespace=namespace))


@pytest.fixture(scope="module")
def report(kubeconfig: Path) -> Report:
    return look(kubeconfig)


def home(finding: Finding) -> str:
    return finding.namespace or finding.affected[0].namespace


def test_the_table_is_the_truth() -> None:
    truth = json.loads((Path(__file__).parent / "truth.json").read_text())

    assert INCIDENTS.keys() == truth.keys() - {"fraud"}


@pytest.mark.parametrize("namespace", INCIDENTS)
def test_an_incident_is_found_once_with_its_cause(report: Report, namespace: str) -> None:
    subject, words = INCIDENTS[namespace]
    [finding] = [each for each in report.findings if home(each) == namespace]

    assert f"{finding.kind} {finding.name}" == subject
    told = "\n".join([finding.cause, *finding.chain, *finding.evidence])
    assert not [word for word in words if word not in told]


def test_there_are_no_false_alarms(report: Report) -> None:
    assert len(report.findings) == len(INCIDENTS)
    assert not report.unread


def test_a_cascade_names_everything_that_suffers(report: Report) -> None:
    [finding] = [each for each in report.findings if each.namespace == "storefront"]

    assert {ref.name for ref in finding.affected if ref.kind == "Deployment"} == {
        "cart-api",
        "frontend",
        "synthetic-check",
    }


@pytest.mark.parametrize("namespace", ["cleanup", "geo", "shop-checkout", "storefront"])
def test_one_namespace_alone_tells_the_same(
    kubeconfig: Path, report: Report, namespace: str
) -> None:
    alone = look(kubeconfig, namespace)

    [finding] = alone.findings
    [among_all] = [each for each in report.findings if home(each) == namespace]
    assert (finding.subject, finding.check) == (among_all.subject, among_all.check)
    # 400 tokens, at the 3.15 characters that the small model's tokenizer makes of such text.
    assert len(render(alone)) < 400 * 3.15


def test_a_healthy_namespace_has_none_and_says_what_was_seen(kubeconfig: Path) -> None:
    healthy = look(kubeconfig, "fraud")

    assert not healthy.findings
    assert render(healthy).startswith("Nothing is wrong in namespace fraud")
    assert "looked at: 3 pods, 2 deployments, 1 service" in render(healthy)


def test_of_one_namespace_it_is_told_what_is_well(kubeconfig: Path, report: Report) -> None:
    system = look(kubeconfig, "kube-system")

    # metrics-server is ready, and can't reach the node that is down.
    assert [str(each) for each in system.healthy] == [
        "Deployment coredns (1 of 1 ready)", "Service kube-dns (1 of 1 pods ready)",
        "Service metrics-server (1 of 1 pods ready)", "Node node-1 (Ready)",
    ]  # fmt: skip
    assert "\nhealthy: Deployment coredns (1 of 1 ready)\nlooked at: " in render(system)
    assert "Deployment coredns" in {
        str(each.ref).replace("kube-system/", "") for each in report.healthy
    }


def test_the_whole_fits_a_small_context(report: Report) -> None:
    # 2,500 tokens, at 3.2 characters each (2,483 when counted by the model's tokenizer).
    assert len(render(report)) < 2500 * 3.2


def test_every_pod_that_is_named_exists(report: Report) -> None:
    real = {
        item["metadata"]["name"]
        for path in recording().glob("namespaces/*/pods.json")
        for item in json.loads(path.read_text())["items"]
    }
    named = {ref.name for each in report.findings for ref in each.affected if ref.kind == "Pod"}

    assert named <= real


def test_nothing_is_written() -> None:
    with SnapshotServer(recording()) as server:
        look(server.kubeconfig)

        assert server.writes == 0


def test_a_namespace_that_does_not_exist(kubeconfig: Path) -> None:
    with pytest.raises(UsageError, match=r'no namespace "shop-chekout".*"shop-checkout"'):
        look(kubeconfig, "shop-chekout")


def test_a_cluster_that_does_not_answer(tmp_path: Path) -> None:
    config = tmp_path / "kubeconfig"
    config.write_text(
        json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        })
    )  # fmt: skip

    with pytest.raises(UsageError, match=r"can't be read: .*127\.0\.0\.1:9.* refused"):
        look(config)
