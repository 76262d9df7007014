"""Changes to an app: a new pod template, a claim, or an app that the shape does not have."""

from collections.abc import Callable

from generated.build import deploy, pod_of, replica_set
from generated.objects import claim
from generated.pods import new_pod
from generated.world import App, World
from holmes.triage.fields import Obj, labels_of, name_of, text


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
        new_pod(
            world,
            workload,
            workload["spec"]["template"],
            name_of(pod),
            age=age,
            on=text(pod, "spec", "nodeName"),
        )
        for pod in old
    ]


def current_set(world: World, app: App) -> Obj:
    """The ReplicaSet of a Deployment's current revision."""
    key = "deployment.kubernetes.io/revision"
    revision = world.workload(app)["metadata"]["annotations"][key]
    return next(
        each
        for each in world.all("ReplicaSet", app.namespace)
        if each["metadata"]["annotations"].get(key) == revision
        and app.labels.items() <= labels_of(each).items()
    )


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
    after = replica_set(
        world, app, workload["spec"]["template"], replicas=fresh, revision=revision, age=world.since
    )
    world.rolled.add(name_of(after))
    world.event(
        workload,
        "ScalingReplicaSet",
        f"Scaled up replica set {name_of(after)} from 0 to {fresh}"
        if world.minor >= 25
        else f"Scaled up replica set {name_of(after)} to {fresh}",
        normal=True,
        count=1,
        age=world.since,
        source="deployment-controller",
    )
    return [pod_of(world, after, age=world.since) for _ in range(fresh)]


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
    return _added(
        world,
        App(
            name="etcd",
            namespace=_team(world),
            kind="StatefulSet",
            port=2379,
            replicas=3,
            probed=False,
            image="quay.io/coreos/etcd:v3.5.12",
            claim=True,
        ),
    )


def daemon_app(world: World) -> App:
    """A DaemonSet of the shape, or one that is added."""
    if any(each.kind == "DaemonSet" and not each.system for each in world.apps):
        return world.choose("DaemonSet")
    return _added(
        world,
        App(
            name="node-agent",
            namespace=_team(world),
            kind="DaemonSet",
            port=9100,
            served=False,
            image="ghcr.io/acme/node-agent:0.9.1",
        ),
    )


def batch_app(world: World) -> App:
    """A CronJob of the shape, or one that is added."""
    if any(each.kind == "CronJob" for each in world.apps):
        return world.choose("CronJob")
    return _added(
        world,
        App(
            name="nightly-export",
            namespace=_team(world),
            kind="CronJob",
            runtime="python",
            served=False,
            probed=False,
            image="ghcr.io/acme/export:4.2.0",
        ),
    )


def _team(world: World) -> str:
    return next(each.namespace for each in world.apps if not each.system)


def _added(world: World, app: App) -> App:
    deploy(world, app)
    return world.take(app)
