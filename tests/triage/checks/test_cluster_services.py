from triage import builders as b


def test_an_aggregated_api_without_its_service() -> None:
    broken = {
        "kind": "APIService", "metadata": {"name": "v1beta1.metrics.k8s.io"},
        "spec": {"service": {"namespace": "shop", "name": "web"}},
        "status": {"conditions": [
            {"type": "Available", "status": "False", "reason": "NoEndpoints", "message": "no"}
        ]},
    }  # fmt: skip

    [finding] = b.found_by("cluster_services", broken, b.service(), b.pod(), b.replica_set())

    assert finding.cause == (
        "the API v1beta1.metrics.k8s.io is unavailable (NoEndpoints), Service shop/web is to "
        "serve it: no"
    )
    assert [str(ref) for ref in finding.explained_by] == ["Service shop/web", "Deployment shop/web"]


def test_an_api_that_is_served_is_well() -> None:
    served = {"kind": "APIService", "metadata": {"name": "v1.apps"},
              "status": {"conditions": [{"type": "Available", "status": "True"}]}}  # fmt: skip

    assert not b.found_by("cluster_services", served)
