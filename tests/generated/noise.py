"""What is in every cluster and is no incident."""

from generated.build import end_pod, new_pod, pod_of
from generated.states import current_set
from generated.world import World
from holmes.triage.fields import Obj, name_of, text


def add_noise(world: World) -> None:
    """Some of the leftovers of other days."""
    for make in (_completed_job, _old_warning, _old_restart, _idle_deployment, _slow_start, _normal_events, _evicted_once):
        if world.rng.random() < 0.6:
            make(world)


def _well(world: World) -> list[Obj]:
    """The pods that run and have nothing to do with the fault."""
    names = {each.name for each in world.apps if each.name not in world.taken and not each.system}
    return [
        pod for pod in world.all("Pod")
        if text(pod, "status", "phase") == "Running"
        and pod["metadata"]["labels"].get("app.kubernetes.io/name") in names
    ]  # fmt: skip


def _completed_job(world: World) -> None:
    app = next((each for each in world.apps if not each.system), world.apps[0])
    template = {"metadata": {"labels": {"job": "migrate"}}, "spec": {
        "containers": [{"name": "migrate", "image": app.image, "resources": {}}],
        "restartPolicy": "Never", "tolerations": []}}  # fmt: skip
    labels = {"job-name": "db-migrate"}
    made = world.add("Job", app.namespace, "db-migrate",
                     spec={"completions": 1, "parallelism": 1, "backoffLimit": 6, "template": template},
                     status={"succeeded": 1, "startTime": world.ago(3000), "completionTime": world.ago(2995),
                             "conditions": [{"type": "Complete", "status": "True",
                                             "lastTransitionTime": world.ago(2995)}]})  # fmt: skip
    template["metadata"]["labels"] = labels
    nodes = world.nodes(control_plane=True)
    pod = new_pod(world, made, template, f"db-migrate-{world.suffix()}", age=3000, on=name_of(nodes[-1]))
    end_pod(world, pod, code=0, reason="Completed", began=2999, ended=2995)


def _old_warning(world: World) -> None:
    """A probe that failed once while the pod started, most of an hour ago."""
    for pod in _well(world)[:1]:
        world.event(pod, "Unhealthy", f'Readiness probe failed: Get "http://{pod["status"]["podIP"]}:8080/healthz": '
                    "dial tcp: connect: connection refused", count=1, age=52)  # fmt: skip


def _old_restart(world: World) -> None:
    """A container that restarted once, days ago, and has run since."""
    for pod in _well(world)[-1:]:
        status = pod["status"]["containerStatuses"][0]
        status["restartCount"] = 1
        status["lastState"] = {"terminated": {
            "exitCode": world.rng.choice((137, 143, 1, 255)), "reason": "Error",
            "startedAt": world.ago(9000), "finishedAt": world.ago(5000)}}  # fmt: skip
        status["state"] = {"running": {"startedAt": world.ago(5000)}}


def _idle_deployment(world: World) -> None:
    """Scaled to zero on purpose."""
    fresh = [each for each in world.apps if each.kind == "Deployment" and not each.system
             and each.name not in world.taken and not each.served]  # fmt: skip
    for app in fresh[:1]:
        world.workload(app)["spec"]["replicas"] = 0


def _slow_start(world: World) -> None:
    """A rolling update that goes well: the new pod is seconds old and not ready yet."""
    fresh = [each for each in world.apps if each.kind == "Deployment" and not each.system
             and each.name not in world.taken and each.replicas > 1]  # fmt: skip
    if not fresh or not world.nodes():
        return
    app = fresh[0]
    old = current_set(world, app)
    pod = pod_of(world, old, age=0.1)
    for each in pod["status"]["conditions"]:
        if each["type"] in {"Ready", "ContainersReady"}:
            each |= {"status": "False", "reason": "ContainersNotReady", "message":
                     f"containers with unready status: [{pod['spec']['containers'][0]['name']}]"}  # fmt: skip
    pod["status"]["containerStatuses"][0]["ready"] = False
    first = next(each for each in world.pods(app) if each is not pod)
    if name_of(first).startswith(name_of(old)):
        world.remove("Pod", app.namespace, name_of(first))
    world.workload(app)["metadata"]["generation"] += 1


def _normal_events(world: World) -> None:
    for pod in _well(world)[:3]:
        for reason, said in (("Scheduled", "Successfully assigned"), ("Pulled", "Container image already present on machine"),
                             ("Created", "Created container"), ("Started", "Started container")):  # fmt: skip
            world.event(pod, reason, said, normal=True, count=1, age=40)


def _evicted_once(world: World) -> None:
    """A pod that was evicted days ago and was replaced at once; its object stays."""
    for pod in _well(world)[:1]:
        owner = next((each for each in world.all("ReplicaSet", pod["metadata"]["namespace"])
                      if each["metadata"]["uid"] == pod["metadata"]["ownerReferences"][0]["uid"]), None)  # fmt: skip
        if owner is None or not world.nodes():
            continue
        gone = pod_of(world, owner, age=7000)
        gone["status"] = {"phase": "Failed", "reason": "Evicted", "startTime": world.ago(7000),
                          "message": "The node was low on resource: memory. Threshold quantity: 100Mi, available: 72Mi."}  # fmt: skip

