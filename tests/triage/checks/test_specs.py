import pytest

from holmes.triage.fields import Obj
from triage import builders as b


def made(replicas: int = 1, **container: object) -> Obj:
    spec = {"containers": [{**b.container(), **container}]}
    return b.deployment(replicas=replicas, template={"metadata": {"labels": {"app": "web"}},
                                                     "spec": spec})  # fmt: skip


def budget(**spec: object) -> Obj:
    return b.obj("PodDisruptionBudget", "web",
                 spec={"selector": {"matchLabels": {"app": "web"}}, **spec},
                 status={"expectedPods": 2})  # fmt: skip


PORT = [{"containerPort": 8080, "hostPort": 8080}]


@pytest.mark.parametrize(
    ("objects", "why"),
    [
        (
            [made(resources={"limits": {"memory": "4Mi"}})],
            "can't start within its memory limit of 4Mi (a runtime needs 6Mi)",
        ),
        (
            [made(ports=[{"containerPort": 80}], livenessProbe={"grpc": {"port": 81}})],
            ("livenessProbe of container app asks a port that nothing opens: the container's ports "
            "are 80, not 81"),
        ),
        ([made(3, ports=PORT)], "3 replicas each want host port 8080 and there are 1 nodes"),
        ([made(), budget(maxUnavailable=0)], "it never allows an eviction (maxUnavailable 0 of 2"),
        ([made(), budget(minAvailable=2)], "it never allows an eviction (minAvailable 2 of 2"),
        ([budget(minAvailable=1)], "its selector matches no pod, so it protects nothing"),
        (
            [b.obj("NetworkPolicy", "deny", spec={"podSelector": {"matchLabels": {"a": "b"}}})],
            "its podSelector matches no pod",
        ),
        (
            [b.obj("ResourceQuota", "small", status={"hard": {"services": "2", "pods": "9"},
                                                     "used": {"services": "2", "pods": "3"}})],
            "it is used up (services 2 of 2), so no more can be made",
        ),
        (
            [
                b.obj("StatefulSet", "db", spec={"serviceName": "db-head"}),
            ],
            "its governing Service db-head does not exist",
        ),
        (
            [
                b.obj("DaemonSet", "agent", spec={"template": {"spec": {"containers": []}}}),
                b.node(spec={"taints": [{"key": "gpu", "value": "a", "effect": "NoSchedule"}]}),
            ],
            "no pod of it runs on node node-1: taint gpu=a is not tolerated",
        ),
    ],
)  # fmt: skip
def test_a_spec_that_will_fail(objects: list[Obj], why: str) -> None:
    [finding] = b.found_by("specs", *objects)

    assert why in finding.cause
    assert finding.severity == "info"


def test_specs_that_will_work() -> None:
    well = made(ports=PORT, readinessProbe={"tcpSocket": {"port": 8080}},
                resources={"limits": {"memory": "64Mi"}})  # fmt: skip

    assert not b.found_by("specs", well, budget(minAvailable=1), b.service())


def test_a_suspended_job_and_two_default_classes() -> None:
    classes = [b.obj("StorageClass", name) for name in ("fast", "slow")]
    for each in classes:
        each["metadata"]["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
    job = b.obj("Job", "load", spec={"suspend": True})
    assert [each.cause for each in b.found_by("specs", job, *classes)] == [
        "it is suspended, none of its pods is made",
        "slow is the default as well: a claim without a class gets the newest of them",
    ]
    assert not b.found_by("specs", classes[0])
