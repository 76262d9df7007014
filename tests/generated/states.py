"""What the kubelet, the scheduler and the controllers write about pods that are not well."""

from collections.abc import Callable, Mapping, Sequence

from generated.build import claim, conditions, deploy, new_pod, pod_of, replica_set
from generated.sayings import noisy
from generated.world import App, World
from holmes.triage.fields import Obj, labels_of, name_of, namespace_of, text

_UNRESOLVABLE = ("taint", "selector", "unschedulable", "affinity conflict",
                 "PersistentVolume's node affinity", "missing required label")  # fmt: skip


def container_of(pod: Obj) -> Obj:
    """The first container in a pod's spec."""
    found: Obj = pod["spec"]["containers"][0]
    return found


def revise(
    world: World, app: App, change: Callable[[Obj], object], *, everywhere: bool = False
) -> list[Obj]:
    """Change the pod template; return the pods of the new one, running and ready.

    A Deployment is either rolled out, so that pods of the old revision stay, or was so from the
    start; a StatefulSet was so from the start.
    """
    workload = world.workload(app)
    if app.kind == "CronJob":
        change(workload["spec"]["jobTemplate"]["spec"]["template"]["spec"])
        return []
    change(workload["spec"]["template"]["spec"])
    old = world.pods(app)
    age = world.since
    if app.kind == "Deployment":
        return _revise_deployment(
            world, app, old, rolling=not everywhere and world.rng.random() < 0.4
        )
    for pod in old:
        world.remove("Pod", app.namespace, name_of(pod))
    if app.kind == "StatefulSet":
        return [pod_of(world, workload, age=age, ordinal=0)]
    return [
        new_pod(world, workload, workload["spec"]["template"], name_of(pod), age=age,
                on=text(pod, "spec", "nodeName")) for pod in old
    ]  # fmt: skip


def current_set(world: World, app: App) -> Obj:
    """The ReplicaSet of a Deployment's current revision."""
    key = "deployment.kubernetes.io/revision"
    revision = world.workload(app)["metadata"]["annotations"][key]
    return next(each for each in world.all("ReplicaSet", app.namespace)
                if each["metadata"]["annotations"].get(key) == revision
                and app.labels.items() <= labels_of(each).items())  # fmt: skip


