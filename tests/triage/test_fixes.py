"""The commands that would mend a finding: where nothing has to be guessed, and not elsewhere."""

from collections.abc import Sequence

import pytest

from holmes.core.finding import Finding
from holmes.triage.fields import Obj
from holmes.triage.impact import enriched
from holmes.triage.logs import LogBook
from holmes.triage.run import triage
from triage import builders as b

_CRASHED = b.status(
    state=b.waiting("CrashLoopBackOff"), lastState=b.terminated(1), restartCount=5
)  # fmt: skip


def fixes(objects: Sequence[Obj], logs: LogBook | None = None) -> list[str]:
    joined = b.object_set(objects)
    return [each.fix for each in enriched(joined, triage(joined, logs or LogBook()))]


def of_revision(number: int) -> Obj:
    about = {"annotations": {"deployment.kubernetes.io/revision": str(number)}}
    return b.replica_set(f"web-{number}", about=about)


BROKEN = b.pod(
    "web-3-a", owner=b.owned_by("ReplicaSet", "web-3"), containerStatuses=[_CRASHED]
)  # fmt: skip


def serving(name: str) -> Obj:
    return b.pod(f"{name}-b", ready=True, owner=b.owned_by("ReplicaSet", name))


def test_a_rollout_goes_back_to_the_revision_that_still_serves() -> None:
    objects = [b.deployment(), *map(of_revision, (1, 2, 3)), serving("web-2"), BROKEN]
    assert fixes(objects)[0] == "kubectl rollout undo deployment web -n shop --to-revision=2"


@pytest.mark.parametrize("ready", [["web-3"], []], ids=["the newest serves", "none serves"])
def test_a_rollout_that_has_nowhere_better_to_go(ready: list[str]) -> None:
    revisions = map(of_revision, (2, 3))
    found = fixes([b.deployment(), *revisions, BROKEN, *map(serving, ready)])
    assert found
    assert not any(found)


def cart(**labels: str) -> Obj:
    return b.pod("cart-7d9f-a", ready=True, labels=labels)


def test_a_selector_that_can_only_mean_the_pods_that_nobody_selects() -> None:
    wrong = b.service("cart", selector={"app": "cart-api"})
    pod = cart(app="cart")
    assert fixes([wrong, pod]) == ["kubectl set selector service cart -n shop 'app=cart'"]
    other = b.service("basket", selector={"app": "cart"}, ports=())
    assert fixes([wrong, other, pod]) == [""]
    assert fixes([b.service("cart", selector={"app": "cart", "tier": "api"}), pod]) == [""]


def ports(*numbers: int) -> Obj:
    return {"containers": [b.container(ports=[{"containerPort": each} for each in numbers])]}


def test_a_target_port_where_there_is_only_one() -> None:
    service = b.service(ports=[{"port": 80, "targetPort": "http"}])
    change = '[{"op":"replace","path":"/spec/ports/0/targetPort","value":8080}]'
    assert fixes([service, b.pod(ready=True, spec=ports(8080))]) == [
        f"kubectl patch service web -n shop --type=json -p '{change}'"
    ]
    assert fixes([service, b.pod(ready=True, spec=ports(8080, 9090))]) == [""]


def test_a_probe_that_asks_another_port_than_the_only_one() -> None:
    probe = {"httpGet": {"path": "/", "port": 8081}}
    spec = {"containers": [b.container("proxy"), b.container(readinessProbe=probe)]}
    pod = b.pod(spec=spec, containerStatuses=[b.status("proxy", ready=True), b.status()])
    logs = b.log_book({"web-7d9f-abcde": "listening on :8080"})
    where = "/spec/template/spec/containers/1/readinessProbe/httpGet/port"
    change = f'[{{"op":"replace","path":"{where}","value":8080}}]'
    assert fixes([b.deployment(), b.replica_set(), pod], logs) == [
        f"kubectl patch deployment web -n shop --type=json -p '{change}'"
    ]
    two = b.log_book({"web-7d9f-abcde": "listening on :8080\nlistening on :9090"})
    assert fixes([b.deployment(), b.replica_set(), pod], two) == [""]


def test_a_deployment_that_was_scaled_to_nothing_by_hand() -> None:
    template = {"metadata": {"labels": {"app": "web"}}}
    scaled = b.deployment(replicas=0, template=template)
    assert fixes([scaled, b.service()]) == [""]
    scaled["metadata"]["drift"] = ["replicas: 3 → 0"]
    assert fixes([scaled, b.service()]) == ["kubectl scale deployment web -n shop --replicas=3"]


def test_what_somebody_switched_off() -> None:
    cron = b.obj("CronJob", "nightly", spec={"suspend": True})
    assert fixes([cron, b.node(spec={"unschedulable": True})]) == [
        "kubectl uncordon node-1",
        (
            "kubectl patch cronjob nightly -n shop --type=json -p "
            """'[{"op":"replace","path":"/spec/suspend","value":false}]'"""
        ),
    ]


@pytest.mark.parametrize("exists", [True, False])
def test_a_binding_that_names_an_account_that_does_not_exist(*, exists: bool) -> None:
    account = b.obj("ServiceAccount", "syncer")
    binding = b.obj(
        "RoleBinding", "sync", roleRef={"kind": "Role", "name": "sync"},
        subjects=[{"kind": "ServiceAccount", "name": "syncer", "namespace": "shop"}],
    )  # fmt: skip
    role = b.obj(
        "Role", "sync", rules=[{"verbs": ["list"], "resources": ["pods"], "apiGroups": [""]}]
    )
    denied = (
        'ERROR pods is forbidden: User "system:serviceaccount:shop:sync" cannot list resource '
        '"pods" in API group "" in the namespace "shop"'
    )
    objects = [b.deployment(), b.replica_set(), b.pod(ready=True), binding, role]
    objects += [account] if exists else []
    wanted = "kubectl set subject rolebinding sync -n shop --serviceaccount=shop:sync"
    assert fixes(objects, b.log_book({"web-7d9f-abcde": denied})) == ["" if exists else wanted]


def test_it_is_kept_where_findings_are_merged() -> None:
    wrong = b.service("cart", selector={"app": "cart-api"})
    [finding] = b.found(wrong, cart(app="cart"))
    assert isinstance(finding, Finding)
    assert finding.fix
