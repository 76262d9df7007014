import pytest

from holmes.triage.fields import Obj
from triage import builders as b

USER = b.pod(
    phase="Pending",
    spec={"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]},
    containerStatuses=[],
)


def claim(phase: str = "Pending", **spec: object) -> Obj:
    asked = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "5Gi"}}}
    return b.obj("PersistentVolumeClaim", "data", spec=asked | spec, status={"phase": phase})


def volume(mode: str = "ReadWriteMany", size: str = "1Gi") -> Obj:
    return {
        "kind": "PersistentVolume",
        "metadata": {"name": "pv-1"},
        "spec": {"storageClassName": "", "accessModes": [mode], "capacity": {"storage": size}},
        "status": {"phase": "Available"},
    }


def storage_class(name: str, **fields: object) -> Obj:
    return {"kind": "StorageClass", "metadata": {"name": name}, **fields}


def test_a_class_that_does_not_exist() -> None:
    [finding] = b.found_by(
        "storage", claim(storageClassName="fast-ssd"), USER, storage_class("fast")
    )

    assert finding.cause == (
        "the claim is Pending: StorageClass fast-ssd does not exist (fast exists); "
        "web-7d9f-abcde can't start"
    )
    assert finding.severity == "critical"


@pytest.mark.parametrize(
    ("volumes", "why"),
    [
        ([], "no PersistentVolume of class (none) is available"),
        (
            [volume("ReadWriteOnce")],
            "access mode ReadWriteMany, pv-1 offers ReadWriteOnce",
        ),
        ([volume()], "it asks for 5Gi, pv-1 has 1Gi"),
    ],
)
def test_no_volume_fits(volumes: list[Obj], why: str) -> None:
    [finding] = b.found_by("storage", claim(storageClassName=""), *volumes)

    assert why in finding.cause


def test_no_default_class() -> None:
    [finding] = b.found_by("storage", claim(), storage_class("slow"))

    assert "it names no StorageClass and there is no default one" in finding.cause


def test_a_claim_that_waits_for_its_first_consumer_is_well() -> None:
    lazy = storage_class("lazy", volumeBindingMode="WaitForFirstConsumer")

    assert not b.found_by("storage", claim(storageClassName="lazy"), lazy)


def test_a_bound_claim_is_well() -> None:
    assert not b.found_by("storage", claim("Bound", storageClassName="gone"))


BOUND = {**volume(size="9Gi"), "status": {"phase": "Bound"}}
BOUND["spec"] = {**BOUND["spec"], "claimRef": {"namespace": "other", "name": "theirs"}}


@pytest.mark.parametrize(
    ("asked", "there", "why"),
    [
        (
            claim(storageClassName="", volumeName="pv-1"), BOUND,
            "PersistentVolume pv-1 is already bound to claim other/theirs (Bound)",
        ),
        (
            claim(storageClassName="", volumeName="pv-9"), BOUND,
            "it names PersistentVolume pv-9, which does not exist",
        ),
        (
            claim(storageClassName="", selector={"matchLabels": {"tier": "db"}}),
            volume(size="9Gi"),
            "its selector tier=db does not match pv-1 (labels: none)",
        ),
        (
            claim(storageClassName="", volumeMode="Block"), volume(size="9Gi"),
            "it asks for volumeMode Block, pv-1 has Filesystem",
        ),
    ],
)  # fmt: skip
def test_the_one_volume_does_not_fit(asked: Obj, there: Obj, why: str) -> None:
    [finding] = b.found_by("storage", asked, there)

    assert why in finding.cause


def test_a_provisioner_that_does_nothing() -> None:
    slow = storage_class("slow", provisioner="ebs.csi.aws.com", volumeBindingMode="Immediate")

    [finding] = b.found_by("storage", claim(storageClassName="slow"), slow)

    assert "provisioner ebs.csi.aws.com of slow has not made a volume for it" in finding.cause


def test_a_claim_that_lost_its_volume() -> None:
    [finding] = b.found_by("storage", claim("Lost", volumeName="pv-9"))

    assert "the claim is Lost: its volume pv-9 no longer exists (Lost)" in finding.cause


def grows(**status: object) -> Obj:
    return b.obj(
        "PersistentVolumeClaim", "data",
        spec={"resources": {"requests": {"storage": "20Gi"}}},
        status={"phase": "Bound", "capacity": {"storage": "10Gi"}, **status},
    )  # fmt: skip


RESIZE = b.event("VolumeResizeFailed", "disk is at its limit", kind="PersistentVolumeClaim",
                 name="data")  # fmt: skip


@pytest.mark.parametrize(
    ("objects", "why"),
    [
        ([grows(), RESIZE], "disk is at its limit"),
        (
            [grows(conditions=[{"type": "FileSystemResizePending", "status": "True"}])],
            "it grows once its pod is started again",
        ),
        (
            [grows(allocatedResourceStatuses={"storage": "ControllerResizeInfeasible"})],
            "ControllerResizeInfeasible",
        ),
        ([grows()], ""),
        ([grows(capacity={"storage": "20Gi"}), RESIZE], ""),
    ],
    ids=["event", "waits for the pod", "state", "may come soon", "has it"],
)
def test_a_claim_that_does_not_grow(objects: list[Obj], why: str) -> None:
    told = [each.cause for each in b.found_by("storage", *objects)]
    assert told == ([f"it asks for 20Gi and still has 10Gi: {why}"] if why else [])


def test_a_volume_that_could_not_be_reclaimed() -> None:
    volume = b.obj("PersistentVolume", "pv-1", status={"phase": "Failed", "message": "no plugin"})
    [finding] = b.found_by("storage", volume)
    assert finding.cause == "it could not be reclaimed (Failed): no plugin"
