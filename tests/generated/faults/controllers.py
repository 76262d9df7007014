"""Rollouts, autoscalers, budgets, Jobs and sets that do not come to their end."""

from generated.build import deploy, end_pod, job, new_pod, replica_set
from generated.fault import Expect, fault, of_app, ref_of
from generated.states import (
    batch_app,
    crash,
    daemon_app,
    image_pull,
    probe_fails,
    revise,
    stateful_app,
    unschedulable,
)
from generated.world import App, World
from holmes.triage.fields import Obj, name_of, text


@fault(only_events=True)
def rollout_stuck(world: World) -> Expect:
    """The new revision never becomes ready; the old one still serves."""
    app = world.choose(fits=lambda each: each.probed and each.runtime not in {"postgres", "redis"})
    image = f"{app.image.partition(':')[0]}:canary"
    pods = revise(world, app, lambda spec: spec["containers"][0].update(image=image))
    code = world.rng.choice((500, 502, 503))
    probe_fails(world, app, pods, f"HTTP probe failed with statuscode: {code}", liveness=False)
    return Expect(subjects=of_app(world, app), words=(str(code),))


@fault()
def rollout_needs_room(world: World) -> Expect:
    """maxUnavailable 0: the new pod may start only beside the old one, and the rule forbids that."""
    app = world.choose()
    workload = world.workload(app)
    workload["spec"]["strategy"]["rollingUpdate"] = {"maxSurge": 1, "maxUnavailable": 0}
    term = {
        "labelSelector": {"matchLabels": dict(app.labels)},
        "topologyKey": "kubernetes.io/hostname",
    }
    rule = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    nodes = world.nodes()
    workload["spec"]["replicas"] = len(nodes)
    for number in range(app.replicas, len(nodes)):
        owner = next(each for each in world.all("ReplicaSet", app.namespace)
                     if each["spec"]["replicas"] and name_of(each).startswith(f"{app.name}-"))  # fmt: skip
        owner["spec"]["replicas"] = number + 1
        new_pod(
            world, owner, owner["spec"]["template"], f"{name_of(owner)}-{world.suffix()}", age=4000
        )
    old = world.pods(app)
    for pod in old[len(nodes) :]:
        world.remove("Pod", app.namespace, name_of(pod))
    for pod, each in zip(old, nodes, strict=False):
        pod["spec"] |= {"nodeName": name_of(each), "affinity": rule}
    revision = world.workload(app)["metadata"]["annotations"]
    workload["spec"]["template"]["spec"]["affinity"] = rule
    revision["deployment.kubernetes.io/revision"] = "3"
    fresh = replica_set(
        world, app, workload["spec"]["template"], replicas=1, revision=3, age=world.since
    )
    world.rolled.add(name_of(fresh))
    pod = new_pod(
        world,
        fresh,
        fresh["spec"]["template"],
        f"{name_of(fresh)}-{world.suffix()}",
        age=world.since,
    )
    unschedulable(world, [pod], {"node(s) didn't match pod anti-affinity rules": len(nodes)})
    return Expect(subjects=of_app(world, app), words=("anti-affinity|podAntiAffinity",))


