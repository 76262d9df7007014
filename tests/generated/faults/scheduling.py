"""Pods that no node takes."""

from dataclasses import replace

from generated.fault import Expect, fault, of_app, ref_of
from generated.pending import node_affinity_conflict, taint, unschedulable
from generated.revise import add_claim, revise, use_claim
from generated.world import World
from holmes.triage.fields import Obj, name_of


def _requests(**amounts: str) -> dict[str, dict[str, str]]:
    return {"requests": dict(amounts)}


@fault()
def insufficient_cpu(world: World) -> Expect:
    app = world.choose()
    amount = world.rng.choice(("12", "16", "24", "9500m"))
    pods = revise(
        world,
        app,
        lambda spec: spec["containers"][0].update(resources=_requests(cpu=amount, memory="256Mi")),
    )
    unschedulable(world, pods, {"Insufficient cpu": len(world.nodes())})
    return Expect(
        subjects=of_app(world, app), words=("cpu", f"{amount}|9.5" if amount == "9500m" else amount)
    )


@fault()
def insufficient_memory(world: World) -> Expect:
    app = world.choose()
    amount = world.rng.choice(("64Gi", "48Gi", "100Gi"))
    pods = revise(
        world,
        app,
        lambda spec: spec["containers"][0].update(resources=_requests(cpu="250m", memory=amount)),
    )
    unschedulable(world, pods, {"Insufficient memory": len(world.nodes())})
    return Expect(
        subjects=of_app(world, app), words=("memory", f"{amount}|{int(amount[:-2]) * 1024}Mi")
    )


@fault()
def insufficient_gpu(world: World) -> Expect:
    app = world.choose()
    pods = revise(
        world,
        app,
        lambda spec: spec["containers"][0]["resources"].update(limits={"nvidia.com/gpu": "1"}),
    )
    unschedulable(world, pods, {"Insufficient nvidia.com/gpu": len(world.nodes())})
    return Expect(subjects=of_app(world, app), words=("nvidia.com/gpu",))


@fault(decisive=["Node"], local=False)
def untolerated_taint(world: World) -> Expect:
    app = world.choose()
    key, value = world.rng.choice((("dedicated", "gpu"), ("team", "data"), ("workload", "batch")))
    nodes = world.nodes()
    pods = revise(world, app, lambda _: None)
    unschedulable(world, pods, {taint(world, key, value): len(nodes)})
    for each in nodes:
        each["spec"]["taints"] = [{"key": key, "value": value, "effect": "NoSchedule"}]
    tainted = [ref_of(each) for each in nodes]
    return Expect(subjects=of_app(world, app, *tainted), words=(f"{key}|{key}={value}",))


@fault()
def node_selector_without_node(world: World) -> Expect:
    app = world.choose()
    key, value = world.rng.choice((("disktype", "ssd"), ("pool", "highmem"), ("tier", "frontend")))
    nodes = len(world.nodes())
    pods = revise(world, app, lambda spec: spec.update(nodeSelector={key: value}))
    unschedulable(world, pods, {"node(s) didn't match Pod's node affinity/selector": nodes})
    return Expect(subjects=of_app(world, app), words=(key, value))


@fault()
def node_affinity_without_node(world: World) -> Expect:
    app = world.choose()
    zone = world.rng.choice(("us-east-1a", "eu-west-3c", "europe-west4-b"))
    term = {
        "matchExpressions": [
            {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}
        ]
    }
    rule = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    pods = revise(world, app, lambda spec: spec.update(affinity={"nodeAffinity": rule}))
    unschedulable(
        world, pods, {"node(s) didn't match Pod's node affinity/selector": len(world.nodes())}
    )
    return Expect(subjects=of_app(world, app), words=(zone,))


@fault()
def anti_affinity_to_itself(world: World) -> Expect:
    """More replicas than nodes, one for each node only."""
    app = world.choose()
    nodes = world.nodes()
    term = {
        "labelSelector": {"matchLabels": dict(app.labels)},
        "topologyKey": "kubernetes.io/hostname",
    }
    rule = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    world.workload(app)["spec"]["replicas"] = len(nodes) + 1
    bigger = replace(app, replicas=len(nodes) + 1)
    pods = revise(
        world, bigger, lambda spec: spec.update(affinity={"podAntiAffinity": rule}), everywhere=True
    )
    for pod, each in zip(pods, nodes, strict=False):
        _place(pod, each)
    unschedulable(
        world, pods[len(nodes) :], {"node(s) didn't match pod anti-affinity rules": len(nodes)}
    )
    return Expect(
        subjects=of_app(world, app), words=("anti-affinity|antiaffinity|podAntiAffinity",)
    )


def _place(pod: Obj, node: Obj) -> None:
    pod["spec"]["nodeName"] = name_of(node)
    pod["status"]["hostIP"] = node["status"]["addresses"][0]["address"]


