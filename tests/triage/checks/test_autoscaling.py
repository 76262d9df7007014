from holmes.triage.fields import Obj
from triage import builders as b

CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization"}}}


def scaler(*conditions: Obj, **status: object) -> Obj:
    return b.obj(
        "HorizontalPodAutoscaler", "web",
        spec={"maxReplicas": 5, "metrics": [CPU],
              "scaleTargetRef": {"kind": "Deployment", "name": "web"}},
        status={"conditions": [*conditions], **status},
    )  # fmt: skip


INACTIVE = {
    "type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric",
    "message": "failed to get cpu utilization",
}  # fmt: skip


def test_pods_without_a_request() -> None:
    [finding] = b.found_by("autoscaling", scaler(INACTIVE), b.pod(ready=True), b.replica_set())

    assert finding.cause.startswith(
        "it can't scale (FailedGetResourceMetric): container app has no cpu request"
    )
    assert not finding.explained_by


def test_without_metrics_the_pods_may_explain_it() -> None:
    asking = {"containers": [b.container(resources={"requests": {"cpu": "1"}})]}

    [finding] = b.found_by("autoscaling", scaler(INACTIVE), b.pod(spec=asking), b.replica_set())

    assert "Pod shop/web-7d9f-abcde" in map(str, finding.explained_by)


def test_a_target_that_does_not_exist() -> None:
    unable = {"type": "AbleToScale", "status": "False", "reason": "FailedGetScale"}

    [finding] = b.found_by("autoscaling", scaler(unable))

    assert finding.cause.endswith("its target Deployment shop/web does not exist")


def test_at_its_limit() -> None:
    limited = {"type": "ScalingLimited", "status": "True", "reason": "TooManyReplicas"}

    [finding] = b.found_by("autoscaling", scaler(limited, currentReplicas=5))

    assert finding.cause == "it wants more than maxReplicas 5 of Deployment web"


def test_one_that_works_is_well() -> None:
    assert not b.found_by("autoscaling", scaler({**INACTIVE, "status": "True"}))