def _revise_deployment(world: World, app: App, old: list[Obj], *, rolling: bool) -> list[Obj]:
    workload = world.workload(app)
    before = current_set(world, app)
    surge = -(-app.replicas // 4)
    gone = app.replicas // 4 if rolling else app.replicas
    fresh = min(surge + gone, app.replicas) if rolling else app.replicas
    for pod in old[:gone]:
        world.remove("Pod", app.namespace, name_of(pod))
    before["spec"]["replicas"] = app.replicas - gone if rolling else 0
    if not rolling:
        world.remove("ReplicaSet", app.namespace, name_of(before))
    annotations = workload["metadata"]["annotations"]
    revision = 3 if rolling else 2
    annotations["deployment.kubernetes.io/revision"] = str(revision)
    after = replica_set(world, app, workload["spec"]["template"], replicas=fresh,
                        revision=revision, age=world.since)  # fmt: skip
    world.rolled.add(name_of(after))
    world.event(workload, "ScalingReplicaSet",
                f"Scaled up replica set {name_of(after)} from 0 to {fresh}" if world.minor >= 25
                else f"Scaled up replica set {name_of(after)} to {fresh}",
                normal=True, count=1, age=world.since, source="deployment-controller")  # fmt: skip
    return [pod_of(world, after, age=world.since) for _ in range(fresh)]


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
    _forget_logs(world, pod)


def _forget_logs(world: World, pod: Obj) -> None:
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
        last: Obj = {"exitCode": code, "reason": reason, "containerID": status["containerID"],
                     "startedAt": world.ago(ended + ran), "finishedAt": world.ago(ended)}  # fmt: skip
        if message:
            last["message"] = message
        delay = ("1m20s", "2m40s", "5m0s")[min(2, restarts // 4)]
        uid = pod["metadata"]["uid"]
        where = f"{name_of(pod)}_{namespace_of(pod)}({uid})"
        status |= {"ready": False, "started": False, "restartCount": restarts, "lastState": {"terminated": last},
                   "state": {"waiting": {"reason": "CrashLoopBackOff", "message":
                             f"back-off {delay} restarting failed container={name} pod={where}"}}}  # fmt: skip
        said = "Back-off restarting failed container"
        if world.minor >= 27:
            said += f" {name} in pod {where}"
        world.event(pod, "BackOff", said, container=name, count=restarts * 7)
        _forget_logs(world, pod)
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
        last: Obj = {"exitCode": code, "reason": "StartError", "message": error,
                     "containerID": status["containerID"],
                     "startedAt": "1970-01-01T00:00:00Z", "finishedAt": world.ago(1.2)}  # fmt: skip
        state: Obj = {"reason": "RunContainerError", "message": error}
        if world.rng.random() < 0.6:
            state = {"reason": "CrashLoopBackOff", "message":
                     f"back-off 5m0s restarting failed container={name} pod={where}"}  # fmt: skip
        status |= {"ready": False, "started": False, "restartCount": world.rng.randrange(3, 9),
                   "lastState": {"terminated": last}, "state": {"waiting": state}}  # fmt: skip
        world.event(pod, "Failed", f"Error: {error}", container=name)
        world.event(pod, "BackOff", "Back-off restarting failed container"
                    + (f" {name} in pod {where}" if world.minor >= 27 else ""), container=name)  # fmt: skip
        _forget_logs(world, pod)


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
            crash(world, app, [pod], lines, code=code,
                  reason="Error" if code else "Completed", ran=0.9)  # fmt: skip
            world.event(pod, "Killing", f"Container {name} failed {kind.lower()} probe, will be restarted",
                        normal=True, container=name)  # fmt: skip
        else:
            _unready(world, pod, age=world.since)
            _status(pod)["ready"] = False
            if lines:
                world.log(pod, lines)
        address = text(pod, "status", "podIP")
        message = said.replace("IP", address)
        world.event(pod, "Unhealthy", f"{kind} probe failed: {message}", container=name,
                    count=world.rng.randrange(20, 90))  # fmt: skip


def stuck_creating(world: World, pods: Sequence[Obj], reason: str, message: str,
                   more: Sequence[tuple[str, str]] = ()) -> None:  # fmt: skip
    """Pods that are on a node and whose containers are not made: only events say why."""
    for pod in pods:
        waiting(world, pod, "ContainerCreating", "")
        for key in ("podIP", "podIPs"):
            pod["status"].pop(key, None)
        for each in pod["status"]["conditions"]:
            if each["type"] == "PodReadyToStartContainers":
                each["status"] = "False"
        for why, said in ((reason, message), *more):
            world.event(pod, why, said.replace("POD", name_of(pod)),
                        source="attachdetach-controller" if why == "FailedAttachVolume" else "kubelet")  # fmt: skip


def unschedulable(
    world: World,
    pods: Sequence[Obj],
    reasons: Mapping[str, int],
    *,
    whole: str = "",
    complete: bool = False,
) -> None:
    """Pods that no node takes, in the scheduler's words.

    Control planes are added to the reasons, unless these are `complete`; `whole` is a reason that
    is found before any node is looked at.
    """
    total = len(world.nodes(control_plane=True))
    counted = dict(reasons)
    masters = total - len(world.nodes())
    if masters and not complete:
        why = taint(world, "node-role.kubernetes.io/control-plane", "")
        counted[why] = counted.get(why, 0) + masters
    said = ", ".join(sorted(f"{count} {why}" for why, count in counted.items()))
    message = f"0/{total} nodes are available: {whole or said}."
    if world.minor >= 35:
        message += " no new claims to deallocate,"
    message += f" preemption: 0/{total} nodes are available: {_preemption(counted, whole)}."
    if 26 <= world.minor < 30:
        message += "."
    for pod in pods:
        pod["spec"].pop("nodeName", None)
        kept = {"phase": "Pending", "qosClass": pod["status"].get("qosClass", "Burstable")}
        pod["status"] = {**kept, "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
             "message": message, "lastProbeTime": None,
             "lastTransitionTime": world.ago(world.since)}]}  # fmt: skip
        _forget_logs(world, pod)
        world.event(pod, "FailedScheduling", message, source="default-scheduler")


def _preemption(counted: Mapping[str, int], whole: str) -> str:
    never = sum(
        count
        for why, count in counted.items()
        if whole or any(word in why for word in _UNRESOLVABLE)
    )
    maybe = sum(counted.values()) - never
    parts = [(never, "Preemption is not helpful for scheduling"),
             (maybe, "No preemption victims found for incoming pod")]  # fmt: skip
    return ", ".join(sorted(f"{count} {why}" for count, why in parts if count))


def taint(world: World, key: str, value: str) -> str:
    """The scheduler's reason for a taint, in the words of this version."""
    if world.minor >= 35:
        return "node(s) had untolerated taint(s)"
    return f"node(s) had untolerated taint {{{key}: {value}}}"


def node_affinity_conflict(world: World) -> str:
    if world.minor >= 33:
        return "node(s) didn't match PersistentVolume's node affinity"
    return "node(s) had volume node affinity conflict"


def refused(world: World, app: App, error: str) -> Obj:
    """A Deployment whose new pods the API server refuses; the ReplicaSet, which says why.

    `NAME` in the error is the name of the pod that was refused.
    """
    for pod in world.pods(app):
        world.remove("Pod", app.namespace, name_of(pod))
    owner = current_set(world, app)
    world.rolled.add(name_of(owner))
    for _ in range(2):
        said = error.replace("NAME", f"{name_of(owner)}-{world.suffix()}")
        world.event(
            owner, "FailedCreate", f"Error creating: {said}", source="replicaset-controller"
        )
    owner["status"] |= {"conditions": [
        {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
         "message": said, "lastTransitionTime": world.ago(world.since)}]}  # fmt: skip
    return owner


def add_claim(world: World, app: App, *, bound: bool) -> Obj:
    """A claim of its own for an app whose pods use none."""
    name = f"{app.name}-data"
    key = ("PersistentVolumeClaim", app.namespace, name)
    if key in world.objects:
        world.remove(*key)
        for each in world.all("PersistentVolume"):
            if text(each, "spec", "claimRef", "name") == name:
                world.remove("PersistentVolume", "", name_of(each))
    return claim(world, app.namespace, name, bound=bound)


def use_claim(app: App) -> Callable[[Obj], None]:
    """A change of a pod's spec: mount the claim of `add_claim`."""

    def change(spec: Obj) -> None:
        volumes = spec.setdefault("volumes", [])
        if all(each["name"] != "data" for each in volumes):
            volumes.append(
                {"name": "data", "persistentVolumeClaim": {"claimName": f"{app.name}-data"}}
            )
        mounts = spec["containers"][0].setdefault("volumeMounts", [])
        if all(each["name"] != "data" for each in mounts):
            mounts.append({"name": "data", "mountPath": "/var/lib/data"})

    return change


def stateful_app(world: World) -> App:
    """A StatefulSet of the shape, or one that is added."""
    if any(each.kind == "StatefulSet" for each in world.apps):
        return world.choose("StatefulSet")
    return _added(world, App(
        name="etcd", namespace=_team(world), kind="StatefulSet", port=2379, replicas=3, probed=False,
        image="quay.io/coreos/etcd:v3.5.12", claim=True))  # fmt: skip


def daemon_app(world: World) -> App:
    """A DaemonSet of the shape, or one that is added."""
    if any(each.kind == "DaemonSet" and not each.system for each in world.apps):
        return world.choose("DaemonSet")
    return _added(world, App(
        name="node-agent", namespace=_team(world), kind="DaemonSet", port=9100, served=False,
        image="ghcr.io/acme/node-agent:0.9.1"))  # fmt: skip


def batch_app(world: World) -> App:
    """A CronJob of the shape, or one that is added."""
    if any(each.kind == "CronJob" for each in world.apps):
        return world.choose("CronJob")
    return _added(world, App(
        name="nightly-export", namespace=_team(world), kind="CronJob", runtime="python", served=False,
        probed=False, image="ghcr.io/acme/export:4.2.0"))  # fmt: skip


def _team(world: World) -> str:
    return next(each.namespace for each in world.apps if not each.system)


def _added(world: World, app: App) -> App:
    deploy(world, app)
    return world.take(app)
