from holmes.triage.fields import Obj
from triage import builders as b


def in_kube_system(pod: Obj) -> Obj:
    pod["metadata"]["namespace"] = "kube-system"
    return pod


def test_dns_is_down() -> None:
    pod = b.pod("coredns-1", owner=[], labels={"k8s-app": "kube-dns"})

    [finding] = b.found_by("cluster_services", in_kube_system(pod))

    assert finding.severity == "critical"
    assert finding.cause == (
        "1 of 1 pods are not ready; this is cluster DNS: names no longer resolve"
    )


def test_one_ready_dns_pod_is_enough() -> None:
    ready = b.pod("coredns-1", ready=True, owner=[], labels={"k8s-app": "kube-dns"})

    assert not b.found_by("cluster_services", in_kube_system(ready))


def test_an_aggregated_api_without_its_service() -> None:
    broken = {
        "kind": "APIService", "metadata": {"name": "v1beta1.metrics.k8s.io"},
        "spec": {"service": {"namespace": "shop", "name": "web"}},
        "status": {"conditions": [
            {"type": "Available", "status": "False", "reason": "NoEndpoints", "message": "no"}
        ]},
    }  # fmt: skip

    [finding] = b.found_by("cluster_services", broken, b.service(), b.pod(), b.replica_set())

    assert finding.cause == "the API v1beta1.metrics.k8s.io is unavailable (NoEndpoints): no"
    assert [str(ref) for ref in finding.explained_by] == ["Service shop/web", "Deployment shop/web"]
