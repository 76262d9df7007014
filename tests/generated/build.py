"""Healthy workloads: what the API server holds once the controllers have done their work."""

from copy import deepcopy

from generated.objects import claim, service
from generated.pods import end_pod, new_pod, owned_by, pod_spec
from generated.world import App, World
from holmes.triage.fields import Obj, name_of, text


def replica_set(
    world: World, app: App, template: Obj, *, replicas: int, revision: int, age: float
) -> Obj:
    """A revision of a Deployment, without its pods."""
    generation = world.suffix(9)
    labels = {**template["metadata"]["labels"], "pod-template-hash": generation}
    return world.add(
        "ReplicaSet",
        app.namespace,
        f"{app.name}-{generation}",
        metadata={
            "labels": labels,
            "creationTimestamp": world.ago(age),
            "annotations": {"deployment.kubernetes.io/revision": str(revision)},
            "ownerReferences": [owned_by(world.workload(app))],
        },
        spec={
            "replicas": replicas,
            "selector": {"matchLabels": dict(labels)},
            "template": {"metadata": {"labels": labels}, "spec": deepcopy(template["spec"])},
        },
        status={},
    )


def deploy(world: World, app: App) -> None:
    """The app with everything that belongs to it."""
    world.apps.append(app)
    if app.config:
        world.add(
            "ConfigMap",
            app.namespace,
            app.config_map,
            data={"log.level": "info", "app.yaml": f"listen: 0.0.0.0:{app.port}\nworkers: 4\n"},
        )
    if app.secret:
        world.add("Secret", app.namespace, app.secret_name, type="Opaque")
    template: Obj = {"metadata": {"labels": dict(app.labels)}, "spec": pod_spec(world, app)}
    selector = {"matchLabels": dict(app.labels)}
    age = world.rng.randrange(3_000, 30_000)
    match app.kind:
        case "Deployment":
            _deployment(world, app, template, age)
        case "StatefulSet":
            _stateful_set(world, app, template, age)
        case "DaemonSet":
            spec = {
                "selector": selector,
                "template": template,
                "updateStrategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
                },
            }
            owner = world.add("DaemonSet", app.namespace, app.name, spec=spec, status={})
            for each in world.nodes(control_plane=app.everywhere):
                new_pod(
                    world,
                    owner,
                    template,
                    f"{app.name}-{world.suffix()}",
                    age=age,
                    on=name_of(each),
                )
        case "CronJob":
            cron_job(world, app, template)
    if app.claim and app.kind == "Deployment":
        claim(world, app.namespace, f"{app.name}-data")
    if app.served and app.kind != "CronJob":
        service(world, app)


def _deployment(world: World, app: App, template: Obj, age: float) -> None:
    spec = {
        "replicas": app.replicas,
        "selector": {"matchLabels": dict(app.labels)},
        "template": template,
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
        },
    }
    owner = world.add(
        "Deployment",
        app.namespace,
        app.name,
        spec=spec,
        status={},
        metadata={
            "labels": dict(app.labels),
            "generation": 3,
            "annotations": {"deployment.kubernetes.io/revision": "2"},
        },
    )
    old = replica_set(world, app, template, replicas=0, revision=1, age=age + 5_000)
    old["spec"]["template"]["spec"]["containers"][0]["image"] += "-rc1"
    current = replica_set(
        world, app, owner["spec"]["template"], replicas=app.replicas, revision=2, age=age
    )
    for _ in range(app.replicas):
        pod_of(world, current, age=age)


def pod_of(world: World, owner: Obj, *, age: float, ordinal: int | None = None) -> Obj:
    """One more pod of a ReplicaSet or StatefulSet."""
    name = f"{name_of(owner)}-{world.suffix() if ordinal is None else ordinal}"
    pod = new_pod(world, owner, owner["spec"]["template"], name, age=age)
    if ordinal is not None:
        pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] = name
        if world.minor >= 28:
            pod["metadata"]["labels"]["apps.kubernetes.io/pod-index"] = str(ordinal)
        pod["spec"] |= {"hostname": name, "subdomain": text(owner, "spec", "serviceName")}
        for each in owner["spec"].get("volumeClaimTemplates", []):
            volumes = pod["spec"].setdefault("volumes", [])
            of = {"claimName": f"{name_of(each)}-{name}"}
            volumes.append({"name": name_of(each), "persistentVolumeClaim": of})
    return pod


def _stateful_set(world: World, app: App, template: Obj, age: float) -> None:
    claims = (
        [
            {
                "metadata": {"name": "data"},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "storageClassName": "standard",
                    "resources": {"requests": {"storage": "10Gi"}},
                },
            }
        ]
        if app.claim
        else []
    )
    spec = {
        "replicas": app.replicas,
        "serviceName": app.name,
        "podManagementPolicy": "OrderedReady",
        "selector": {"matchLabels": dict(app.labels)},
        "template": template,
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        **({"volumeClaimTemplates": claims} if claims else {}),
    }
    owner = world.add("StatefulSet", app.namespace, app.name, spec=spec, status={})
    for ordinal in range(app.replicas):
        pod_of(world, owner, age=age, ordinal=ordinal)
        if app.claim:
            claim(world, app.namespace, f"data-{app.name}-{ordinal}")


def cron_job(world: World, app: App, template: Obj) -> None:
    owner = world.add(
        "CronJob",
        app.namespace,
        app.name,
        spec={
            "schedule": "*/30 * * * *",
            "suspend": False,
            "concurrencyPolicy": "Forbid",
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 1,
            "jobTemplate": {"spec": {"backoffLimit": 3, "template": template}},
        },
        status={"lastScheduleTime": world.ago(25), "lastSuccessfulTime": world.ago(23)},
    )
    for age in (85, 55, 25):
        done_job(world, app, owner, age=age)


def job(world: World, app: App, owner: Obj | None, *, age: float, name: str = "") -> Obj:
    """A Job without pods or status."""
    template = deepcopy(world.workload(app)["spec"]["jobTemplate"]["spec"]["template"])
    name = name or f"{app.name}-{int(world.now.timestamp() - age * 60) // 60}"
    labels = {**app.labels, "job-name": name}
    if world.minor >= 27:
        labels["batch.kubernetes.io/job-name"] = name
    template["metadata"]["labels"] = labels
    return world.add(
        "Job",
        app.namespace,
        name,
        metadata={
            "labels": labels,
            "creationTimestamp": world.ago(age),
            **({"ownerReferences": [owned_by(owner)]} if owner else {}),
        },
        spec={
            "parallelism": 1,
            "completions": 1,
            "backoffLimit": 3,
            "template": template,
            "suspend": False,
        },
        status={"startTime": world.ago(age)},
    )


def done_job(world: World, app: App, owner: Obj | None, *, age: float) -> None:
    made = job(world, app, owner, age=age)
    ended = age - 2
    made["status"] |= {
        "succeeded": 1,
        "ready": 0,
        "completionTime": world.ago(ended),
        "conditions": [
            {"type": "Complete", "status": "True", "lastTransitionTime": world.ago(ended)}
        ],
    }
    pod = new_pod(
        world, made, made["spec"]["template"], f"{name_of(made)}-{world.suffix()}", age=age
    )
    end_pod(world, pod, code=0, reason="Completed", began=age, ended=ended)
