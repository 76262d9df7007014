"""Since when, who suffers, and what changed before."""

from dataclasses import replace

from holmes.core.codec import decode, encode
from holmes.core.finding import Finding, ObjectRef
from holmes.triage.fields import Obj
from holmes.triage.impact import enriched
from holmes.triage.rank import rank
from triage import builders as b

_CRASHED = b.status(
    state=b.waiting("CrashLoopBackOff"), lastState=b.terminated(1), restartCount=5
)  # fmt: skip
_BACK_OFF = {**b.event("BackOff", "Back-off restarting failed container"),
             "firstTimestamp": "2026-11-24T16:10:00Z"}  # fmt: skip
INGRESS = b.obj(
    "Ingress", "front",
    spec={"rules": [{"http": {"paths": [{"backend": {"service": {"name": "web",
                                                                   "port": {"number": 80}}}}]}}]},
)  # fmt: skip


def web() -> Obj:
    return b.pod(
        containerStatuses=[_CRASHED],
        conditions=[{"type": "Ready", "status": "False", "lastTransitionTime": b.NOW}],
    )


def first(*objects: Obj) -> Finding:
    found = enriched(b.object_set(objects), b.found(*objects))
    return found[0]


def ref(kind: str, name: str, namespace: str = b.NAMESPACE) -> ObjectRef:
    return ObjectRef(kind=kind, namespace=namespace, name=name)


def revision(number: int, made: str, image: str) -> Obj:
    return b.replica_set(
        f"web-{number}",
        about={
            "annotations": {"deployment.kubernetes.io/revision": str(number)},
            "creationTimestamp": made,
        },
        spec={
            "template": {"metadata": {}, "spec": {"containers": [{"name": "app", "image": image}]}}
        },
    )


def test_a_crash_loop_below_an_ingress() -> None:
    finding = first(b.deployment(), b.replica_set(), web(), b.service(), INGRESS, _BACK_OFF)

    assert finding.subject == ref("Deployment", "web")
    assert finding.since == "2026-11-24T16:10:00Z"
    assert finding.impact is not None
    assert finding.impact.services == (ref("Service", "web"),)
    assert finding.impact.ingresses == (ref("Ingress", "front"),)
    assert (finding.impact.ready, finding.impact.wanted, finding.impact.old) == (0, 1, 0)
    assert finding.impact.summary == (
        "0 of 1 pods ready; Service shop/web, Ingress shop/front suffer since 16:10"
    )
    told = [(each.subject.kind, each.relation, each.on.kind) for each in finding.links]
    assert told == [("Service", "selects", "Deployment"), ("Ingress", "routes to", "Service")]


def test_old_pods_that_still_serve_spare_the_service() -> None:
    old = b.pod("web-1-a", ready=True, owner=b.owned_by("ReplicaSet", "web-1"))
    new = web()
    new["metadata"]["ownerReferences"] = b.owned_by("ReplicaSet", "web-2")

    finding = first(
        b.deployment(), revision(1, "2026-11-20T10:00:00Z", "app:1"),
        revision(2, "2026-11-24T16:09:00Z", "app:2"), old, new, b.service(), _BACK_OFF,
    )  # fmt: skip

    assert finding.impact is not None
    assert finding.impact.services == ()
    assert finding.impact.summary == (
        "1 old pod still serves; no Service or caller is seen to fail"
    )
    [change] = finding.changed
    assert (change.what, change.at) == ("rollout", "2026-11-24T16:09:00Z")
    assert change.said == "revision 2: app image: app:1 → app:2"


def test_a_config_map_that_was_edited_just_before_and_one_that_was_not() -> None:
    pod = web()
    pod["spec"]["containers"][0]["envFrom"] = [
        {"configMapRef": {"name": "hot"}}, {"configMapRef": {"name": "cold"}},
    ]  # fmt: skip
    hot, cold = b.config_map("hot"), b.config_map("cold")
    for config, at in ((hot, "2026-11-24T16:09:30Z"), (cold, "2026-11-24T12:00:00Z")):
        config["metadata"] |= {"creationTimestamp": "2026-11-01T00:00:00Z", "editedAt": at,
                               "editedBy": "kubectl-edit"}  # fmt: skip

    finding = first(b.deployment(), b.replica_set(), pod, hot, cold, _BACK_OFF)

    edits = [each for each in finding.changed if each.what == "config"]
    assert [each.said for each in edits] == ["ConfigMap hot edited (kubectl-edit)"]


def test_a_scaling_and_a_taint_before() -> None:
    scaler = b.obj(
        "HorizontalPodAutoscaler", "web",
        spec={"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 9},
        status={"lastScaleTime": "2026-11-24T16:08:00Z", "desiredReplicas": 4},
    )  # fmt: skip
    tainted = b.node(spec={"taints": [{"key": "maintenance", "timeAdded": "2026-11-24T16:07:00Z"}]})

    finding = first(b.deployment(), b.replica_set(), web(), scaler, tainted, _BACK_OFF)

    assert [each.said for each in finding.changed if each.what != "rollout"] == [
        "HorizontalPodAutoscaler web scaled web to 4", "node node-1 got taint maintenance",
    ]  # fmt: skip


def test_what_is_recorded_of_it_is_read_back() -> None:
    finding = first(b.deployment(), b.replica_set(), web(), b.service(), INGRESS, _BACK_OFF)

    assert finding.links
    assert decode(Finding, encode(finding)) == finding


def test_what_changed_after_it_began_is_no_reason() -> None:
    late = revision(1, "2026-11-24T16:15:00Z", "app:1")
    pod = web()
    pod["metadata"]["ownerReferences"] = b.owned_by("ReplicaSet", "web-1")

    assert first(b.deployment(), late, pod, _BACK_OFF).changed == ()


def test_where_nothing_tells_of_a_beginning_nothing_is_said_of_it() -> None:
    finding = first(b.service("cart", selector={"app": "cart-api"}))

    assert finding.since == ""
    assert finding.changed == ()
    assert finding.impact is not None
    assert finding.impact.services == (ref("Service", "cart"),)


def test_a_node_that_a_workload_only_calls() -> None:
    objects = b.object_set([b.pod(ready=True), b.replica_set(), b.deployment()])
    [node] = b.found(b.node("node-9", ready="Unknown"))
    symptom = replace(
        node, kind="Deployment", namespace=b.NAMESPACE, name="web", explained_by=(node.subject,)
    )
    [finding] = enriched(objects, rank([node, symptom]))

    assert [each.relation for each in finding.links] == ["calls"]
