"""What the kubelet, the scheduler and the controllers write about pods that are not well."""

from collections.abc import Sequence

from generated.pods import conditions
from generated.sayings import noisy
from generated.world import App, World
from holmes.triage.fields import Obj, name_of, namespace_of, text


def container_of(pod: Obj) -> Obj:
    """The first container in a pod's spec."""
    found: Obj = pod["spec"]["containers"][0]
    return found


def _status(pod: Obj) -> Obj:
    found: Obj = pod["status"]["containerStatuses"][0]
    return found


def _unready(world: World, pod: Obj, *, age: float) -> None:
    pod["status"]["conditions"] = conditions(world, ready=False, age=age)
    said = f"containers with unready status: [{container_of(pod)['name']}]"
    for each in pod["status"]["conditions"]:
        if each["type"] in {"Ready", "ContainersReady"}:
            each["message"] = said


def waiting(world: World, pod: Obj, reason: str, message: str) -> None:
    """A container that was never started."""
    _unready(world, pod, age=world.since)
    status = _status(pod)
    pod["status"]["phase"] = "Pending"
    state: Obj = {"reason": reason, **({"message": message} if message else {})}
    status |= {"ready": False, "started": False, "state": {"waiting": state}, "imageID": ""}
    status.pop("containerID", None)
    forget_logs(world, pod)


def forget_logs(world: World, pod: Obj) -> None:
    for request in [
        r for r in world.logs if (r.namespace, r.pod) == (namespace_of(pod), name_of(pod))
    ]:
        del world.logs[request]


def image_pull(world: World, pods: Sequence[Obj], error: str) -> None:
    """Pods whose image can't be pulled, in the words of this version."""
    for pod in pods:
        image, name = container_of(pod)["image"], container_of(pod)["name"]
        backing = f'Back-off pulling image "{image}"'
        if world.minor >= 32:
            backing += f": ErrImagePull: {error}"
        if world.rng.random() < 0.75 and not (world.silent and world.minor < 32):
            waiting(world, pod, "ImagePullBackOff", backing)
        else:
            waiting(world, pod, "ErrImagePull", error)
        world.event(pod, "Failed", f'Failed to pull image "{image}": {error}', container=name)
        world.event(pod, "Failed", "Error: ErrImagePull", container=name)
        world.event(pod, "Failed", "Error: ImagePullBackOff", container=name)
        world.event(
            pod, "BackOff", f'Back-off pulling image "{image}"', normal=True, container=name
        )


def config_error(world: World, pods: Sequence[Obj], error: str) -> None:
    """Pods whose container can't be made from its configuration."""
    for pod in pods:
        waiting(world, pod, "CreateContainerConfigError", error)
        world.event(pod, "Failed", f"Error: {error}", container=container_of(pod)["name"])


def crash(
    world: World,
    app: App,
    pods: Sequence[Obj],
    lines: Sequence[str],
    *,
    code: int = 1,
    reason: str = "Error",
    message: str = "",
    ran: float = 0.1,
) -> None:
    """Pods whose container starts and ends, again and again; `ran` is how long, in minutes."""
    for pod in pods:
        status, name = _status(pod), container_of(pod)["name"]
        restarts = world.rng.randrange(4, 12)
        _unready(world, pod, age=world.since)
        ended = world.rng.uniform(0.6, 3)
        last: Obj = {
            "exitCode": code,
            "reason": reason,
            "containerID": status["containerID"],
            "startedAt": world.ago(ended + ran),
            "finishedAt": world.ago(ended),
        }
        if message:
            last["message"] = message
        delay = ("1m20s", "2m40s", "5m0s")[min(2, restarts // 4)]
        uid = pod["metadata"]["uid"]
        where = f"{name_of(pod)}_{namespace_of(pod)}({uid})"
        status |= {
            "ready": False,
            "started": False,
            "restartCount": restarts,
            "lastState": {"terminated": last},
            "state": {
                "waiting": {
                    "reason": "CrashLoopBackOff",
                    "message": f"back-off {delay} restarting failed container={name} pod={where}",
                }
            },
        }
        said = "Back-off restarting failed container"
        if world.minor >= 27:
            said += f" {name} in pod {where}"
        world.event(pod, "BackOff", said, container=name, count=restarts * 7)
        forget_logs(world, pod)
        if lines:
            whole = noisy(world.rng, app.runtime, list(lines))
            world.log(pod, whole)
            world.log(pod, whole, previous=True)


def cannot_start(world: World, pods: Sequence[Obj], error: str, *, code: int = 128) -> None:
    """Pods whose container the runtime can't start (StartError)."""
    for pod in pods:
        status, name = _status(pod), container_of(pod)["name"]
        _unready(world, pod, age=world.since)
        where = f"{name_of(pod)}_{namespace_of(pod)}({pod['metadata']['uid']})"
        last: Obj = {
            "exitCode": code,
            "reason": "StartError",
            "message": error,
            "containerID": status["containerID"],
            "startedAt": "1970-01-01T00:00:00Z",
            "finishedAt": world.ago(1.2),
        }
        state: Obj = {"reason": "RunContainerError", "message": error}
        if world.rng.random() < 0.6:
            state = {
                "reason": "CrashLoopBackOff",
                "message": f"back-off 5m0s restarting failed container={name} pod={where}",
            }
        status |= {
            "ready": False,
            "started": False,
            "restartCount": world.rng.randrange(3, 9),
            "lastState": {"terminated": last},
            "state": {"waiting": state},
        }
        world.event(pod, "Failed", f"Error: {error}", container=name)
        world.event(
            pod,
            "BackOff",
            "Back-off restarting failed container"
            + (f" {name} in pod {where}" if world.minor >= 27 else ""),
            container=name,
        )
        forget_logs(world, pod)


def probe_fails(
    world: World,
    app: App,
    pods: Sequence[Obj],
    said: str,
    *,
    liveness: bool,
    lines: Sequence[str] = (),
    code: int = 137,
    probe: str = "",
) -> None:
    """Pods whose probe fails: unready for a readiness probe, killed for a liveness probe."""
    kind = probe or ("Liveness" if liveness else "Readiness")
    for pod in pods:
        name = container_of(pod)["name"]
        if liveness:
            crash(
                world,
                app,
                [pod],
                lines,
                code=code,
                reason="Error" if code else "Completed",
                ran=0.9,
            )
            world.event(
                pod,
                "Killing",
                f"Container {name} failed {kind.lower()} probe, will be restarted",
                normal=True,
                container=name,
            )
        else:
            _unready(world, pod, age=world.since)
            _status(pod)["ready"] = False
            if lines:
                world.log(pod, lines)
        address = text(pod, "status", "podIP")
        message = said.replace("IP", address)
        world.event(
            pod,
            "Unhealthy",
            f"{kind} probe failed: {message}",
            container=name,
            count=world.rng.randrange(20, 90),
        )


def stuck_creating(
    world: World,
    pods: Sequence[Obj],
    reason: str,
    message: str,
    more: Sequence[tuple[str, str]] = (),
) -> None:
    """Pods that are on a node and whose containers are not made: only events say why."""
    for pod in pods:
        waiting(world, pod, "ContainerCreating", "")
        for key in ("podIP", "podIPs"):
            pod["status"].pop(key, None)
        for each in pod["status"]["conditions"]:
            if each["type"] == "PodReadyToStartContainers":
                each["status"] = "False"
        for why, said in ((reason, message), *more):
            world.event(
                pod,
                why,
                said.replace("POD", name_of(pod)),
                source="attachdetach-controller" if why == "FailedAttachVolume" else "kubelet",
            )