@fault()
def affinity_to_nothing(world: World) -> Expect:
    app = world.choose()
    wanted = world.rng.choice(("cache-node", "gpu-driver", "sidecar-proxy"))
    term = {
        "labelSelector": {"matchLabels": {"app": wanted}},
        "topologyKey": "kubernetes.io/hostname",
    }
    rule = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    pods = revise(world, app, lambda spec: spec.update(affinity={"podAffinity": rule}))
    unschedulable(world, pods, {"node(s) didn't match pod affinity rules": len(world.nodes())})
    return Expect(subjects=of_app(world, app), words=(wanted,))


@fault()
def topology_spread_without_label(world: World) -> Expect:
    app = world.choose()
    key = world.rng.choice(("rack", "example.com/room", "topology.kubernetes.io/subzone"))
    rule = {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": dict(app.labels)},
    }
    pods = revise(world, app, lambda spec: spec.update(topologySpreadConstraints=[rule]))
    unschedulable(
        world,
        pods,
        {
            "node(s) didn't match pod topology spread constraints (missing required label)": len(
                world.nodes()
            )
        },
    )
    return Expect(subjects=of_app(world, app), words=(key,))


@fault()
def host_port_conflict(world: World) -> Expect:
    """One replica more than nodes, all of them with the same port of the node."""
    app = world.choose()
    nodes = world.nodes()
    port = world.rng.choice((8088, 9100, 443, 5353))
    world.workload(app)["spec"]["replicas"] = len(nodes) + 1
    bigger = replace(app, replicas=len(nodes) + 1)
    pods = revise(
        world,
        bigger,
        lambda spec: spec["containers"][0]["ports"][0].update(hostPort=port),
        everywhere=True,
    )
    for pod, each in zip(pods, nodes, strict=False):
        _place(pod, each)
    unschedulable(
        world,
        pods[len(nodes) :],
        {"node(s) didn't have free ports for the requested pod ports": len(nodes)},
    )
    return Expect(subjects=of_app(world, app), words=(str(port),))


@fault(decisive=["Node"], local=False)
def too_many_pods(world: World) -> Expect:
    app = world.choose()
    nodes = world.nodes()
    pods = revise(world, app, lambda _: None)
    for each in nodes:
        there = sum(
            pod["spec"].get("nodeName") == name_of(each)
            for pod in world.all("Pod")
            if pod not in pods
        )
        each["status"]["allocatable"]["pods"] = str(max(there, 1))
    unschedulable(world, pods, {"Too many pods": len(nodes)})
    return Expect(
        subjects=of_app(world, app, *map(ref_of, nodes)),
        words=("too many pods|maxPods|pod limit|pod capacity|allocatable|full",),
    )


@fault(decisive=["Node"], local=False)
def nodes_cordoned(world: World) -> Expect:
    app = world.choose()
    nodes = world.nodes()
    pods = revise(world, app, lambda _: None)
    unschedulable(world, pods, {"node(s) were unschedulable": len(nodes)})
    for each in nodes:
        each["spec"] |= {
            "unschedulable": True,
            "taints": [
                {
                    "key": "node.kubernetes.io/unschedulable",
                    "effect": "NoSchedule",
                    "timeAdded": world.ago(world.since),
                }
            ],
        }
    return Expect(
        subjects=of_app(world, app, *map(ref_of, nodes)),
        words=("cordoned|cordon|unschedulable|uncordon",),
    )


@fault(decisive=["PersistentVolume", "PersistentVolumeClaim", "Node"])
def volume_in_another_zone(world: World) -> Expect:
    """The volume's zone has no node (any more)."""
    app = world.choose(fits=lambda each: not each.claim)
    made = add_claim(world, app, bound=True)
    zone = world.rng.choice(("eu-central-1d", "eu-central-1f"))
    volume = world.get("PersistentVolume", "", made["spec"]["volumeName"])
    term = {
        "matchExpressions": [
            {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}
        ]
    }
    volume["spec"]["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}
    pods = revise(world, app, use_claim(app), everywhere=True)
    unschedulable(world, pods, {node_affinity_conflict(world): len(world.nodes())})
    return Expect(
        subjects=of_app(world, app, made, volume),
        words=(f"{zone}|{name_of(volume)}|{name_of(made)}",),
    )


@fault(decisive=["Node"], local=False)
def cpu_free_on_tainted_node_only(world: World) -> Expect:
    """Several reasons: most nodes are too small, and the big one has a taint."""
    app = world.choose()
    nodes = world.nodes()
    amount = "12"
    pods = revise(
        world,
        app,
        lambda spec: spec["containers"][0].update(resources=_requests(cpu=amount, memory="256Mi")),
    )
    big = world.rng.choice(nodes)
    key, value = world.rng.choice((("dedicated", "analytics"), ("spot", "true")))
    big["status"]["allocatable"]["cpu"] = big["status"]["capacity"]["cpu"] = "32"
    reasons = {taint(world, key, value): 1}
    if len(nodes) > 1:
        reasons["Insufficient cpu"] = len(nodes) - 1
    unschedulable(world, pods, reasons)
    big["spec"]["taints"] = [{"key": key, "value": value, "effect": "NoSchedule"}]
    return Expect(subjects=of_app(world, app, big), words=(f"{key}|{key}={value}",))
