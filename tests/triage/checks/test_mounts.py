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


def test_a_server_that_does_not_answer_is_named() -> None:
    volumes = [{"name": "media", "nfs": {"server": "10.9.0.4", "path": "/srv"}}]
    pod = {**STARTING, "spec": {**STARTING["spec"], "volumes": volumes}}
    said = 'MountVolume.SetUp failed for volume "media" : mount failed: exit status 32 Mounting '
    said += f"command: mount Mounting arguments: {'-o x ' * 60}Output: mount.nfs: timed out"

    [finding] = b.found_by("mounts", pod, b.event("FailedMount", said))

    assert "(volume media: nfs server=10.9.0.4, path=/srv): MountVolume.SetUp" in finding.cause
    assert finding.cause.endswith("Output: mount.nfs: timed out")


def test_a_missing_config_map_is_another_checks_affair() -> None:
    event = b.event("FailedMount", 'MountVolume.SetUp failed: configmap "conf" not found')

    assert not b.found_by("mounts", STARTING, event)


def test_a_pod_that_got_its_volume_is_well() -> None:
    event = b.event("FailedMount", "timed out waiting for the condition")

    assert not b.found_by("mounts", b.pod(ready=True), event)
