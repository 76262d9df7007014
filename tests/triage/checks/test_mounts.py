from triage import builders as b

STARTING = b.pod(
    phase="Pending",
    spec={"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]},
    containerStatuses=[b.status(state=b.waiting("ContainerCreating"))],
)


def test_a_volume_that_another_node_holds() -> None:
    event = b.event("FailedAttachVolume", "Multi-Attach error for volume pvc-1")

    [finding] = b.found_by("mounts", STARTING, event)

    assert "can't be mounted (another node still has it): Multi-Attach" in finding.cause
    assert [str(ref) for ref in finding.explained_by] == ["PersistentVolumeClaim shop/data"]


def test_a_missing_config_map_is_another_checks_affair() -> None:
    event = b.event("FailedMount", 'MountVolume.SetUp failed: configmap "conf" not found')

    assert not b.found_by("mounts", STARTING, event)


def test_a_pod_that_got_its_volume_is_well() -> None:
    event = b.event("FailedMount", "timed out waiting for the condition")

    assert not b.found_by("mounts", b.pod(ready=True), event)
