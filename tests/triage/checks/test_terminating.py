from triage import builders as b

DELETED = {"deletionTimestamp": "2026-11-24T16:10:00Z"}


def test_a_finalizer_that_nobody_removes() -> None:
    pod = b.pod(owner=[], about={**DELETED, "finalizers": ["acme.io/drain"]})

    [finding] = b.found_by("terminating", pod)

    assert finding.cause == (
        "stuck Terminating for 10 min: finalizer acme.io/drain is never removed by the controller "
        "that set it"
    )


def test_a_pod_on_a_dead_node_is_the_nodes_symptom() -> None:
    [finding] = b.found_by("terminating", b.pod(about=DELETED), b.node(ready="Unknown"))

    assert [str(ref) for ref in finding.explained_by] == ["Node node-1"]


def test_a_claim_that_is_still_used() -> None:
    claim = b.obj("PersistentVolumeClaim", "data")
    claim["metadata"] |= {**DELETED, "finalizers": ["kubernetes.io/pvc-protection"]}
    user = b.pod(spec={"volumes": [{"persistentVolumeClaim": {"claimName": "data"}}]})

    [finding] = b.found_by("terminating", claim, user)

    assert finding.cause.endswith("pod web-7d9f-abcde still uses it")


def test_a_namespace_says_what_is_left() -> None:
    left = {"type": "NamespaceFinalizersRemaining", "status": "True", "message": "acme.io in 1"}
    namespace = {
        "kind": "Namespace", "metadata": {"name": "old", **DELETED},
        "spec": {"finalizers": ["kubernetes"]}, "status": {"conditions": [left]},
    }  # fmt: skip

    [finding] = b.found_by("terminating", namespace)

    assert finding.cause.endswith("NamespaceFinalizersRemaining: acme.io in 1")

    content = {"type": "NamespaceContentRemaining", "status": "True", "message": "pods. has 1"}
    namespace["status"] = {"conditions": [content, left]}
    [finding] = b.found_by("terminating", namespace)

    assert (
        "FinalizersRemaining: acme.io in 1; NamespaceContentRemaining: pods. has" in finding.cause
    )


def test_a_pod_that_was_just_deleted_has_time() -> None:
    assert not b.found_by("terminating", b.pod(about={"deletionTimestamp": b.NOW}))
