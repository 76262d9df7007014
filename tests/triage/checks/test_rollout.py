from holmes.triage.differences import changed
from holmes.triage.fields import Obj
from triage import builders as b

PROGRESSING = {"type": "Progressing", "status": "True", "lastTransitionTime": b.START}


def revision(number: int, image: str, *, ready: int, **env: str) -> Obj:
    variables = [{"name": name, "value": value} for name, value in env.items()]
    containers = [{"name": "app", "image": image, "env": variables}]
    return b.replica_set(
        f"web-{number}",
        about={"annotations": {"deployment.kubernetes.io/revision": str(number)}},
        spec={"template": {"metadata": {}, "spec": {"containers": containers}}},
        readyReplicas=ready,
    )


def test_a_stuck_rollout_says_what_changed() -> None:
    old_pod = b.pod("web-1-a", ready=True, owner=b.owned_by("ReplicaSet", "web-1"))
    new_pod = b.pod("web-2-b", owner=b.owned_by("ReplicaSet", "web-2"))

    [finding] = b.found_by(
        "rollout", b.deployment(conditions=[PROGRESSING]),
        revision(1, "app:1", ready=1, MODE="a"), revision(2, "app:2", ready=0, MODE="a", KEY="k"),
        old_pod, new_pod,
    )  # fmt: skip

    assert finding.cause == (
        "the rollout of revision 2 is stuck; 1 old pod still serve; "
        "it changed app image: app:1 → app:2; app env KEY: (none) → k"
    )
    assert finding.severity == "warning"
    [line] = finding.evidence
    assert line == (
        "changed in revision 2 (web-2): app image: app:1 → app:2; app env KEY: (none) → k"
    )


def test_a_rollout_that_went_well() -> None:
    assert not b.found_by(
        "rollout", b.deployment(conditions=[PROGRESSING]),
        revision(1, "app:1", ready=0), revision(2, "app:2", ready=1),
    )  # fmt: skip


def test_lists_are_matched_by_name() -> None:
    old = {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]}
    new = {"containers": [{"name": "b", "image": "z"}, {"name": "a", "image": "x"}]}

    assert changed(old, new) == ["b image: y → z"]


def test_a_rollout_whose_last_pod_is_young_goes_on() -> None:
    young = b.pod("web-2-b", owner=b.owned_by("ReplicaSet", "web-2"),
                  about={"creationTimestamp": "2026-11-24T16:19:40Z"})  # fmt: skip
    objects = [revision(1, "app:1", ready=1), revision(2, "app:2", ready=0), young]
    over = {**PROGRESSING, "status": "False", "reason": "ProgressDeadlineExceeded"}

    assert not b.found_by("rollout", b.deployment(conditions=[PROGRESSING]), *objects)
    assert b.found_by("rollout", b.deployment(conditions=[over]), *objects)