def _autoscaler(world: World, app: App, conditions: list[Obj], **status: object) -> Obj:
    stamp = {"lastTransitionTime": world.ago(world.since)}
    return world.add(
        "HorizontalPodAutoscaler", app.namespace, app.name,
        spec={"minReplicas": app.replicas, "maxReplicas": app.replicas,
              "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": app.name},
              "metrics": [{"type": "Resource", "resource": {
                  "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}]},
        status={"currentReplicas": app.replicas, "desiredReplicas": app.replicas,
                "conditions": [{**each, **stamp} for each in conditions], **status},
    )  # fmt: skip


@fault()
def autoscaler_without_request(world: World) -> Expect:
    app = world.choose()
    for pod in world.pods(app):
        pod["spec"]["containers"][0]["resources"] = {}
    world.workload(app)["spec"]["template"]["spec"]["containers"][0]["resources"] = {}
    pod = world.pods(app)[0]
    container = text(pod["spec"]["containers"][0], "name")
    why = f"failed to get cpu utilization: missing request for cpu in container {container} of Pod {name_of(pod)}"
    said = f"the HPA was unable to compute the replica count: {why}"
    hpa = _autoscaler(world, app, [
        {"type": "AbleToScale", "status": "True", "reason": "SucceededGetScale",
         "message": "the HPA controller was able to get the target's current scale"},
        {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric", "message": said}])  # fmt: skip
    world.event(hpa, "FailedGetResourceMetric", why, source="horizontal-pod-autoscaler")
    return Expect(subjects=(ref_of(hpa), *of_app(world, app)), words=("request", "cpu"))


@fault(decisive=["APIService"], local=False)
def autoscaler_without_metrics(world: World) -> Expect:
    app = world.choose()
    why = ("failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from "
           "resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)")  # fmt: skip
    hpa = _autoscaler(world, app, [
        {"type": "AbleToScale", "status": "True", "reason": "SucceededGetScale",
         "message": "the HPA controller was able to get the target's current scale"},
        {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric",
         "message": f"the HPA was unable to compute the replica count: {why}"}])  # fmt: skip
    world.event(hpa, "FailedGetResourceMetric", why, source="horizontal-pod-autoscaler")
    others = [ref_of(each) for each in world.all("APIService")]
    return Expect(
        subjects=(ref_of(hpa), *others), words=("metrics|metrics.k8s.io|pods.metrics.k8s.io",)
    )


@fault()
def autoscaler_at_maximum(world: World) -> Expect:
    app = world.choose()
    hpa = _autoscaler(world, app, [
        {"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale",
         "message": "recommended size matches current size"},
        {"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound",
         "message": "the HPA was able to successfully calculate a replica count from cpu resource utilization "
                    "(percentage of request)"},
        {"type": "ScalingLimited", "status": "True", "reason": "TooManyReplicas",
         "message": "the desired replica count is more than the maximum replica count"}],
        currentMetrics=[{"type": "Resource", "resource": {
            "name": "cpu", "current": {"averageUtilization": 240, "averageValue": "240m"}}}])  # fmt: skip
    return Expect(
        subjects=(ref_of(hpa), *of_app(world, app)),
        words=("maximum|maxReplicas|max", str(app.replicas)),
    )


@fault(decisive=["Node"], local=False)
def budget_blocks_drain(world: World) -> Expect:
    """A node is being drained; the budget lets no pod go."""
    app = world.choose()
    budget = world.add("PodDisruptionBudget", app.namespace, f"{app.name}-pdb", spec={
        "minAvailable": app.replicas, "selector": {"matchLabels": dict(app.labels)}})  # fmt: skip
    node = world.get("Node", "", text(world.pods(app)[0], "spec", "nodeName"))
    node["spec"] |= {"unschedulable": True, "taints": [
        {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule", "timeAdded": world.ago(world.since)}]}  # fmt: skip
    return Expect(subjects=(ref_of(budget), ref_of(node), app.ref), words=(name_of(budget),))


# How many minutes ago the last run of a CronJob began; those before it went well.
_LAST_RUN = 12


def _last_run(world: World, app: App) -> Obj:
    world.workload(app)["status"]["lastScheduleTime"] = world.ago(_LAST_RUN)
    return job(world, app, world.workload(app), age=_LAST_RUN)


def _failed(world: World, made: Obj, reason: str, message: str) -> None:
    stamp = world.ago(2)
    kinds = ["FailureTarget", "Failed"] if world.minor >= 31 else ["Failed"]
    made["status"] |= {"conditions": [
        {"type": kind, "status": "True", "reason": reason, "message": message,
         "lastProbeTime": stamp, "lastTransitionTime": stamp} for kind in kinds]}  # fmt: skip
    world.event(made, reason, message, source="job-controller", count=1)


@fault()
def job_backoff_limit(world: World) -> Expect:
    app = batch_app(world)
    why = world.rng.choice(('column "amount" does not exist', "bucket exports-2026 does not exist"))
    made = _last_run(world, app)
    for number in range(4):
        age = _LAST_RUN - 2 * number
        pod = new_pod(
            world, made, made["spec"]["template"], f"{name_of(made)}-{world.suffix()}", age=age
        )
        end_pod(world, pod, code=1, reason="Error", began=age, ended=age - 0.5)
        world.log(pod, ["INFO starting export", "Traceback (most recent call last):",
                        '  File "/app/main.py", line 40, in <module>', f"RuntimeError: {why}"])  # fmt: skip
    made["status"] |= {"failed": 4}
    _failed(world, made, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
    return Expect(subjects=of_app(world, app, made), words=(why,))


@fault()
def job_deadline(world: World) -> Expect:
    app = batch_app(world)
    made = _last_run(world, app)
    seconds = world.rng.choice((300, 400))
    made["spec"]["activeDeadlineSeconds"] = seconds
    made["status"] |= {"failed": 1}
    _failed(world, made, "DeadlineExceeded", "Job was active longer than specified deadline")
    return Expect(subjects=of_app(world, app, made), words=("deadline|activeDeadlineSeconds",))


@fault()
def cron_job_image_not_found(world: World) -> Expect:
    app = batch_app(world)
    made = _last_run(world, app)
    image = f"{app.image.partition(':')[0]}:9.9.9"
    for holder in (made["spec"], world.workload(app)["spec"]["jobTemplate"]["spec"]):
        holder["template"]["spec"]["containers"][0]["image"] = image
    made["status"] |= {"active": 1, "ready": 0}
    pod = new_pod(
        world, made, made["spec"]["template"], f"{name_of(made)}-{world.suffix()}", age=_LAST_RUN
    )
    world.workload(app)["status"]["active"] = [
        {"kind": "Job", "namespace": app.namespace, "name": name_of(made)}
    ]
    full = f'failed to resolve reference "{image}": {image}: not found'
    image_pull(world, [pod], f'failed to pull and unpack image "{image}": {full}')
    return Expect(subjects=of_app(world, app, made), words=(image,))


@fault()
def cron_job_suspended(world: World) -> Expect:
    app = batch_app(world)
    cron = world.workload(app)
    cron["spec"]["suspend"] = True
    cron["status"] = {"lastScheduleTime": world.ago(5000), "lastSuccessfulTime": world.ago(4998)}
    _forget_runs(world, app)
    return Expect(subjects=(app.ref,), words=("suspended|suspend",))


def _forget_runs(world: World, app: App) -> None:
    for kind in ("Job", "Pod"):
        for each in world.all(kind, app.namespace):
            if name_of(each).startswith(f"{app.name}-"):
                world.remove(kind, app.namespace, name_of(each))


@fault(only_events=True)
def cron_job_missed_too_many(world: World) -> Expect:
    app = batch_app(world)
    cron = world.workload(app)
    cron["status"] = {"lastScheduleTime": world.ago(9000), "lastSuccessfulTime": world.ago(8998)}
    _forget_runs(world, app)
    if world.minor >= 28:
        world.event(cron, "TooManyMissedTimes", "too many missed start times. Set or decrease "
                    ".spec.startingDeadlineSeconds or check clock skew", source="cronjob-controller")  # fmt: skip
    else:
        world.event(cron, "TooManyMissedTimes", "too many missed start times: 300. Set or decrease "
                    ".spec.startingDeadlineSeconds or check clock skew", source="cronjob-controller")  # fmt: skip
    return Expect(subjects=(app.ref,), words=("missed",))


@fault()
def cron_job_run_hangs(world: World) -> Expect:
    """The last run never ends, and the policy forbids another beside it."""
    app = batch_app(world)
    cron = world.workload(app)
    _forget_runs(world, app)
    hours = world.rng.randrange(5, 30)
    made = job(world, app, cron, age=hours * 60)
    made["status"] |= {"active": 1, "ready": 1}
    pod = new_pod(
        world, made, made["spec"]["template"], f"{name_of(made)}-{world.suffix()}", age=hours * 60
    )
    world.log(pod, ["INFO waiting for lock export.lock"] * 20)
    cron["status"] = {"lastScheduleTime": world.ago(hours * 60), "active": [
        {"kind": "Job", "namespace": app.namespace, "name": name_of(made)}]}  # fmt: skip
    world.event(cron, "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid",
                normal=True, source="cronjob-controller")  # fmt: skip
    return Expect(subjects=(app.ref, ref_of(made), ref_of(pod)), words=("Forbid|running|active",))


@fault()
def stateful_set_stuck_at_first(world: World) -> Expect:
    app = stateful_app(world)
    why = world.rng.choice(
        ("cluster id mismatch in meta.properties", "data directory has wrong ownership")
    )
    pods = revise(world, app, lambda _: None)
    crash(world, app, pods, [f"FATAL: {why}"])
    return Expect(subjects=of_app(world, app), words=(why,))


@fault(decisive=["Node"])
def daemon_set_not_on_a_node(world: World) -> Expect:
    """Its pod for one node waits: no room is left there, and it may go nowhere else."""
    app = daemon_app(world)
    pod = world.rng.choice(world.pods(app))
    node = world.get("Node", "", text(pod, "spec", "nodeName"))
    node["status"]["allocatable"]["cpu"] = "150m"
    pod["spec"]["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchFields": [
            {"key": "metadata.name", "operator": "In", "values": [name_of(node)]}]}]}}}  # fmt: skip
    others = len(world.nodes(control_plane=True)) - 1
    elsewhere = ("node(s) didn't satisfy plugin(s) [NodeAffinity]" if world.minor >= 26
                 else "node(s) didn't match Pod's node affinity/selector")  # fmt: skip
    reasons = {"Insufficient cpu": 1, **({elsewhere: others} if others else {})}
    unschedulable(world, [pod], reasons, complete=True)
    return Expect(subjects=of_app(world, app, node), words=("cpu",))


@fault(decisive=["Node"], local=False)
def daemon_set_skips_tainted_nodes(world: World) -> Expect:
    """A taint keeps an agent from some nodes: fewer pods than nodes, and none of them pending."""
    app = daemon_app(world)
    key = world.rng.choice(("dedicated", "nvidia.com/gpu", "pool"))
    node = world.rng.choice(world.nodes())
    gone = [pod for pod in world.pods(app) if text(pod, "spec", "nodeName") == name_of(node)]
    for pod in gone:
        world.remove("Pod", app.namespace, name_of(pod))
    node["spec"]["taints"] = [{"key": key, "value": "true", "effect": "NoSchedule"}]
    return Expect(subjects=(app.ref, ref_of(node)), words=(key,))
