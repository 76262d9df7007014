from holmes.triage.fields import Obj
from triage import builders as b


def stateful(ready: int, replicas: int = 3) -> Obj:
    return b.obj("StatefulSet", "db", spec={"replicas": replicas}, status={"readyReplicas": ready})


def test_an_ordinal_that_blocks_the_later_ones() -> None:
    first = b.pod("db-0", ready=True, owner=b.owned_by("StatefulSet", "db"))
    second = b.pod("db-1", owner=b.owned_by("StatefulSet", "db"))

    [finding] = b.found_by("unavailable", stateful(1), first, second)

    assert finding.cause == (
        "1 of 3 pods are ready; db-1 blocks the later ones (pods start in order); "
        "pod db-1: Running, not ready"
    )


def test_it_gives_way_to_a_precise_cause() -> None:
    state = b.status(state=b.waiting("CrashLoopBackOff"), lastState=b.terminated(3))
    pod = b.pod("db-0", owner=b.owned_by("StatefulSet", "db"), containerStatuses=[state])

    [finding] = b.found(stateful(0, replicas=1), pod)

    assert finding.check == "crash_loop"


def test_a_workload_that_just_scaled_has_time() -> None:
    scaled = b.event(
        "ScalingReplicaSet", "Scaled up", kind="Deployment", name="web", type_="Normal"
    )

    assert not b.found_by("unavailable", b.deployment(replicas=2, availableReplicas=1), scaled)


def test_all_ready_is_well() -> None:
    assert not b.found_by("unavailable", stateful(3))


def test_it_never_says_less_than_the_platform() -> None:
    said = "network plugin is not ready: " + "cni config uninitialized " * 12 + "in /etc/cni/net.d"
    pod = b.pod("db-0", owner=b.owned_by("StatefulSet", "db"), phase="Pending",
                containerStatuses=[b.status(state=b.waiting("NewReason", said))])  # fmt: skip
    event = b.event("FailedSync", "error syncing pod, skipping", name="db-0")

    [finding] = b.found_by("unavailable", stateful(0, replicas=1), pod, event)

    told = "\n".join(finding.evidence)
    assert f"pod db-0 container app: NewReason: {said}" in told
    assert "event FailedSync (seen 9 times) on db-0" in told
    assert "net.d" in finding.cause or "cni config uninitialized" in finding.cause


def test_a_pod_of_an_owner_that_is_not_known() -> None:
    pod = b.pod("r-1", owner=b.owned_by("Rollout", "web"), phase="Pending", about={})
    pod["status"]["conditions"] = []

    [finding] = b.found_by("unavailable", pod)

    assert str(finding.subject) == "Rollout shop/web"
    assert not b.found_by("unavailable", b.pod("r-2", ready=True, owner=[]))


def test_a_rollout_in_progress_has_time_though_its_events_are_gone() -> None:
    conditions = [
        {"type": "Available", "status": "True", "lastTransitionTime": "2026-11-20T10:00:00Z"},
        {"type": "Progressing", "status": "True", "lastUpdateTime": "2026-11-24T16:19:00Z"},
    ]

    assert not b.found_by(
        "unavailable", b.deployment(replicas=3, availableReplicas=2, conditions=conditions)
    )


def test_a_pod_that_is_being_made_for_long_says_what_it_needs() -> None:
    volume = {"name": "tls", "secret": {"secretName": "web-tls"}}
    state = b.status(state=b.waiting("ContainerCreating"))
    pod = b.pod("db-0", owner=b.owned_by("StatefulSet", "db"), phase="Pending",
                spec={"volumes": [volume]}, containerStatuses=[state])  # fmt: skip

    [finding] = b.found_by("unavailable", stateful(0, replicas=1), pod)

    assert finding.cause.endswith("ContainerCreating, it needs Secret web-tls (volume tls)")


def test_dns_that_is_down_says_what_that_means() -> None:
    pod = b.pod("coredns-1", owner=[], labels={"k8s-app": "kube-dns"})
    pod["metadata"]["namespace"] = "kube-system"
    pod["status"]["conditions"][0]["lastTransitionTime"] = b.START

    [finding] = b.found_by("unavailable", pod)

    assert "0 of 1 pods are ready; this is cluster DNS: names no longer resolve" in finding.cause
