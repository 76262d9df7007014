"""Rollouts, autoscalers, budgets, Jobs and sets that do not come to their end."""

from generated.build import replica_set
from generated.fault import Expect, fault, of_app, ref_of
from generated.pending import unschedulable
from generated.pods import new_pod
from generated.revise import daemon_app, revise, stateful_app
from generated.states import crash, probe_fails
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
    """maxUnavailable 0: the new pod must start beside the old one, and the rule forbids it."""
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
        owner = next(
            each
            for each in world.all("ReplicaSet", app.namespace)
            if each["spec"]["replicas"] and name_of(each).startswith(f"{app.name}-")
        )
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


def _autoscaler(
    world: World, app: App, conditions: list[Obj], *, most: int, **status: object
) -> Obj:
    stamp = {"lastTransitionTime": world.ago(world.since)}
    return world.add(
        "HorizontalPodAutoscaler",
        app.namespace,
        app.name,
        spec={
            "minReplicas": app.replicas,
            "maxReplicas": most,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": app.name},
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "averageUtilization": 70},
                    },
                }
            ],
        },
        status={
            "currentReplicas": app.replicas,
            "desiredReplicas": app.replicas,
            "conditions": [{**each, **stamp} for each in conditions],
            **status,
        },
    )


@fault()
def autoscaler_without_request(world: World) -> Expect:
    app = world.choose()
    for pod in world.pods(app):
        pod["spec"]["containers"][0]["resources"] = {}
    world.workload(app)["spec"]["template"]["spec"]["containers"][0]["resources"] = {}
    pod = world.pods(app)[0]
    container = text(pod["spec"]["containers"][0], "name")
    why = (
        "failed to get cpu utilization: missing request for cpu in container "
        f"{container} of Pod {name_of(pod)}"
    )
    said = f"the HPA was unable to compute the replica count: {why}"
    hpa = _autoscaler(
        world,
        app,
        most=3 * app.replicas,
        conditions=[
            {
                "type": "AbleToScale",
                "status": "True",
                "reason": "SucceededGetScale",
                "message": "the HPA controller was able to get the target's current scale",
            },
            {
                "type": "ScalingActive",
                "status": "False",
                "reason": "FailedGetResourceMetric",
                "message": said,
            },
        ],
    )
    world.event(hpa, "FailedGetResourceMetric", why, source="horizontal-pod-autoscaler")
    return Expect(subjects=(ref_of(hpa), *of_app(world, app)), words=("request", "cpu"))


@fault(decisive=["APIService"], local=False)
def autoscaler_without_metrics(world: World) -> Expect:
    app = world.choose()
    why = (
        "failed to get cpu utilization: unable to get metrics for resource cpu: "
        "unable to fetch metrics from "
        "resource metrics API: the server is currently unable to handle the request "
        "(get pods.metrics.k8s.io)"
    )
    hpa = _autoscaler(
        world,
        app,
        most=3 * app.replicas,
        conditions=[
            {
                "type": "AbleToScale",
                "status": "True",
                "reason": "SucceededGetScale",
                "message": "the HPA controller was able to get the target's current scale",
            },
            {
                "type": "ScalingActive",
                "status": "False",
                "reason": "FailedGetResourceMetric",
                "message": f"the HPA was unable to compute the replica count: {why}",
            },
        ],
    )
    world.event(hpa, "FailedGetResourceMetric", why, source="horizontal-pod-autoscaler")
    others = [ref_of(each) for each in world.all("APIService")]
    return Expect(
        subjects=(ref_of(hpa), *others), words=("metrics|metrics.k8s.io|pods.metrics.k8s.io",)
    )


@fault()
def autoscaler_at_maximum(world: World) -> Expect:
    app = world.choose()
    hpa = _autoscaler(
        world,
        app,
        most=app.replicas,
        conditions=[
            {
                "type": "AbleToScale",
                "status": "True",
                "reason": "ReadyForNewScale",
                "message": "recommended size matches current size",
            },
            {
                "type": "ScalingActive",
                "status": "True",
                "reason": "ValidMetricFound",
                "message": "the HPA was able to successfully calculate a replica "
                "count from cpu resource utilization "
                "(percentage of request)",
            },
            {
                "type": "ScalingLimited",
                "status": "True",
                "reason": "TooManyReplicas",
                "message": "the desired replica count is more than the maximum replica count",
            },
        ],
        currentMetrics=[
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "current": {"averageUtilization": 240, "averageValue": "240m"},
                },
            }
        ],
    )
    return Expect(
        subjects=(ref_of(hpa), *of_app(world, app)),
        words=("maximum|maxReplicas|max", str(app.replicas)),
    )


@fault(decisive=["Node"], local=False)
def budget_blocks_drain(world: World) -> Expect:
    """A node is being drained; the budget lets no pod go."""
    app = world.choose()
    budget = world.add(
        "PodDisruptionBudget",
        app.namespace,
        f"{app.name}-pdb",
        spec={"minAvailable": app.replicas, "selector": {"matchLabels": dict(app.labels)}},
    )
    node = world.get("Node", "", text(world.pods(app)[0], "spec", "nodeName"))
    node["spec"] |= {
        "unschedulable": True,
        "taints": [
            {
                "key": "node.kubernetes.io/unschedulable",
                "effect": "NoSchedule",
                "timeAdded": world.ago(world.since),
            }
        ],
    }
    return Expect(subjects=(ref_of(budget), ref_of(node), app.ref), words=(name_of(budget),))


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
    pod["spec"]["affinity"] = {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {
                        "matchFields": [
                            {"key": "metadata.name", "operator": "In", "values": [name_of(node)]}
                        ]
                    }
                ]
            }
        }
    }
    others = len(world.nodes(control_plane=True)) - 1
    elsewhere = (
        "node(s) didn't satisfy plugin(s) [NodeAffinity]"
        if world.minor >= 26
        else "node(s) didn't match Pod's node affinity/selector"
    )
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
