import pytest

from holmes.triage.fields import Obj
from triage import builders as b

RUNC = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
    "runc create failed: unable to start container process: "
)


def never_ran(said: str, reason: str = "StartError", limit: str = "64Mi") -> Obj:
    ended = b.terminated(128, reason, message=RUNC + said)
    state = b.status(state=b.waiting("CrashLoopBackOff"), lastState=ended, restartCount=4)
    limits = {"limits": {"memory": limit}}
    spec = {"containers": [b.container(command=["serve"], resources=limits)]}
    return b.pod(spec=spec, containerStatuses=[state])


@pytest.mark.parametrize(
    ("pod", "why"),
    [
        (
            never_ran('exec: "serve": executable file not found in $PATH: unknown'),
            "its command serve does not exist in the image (it runs: serve)",
        ),
        (
            never_ran(
                "container init was OOM-killed (memory limit too low?): unknown", limit="4Mi"
            ),
            "its memory limit of 4Mi is too small to start it: ",
        ),
        (
            never_ran('exec: "./run.sh": permission denied: unknown'),
            "its command ./run.sh is not executable",
        ),
        (
            never_ran('error mounting "/var/x" to rootfs at "/etc/app": not a directory: unknown'),
            'to rootfs at "/etc/app": not a directory',
        ),
    ],
)
def test_the_runtime_says_why(pod: Obj, why: str) -> None:
    [finding] = b.found(pod)

    assert finding.check == "start_errors"
    assert why in finding.cause
    assert any(RUNC in line for line in finding.evidence)


def test_a_user_that_may_not_be_root() -> None:
    said = "container has runAsNonRoot and image will run as root (pod: ..., container: app)"
    waits = b.status(state=b.waiting("CreateContainerConfigError", said))

    [finding] = b.found(b.pod(phase="Pending", containerStatuses=[waits]))

    assert "runAsNonRoot and image will run as root" in finding.cause


def test_only_the_sandbox_tells_that_memory_is_too_small() -> None:
    spec = {"containers": [b.container(resources={"limits": {"memory": "2Mi"}})]}
    waits = b.status(state=b.waiting("ContainerCreating"))
    event = b.event("FailedCreatePodSandBox", "Failed to create pod sandbox: rpc error: " + RUNC
                    + "container init was OOM-killed (memory limit too low?): unknown")  # fmt: skip

    [finding] = b.found(b.pod(phase="Pending", spec=spec, containerStatuses=[waits]), event)

    assert "its memory limit of 2Mi is too small to start it" in finding.cause


def test_a_container_that_is_being_made_is_well() -> None:
    waits = b.status(state=b.waiting("ContainerCreating"))

    assert not b.found_by("start_errors", b.pod(phase="Pending", containerStatuses=[waits]))


def test_a_network_plugin_that_fails() -> None:
    waits = b.status(state=b.waiting("ContainerCreating"))
    said = 'failed to setup network for sandbox "5f2": plugin type="calico" failed (add): no IPs'
    event = b.event("FailedCreatePodSandBox", f"Failed to create pod sandbox: rpc error: {said}")

    [finding] = b.found(b.pod(phase="Pending", containerStatuses=[waits]), event)

    assert 'plugin type="calico" failed (add): no IPs' in finding.cause
