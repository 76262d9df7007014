import pytest

from holmes.triage.fields import Obj
from triage import builders as b

SHORT = b.replica_set(replicas=3) | {"status": {"replicas": 2}}
QUOTA = (
    'Error creating: pods "web-x" is forbidden: exceeded quota: small, '
    "requested: requests.memory=48Mi, used: requests.memory=96Mi, limited: requests.memory=100Mi"
)


def refused(message: str) -> Obj:
    return b.event("FailedCreate", message, kind="ReplicaSet", name="web-7d9f")


def test_a_quota_with_its_use() -> None:
    quota = b.obj(
        "ResourceQuota", "small",
        status={"hard": {"requests.memory": "100Mi"}, "used": {"requests.memory": "96Mi"}},
    )  # fmt: skip

    [finding] = b.found_by("admission", SHORT, refused(QUOTA), quota)

    assert str(finding.subject) == "Deployment shop/web"
    assert finding.cause.startswith(
        "creating its pods is refused (2 of 3 pods exist): exceeded quota: small, requested:"
    )
    assert "ResourceQuota small status: requests.memory 96Mi of 100Mi" in finding.evidence


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (
            'Internal error: failed calling webhook "check.test": connect: connection refused',
            "admission webhook check.test can't be reached",
        ),
        ('admission webhook "check.test" denied the request: no', "check.test denies it: no"),
        (
            (
                'pods "w" is forbidden: error looking up service account shop/web-api: '
                'serviceaccount "web-api" not found'
            ),
            "ServiceAccount web-api does not exist (ServiceAccount web exists)",
        ),
        (
            'pods "w" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
            'violates PodSecurity "restricted:latest": runAsNonRoot != true',
        ),
        (
            'pods "w" is forbidden: failed quota: small: must specify limits.cpu for: app',
            "failed quota: small: must specify limits.cpu for: app",
        ),
        (
            'Error creating: pods "w" is forbidden: maximum memory usage per Container is 1Gi',
            "maximum memory usage per Container is 1Gi",
        ),
    ],
)
def test_other_refusals(message: str, why: str) -> None:
    [finding] = b.found_by("admission", SHORT, refused(message), b.obj("ServiceAccount", "web"))

    assert why in finding.cause


def test_the_service_behind_a_webhook_explains_it() -> None:
    hook = {
        "name": "check.test",
        "clientConfig": {"service": {"namespace": "shop", "name": "checker"}},
    }
    configuration = {
        "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "c"}, "webhooks": [hook],
    }  # fmt: skip
    event = refused('failed calling webhook "check.test": no endpoints available')

    [finding] = b.found_by("admission", SHORT, event, configuration)

    assert [str(ref) for ref in finding.explained_by] == ["Service shop/checker"]


def test_a_refusal_that_was_overcome_is_history() -> None:
    assert not b.found_by("admission", b.replica_set(), refused(QUOTA))


@pytest.mark.parametrize(
    ("spec", "beside", "why"),
    [
        (
            {"containers": [b.container(resources={"requests": {"cpu": "500m"}})]},
            b.obj("ResourceQuota", "small", status={"hard": {"requests.cpu": "2"},
                                                    "used": {"requests.cpu": "1800m"}}),
            ("exceeded quota: small, requested: requests.cpu=0.5, used: requests.cpu=1800m, "
            "limited: requests.cpu=2"),
        ),
        (
            {"serviceAccountName": "runner", "containers": []},
            b.obj("ServiceAccount", "default"),
            "ServiceAccount runner does not exist",
        ),
        (
            {"containers": [b.container(resources={"limits": {"cpu": "2"}})]},
            b.obj("LimitRange", "r", spec={"limits": [{"type": "Container",
                                                       "max": {"cpu": "500m"}}]}),
            "cpu limit 2 of container app, LimitRange r allows at most 500m",
        ),
        (
            {"containers": [b.container(resources={"requests": {"memory": "8Mi"}})]},
            b.obj("LimitRange", "r", spec={"limits": [{"type": "Container",
                                                       "min": {"memory": "16Mi"}}]}),
            "memory request 8Mi of container app, LimitRange r allows at least 16Mi",
        ),
        (
            {"containers": [b.container(resources={"limits": {"cpu": "2"},
                                                   "requests": {"cpu": "100m"}})]},
            b.obj("LimitRange", "r", spec={"limits": [{"type": "Container",
                                                       "maxLimitRequestRatio": {"cpu": "4"}}]}),
            "cpu limit 2 and request 100m of container app, LimitRange r allows a ratio of 4",
        ),
    ],
)  # fmt: skip
def test_a_refusal_whose_events_are_gone(spec: Obj, beside: Obj, why: str) -> None:
    owner = b.obj("StatefulSet", "db", spec={"replicas": 2, "template": {"spec": spec}},
                  status={"replicas": 1})  # fmt: skip

    [finding] = b.found_by("admission", owner, beside)

    assert why in finding.cause
    assert finding.evidence[0].startswith("StatefulSet db status: ")
