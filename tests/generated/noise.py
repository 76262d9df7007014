"""What is in every cluster and is no incident."""

from copy import deepcopy

from generated.build import deploy, pod_of, replica_set
from generated.furniture import add_furniture
from generated.pods import end_pod, new_pod
from generated.sayings import calm
from generated.world import App, World
from holmes.triage.fields import Obj, name_of, text


def add_noise(world: World) -> None:
    """Some of the leftovers of other days."""
    for make in (
        _completed_job,
        _old_warning,
        _old_restart,
        _idle_deployment,
        _slow_start,
        _normal_events,
        _evicted_once,
        _old_error,
    ):
        if world.rng.random() < 0.6:
            make(world)
    add_furniture(world)


def _well(world: World) -> list[Obj]:
    """The pods that run and have nothing to do with the fault."""
    names = {each.name for each in world.apps if each.name not in world.taken and not each.system}
    return [
        pod
        for pod in world.all("Pod")
        if text(pod, "status", "phase") == "Running"
        and pod["metadata"]["labels"].get("app.kubernetes.io/name") in names
    ]


def _completed_job(world: World) -> None:
    app = next((each for each in world.apps if not each.system), world.apps[0])
    template: Obj = {
        "metadata": {"labels": {"job-name": "db-migrate"}},
        "spec": {
            "containers": [{"name": "migrate", "image": app.image, "resources": {}}],
            "restartPolicy": "Never",
            "tolerations": [],
        },
    }
    made = world.add(
        "Job",
        app.namespace,
        "db-migrate",
        spec={"completions": 1, "parallelism": 1, "backoffLimit": 6, "template": template},
        status={
            "succeeded": 1,
            "startTime": world.ago(3000),
            "completionTime": world.ago(2995),
            "conditions": [
                {"type": "Complete", "status": "True", "lastTransitionTime": world.ago(2995)}
            ],
        },
    )
    nodes = world.nodes(control_plane=True)
    pod = new_pod(
        world, made, template, f"db-migrate-{world.suffix()}", age=3000, on=name_of(nodes[-1])
    )
    end_pod(world, pod, code=0, reason="Completed", began=2999, ended=2995)


def _old_warning(world: World) -> None:
    """A probe that failed once while the pod started, most of an hour ago."""
    asked = [pod for pod in _well(world) if "httpGet" in str(pod["spec"]["containers"][0])]
    for pod in asked[:1]:
        port = pod["spec"]["containers"][0]["ports"][0]["containerPort"]
        address = f"{pod['status']['podIP']}:{port}"
        said = f'Get "http://{address}/healthz": dial tcp {address}: connect: connection refused'
        world.event(pod, "Unhealthy", f"Readiness probe failed: {said}", count=1, age=52)


def _old_restart(world: World) -> None:
    """A container that restarted once, days ago, and has run since."""
    for pod in _well(world)[-1:]:
        status = pod["status"]["containerStatuses"][0]
        status["restartCount"] = 1
        status["lastState"] = {
            "terminated": {
                "exitCode": world.rng.choice((137, 143, 1, 255)),
                "reason": "Error",
                "startedAt": world.ago(9000),
                "finishedAt": world.ago(5000),
            }
        }
        status["state"] = {"running": {"startedAt": world.ago(5000)}}


def _idle_deployment(world: World) -> None:
    """Scaled to zero on purpose."""
    within = world.apps[-1].namespace
    deploy(
        world,
        App(
            name="load-test",
            namespace=within,
            image="grafana/k6:0.49.0",
            replicas=0,
            served=False,
            probed=False,
        ),
    )


def _slow_start(world: World) -> None:
    """A rolling update that goes well: the new pod is seconds old and not ready yet."""
    fresh = [
        each
        for each in world.apps
        if each.kind == "Deployment" and not each.system and each.name not in world.taken
    ]
    if not fresh or not world.nodes():
        return
    app = world.take(fresh[0])
    workload = world.workload(app)
    workload["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "3"
    template = deepcopy(workload["spec"]["template"])
    template["spec"]["containers"][0]["image"] += "-hotfix"
    workload["spec"]["template"] = template
    owner = replica_set(world, app, template, replicas=1, revision=3, age=0.3)
    world.rolling.add(name_of(owner))
    pod = pod_of(world, owner, age=0.3)
    for each in pod["status"]["conditions"]:
        if each["type"] in {"Ready", "ContainersReady"}:
            each |= {
                "status": "False",
                "reason": "ContainersNotReady",
                "message": (
                    f"containers with unready status: [{pod['spec']['containers'][0]['name']}]"
                ),
            }
    pod["status"]["containerStatuses"][0]["ready"] = False


def _normal_events(world: World) -> None:
    for pod in _well(world)[:3]:
        for reason, said in (
            ("Scheduled", "Successfully assigned"),
            ("Pulled", "Container image already present on machine"),
            ("Created", "Created container"),
            ("Started", "Started container"),
        ):
            world.event(pod, reason, said, normal=True, count=1, age=40)


def _evicted_once(world: World) -> None:
    """A pod that was evicted days ago and was replaced at once; its object stays."""
    for pod in _well(world)[:1]:
        owner = next(
            (
                each
                for each in world.all("ReplicaSet", pod["metadata"]["namespace"])
                if each["metadata"]["uid"] == pod["metadata"]["ownerReferences"][0]["uid"]
            ),
            None,
        )
        if owner is None or not world.nodes():
            continue
        gone = pod_of(world, owner, age=7000)
        gone["status"] = {
            "phase": "Failed",
            "reason": "Evicted",
            "startTime": world.ago(7000),
            "message": (
                "The node was low on resource: memory. Threshold quantity: 100Mi, available: 72Mi."
            ),
        }


def _old_error(world: World) -> None:
    """A log that begins with the errors of a start before the others were up."""
    for pod in _well(world)[1:2]:
        app = next(each for each in world.apps if each.name == _app_name(pod))
        early = ["connect: connection refused, retrying in 2s"] * 3
        world.log(pod, [*early, *calm(world.rng, app.runtime, 30)])


def _app_name(pod: Obj) -> str:
    return text(pod["metadata"]["labels"], "app.kubernetes.io/name")
