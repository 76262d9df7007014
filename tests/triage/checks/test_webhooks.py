import pytest

from holmes.triage.fields import Obj
from triage import builders as b


def configuration(**more: str) -> Obj:
    service = {"namespace": "shop", "name": "policy"}
    return b.obj(
        "ValidatingWebhookConfiguration", "policy",
        webhooks=[{"name": "pods.policy.io", "clientConfig": {"service": service}, **more}],
    )  # fmt: skip


POLICY = b.service("policy", selector={"app": "policy"})
REFUSED = "so what it is asked about is refused (failurePolicy Fail)"


@pytest.mark.parametrize(
    ("objects", "why", "severity"),
    [
        ([configuration()], f"Service policy does not exist, {REFUSED}", "warning"),
        ([configuration(), POLICY], f"Service shop/policy has no ready pod, {REFUSED}", "warning"),
        (
            [configuration(failurePolicy="Ignore")],
            "Service policy does not exist, so it is passed over (failurePolicy Ignore)",
            "info",
        ),
    ],
    ids=["no Service", "no pod", "passed over"],
)
def test_a_webhook_that_nobody_answers(objects: list[Obj], why: str, severity: str) -> None:
    [finding] = b.found_by("webhooks", *objects)
    assert finding.cause == f"its webhook pods.policy.io can't be reached: {why}"
    assert finding.severity == severity


def test_a_webhook_that_is_served_or_outside() -> None:
    outside = b.obj(
        "MutatingWebhookConfiguration", "x", webhooks=[{"clientConfig": {"url": "https://x"}}]
    )
    pod = b.pod(ready=True, labels={"app": "policy"})
    assert not b.found_by("webhooks", configuration(), POLICY, pod, outside)


def test_the_pod_behind_it_explains_it() -> None:
    crashed = b.status(state=b.waiting("CrashLoopBackOff"), lastState=b.terminated(1))
    pod = b.pod(labels={"app": "policy"}, containerStatuses=[crashed])
    [finding] = b.found(configuration(), POLICY, pod, b.deployment(), b.replica_set())
    assert str(finding.subject) == "Deployment shop/web"
    assert "webhook pods.policy.io can't be reached" in str(finding.links)
