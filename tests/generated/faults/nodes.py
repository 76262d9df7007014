"""Nodes that fail, and objects that can't go."""

from generated.build import pod_of
from generated.fault import Expect, fault, of_app, ref_of
from generated.objects import namespace
from generated.revise import current_set, revise
from generated.states import stuck_creating
from generated.world import App, World
from holmes.triage.fields import Obj, condition, name_of, text


def _condition(world: World, node: Obj, kind: str, status: str, reason: str, message: str) -> None:
    for each in node["status"]["conditions"]:
        if each["type"] == kind:
            each |= {
                "status": status,
                "reason": reason,
                "message": message,
                "lastTransitionTime": world.ago(world.since),
            }


def _unready_pods(world: World, node: Obj) -> list[Obj]:
    """What the node controller does to the pods of a node that is not ready."""
    pods = [
        pod
        for pod in world.all("Pod")
        if text(pod, "spec", "nodeName") == name_of(node)
        and text(pod, "status", "phase") == "Running"
    ]
    for pod in pods:
        condition(pod, "Ready").update(status="False", lastTransitionTime=world.ago(world.since))
        world.event(
            pod,
            "NodeNotReady",
            "Node is not ready",
            source="node-controller",
            count=1,
            age=world.since,
        )
    return pods


@fault(decisive=["Node"], local=False)
def kubelet_stopped(world: World) -> Expect:
    """The node says nothing any more; its pods are deleted, and replaced where they can be."""
    node = world.rng.choice(world.nodes())
    stamp = world.ago(world.since)
    for each in node["status"]["conditions"]:
        each |= {
            "status": "Unknown",
            "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status.",
            "lastTransitionTime": stamp,
            "lastHeartbeatTime": world.ago(world.since + 1),
        }
    world.get("Lease", "kube-node-lease", name_of(node))["spec"]["renewTime"] = world.ago(
        world.since + 1
    )
    pods = _unready_pods(world, node)
    node["spec"]["taints"] = [
        {"key": "node.kubernetes.io/unreachable", "effect": effect, "timeAdded": stamp}
        for effect in ("NoSchedule", "NoExecute")
    ]
    elsewhere = world.nodes()
    for pod in pods:
        owner = pod["metadata"]["ownerReferences"][0]
        if owner["kind"] == "ReplicaSet" and elsewhere:
            pod["metadata"] |= {
                "deletionTimestamp": world.ago(world.since - 6),
                "deletionGracePeriodSeconds": 30,
            }
            pod_of(
                world,
                world.get("ReplicaSet", text(pod, "metadata", "namespace"), owner["name"]),
                age=world.since - 6,
            )
    world.event(
        node,
        "NodeNotReady",
        f"Node {name_of(node)} status is now: NodeNotReady",
        normal=True,
        source="node-controller",
        count=1,
    )
    return Expect(subjects=(ref_of(node),), words=("kubelet|NodeStatusUnknown|posting|Unknown",))


@fault(decisive=["Node"], local=False)
def node_network_not_ready(world: World) -> Expect:
    node = world.rng.choice(world.nodes())
    said = (
        "container runtime network not ready: NetworkReady=false "
        "reason:NetworkPluginNotReady message:Network "
        "plugin returns error: cni plugin not initialized"
    )
    _condition(world, node, "Ready", "False", "KubeletNotReady", said)
    _unready_pods(world, node)
    node["spec"]["taints"] = [
        {
            "key": "node.kubernetes.io/not-ready",
            "effect": "NoSchedule",
            "timeAdded": world.ago(world.since),
        }
    ]
    return Expect(
        subjects=(ref_of(node),), words=("cni plugin|NetworkPluginNotReady|network plugin|cni",)
    )


@fault(decisive=["Node"], local=False)
def node_disk_pressure(world: World) -> Expect:
    """The node is full; its pods are evicted."""
    app = world.choose()
    victim = world.pods(app)[0]
    node = world.get("Node", "", text(victim, "spec", "nodeName"))
    _condition(
        world, node, "DiskPressure", "True", "KubeletHasDiskPressure", "kubelet has disk pressure"
    )
    node["spec"]["taints"] = [
        {
            "key": "node.kubernetes.io/disk-pressure",
            "effect": "NoSchedule",
            "timeAdded": world.ago(world.since),
        }
    ]
    world.event(node, "EvictionThresholdMet", "Attempting to reclaim ephemeral-storage")
    world.event(
        node,
        "FreeDiskSpaceFailed",
        "Failed to garbage collect required amount of images. Attempted to free "
        "4218527744 bytes, but only found 0 bytes eligible to free.",
    )
    _evict(
        world,
        app,
        victim,
        "The node was low on resource: ephemeral-storage. Threshold quantity: 10387374Ki, "
        f"available: 7340032Ki. Container {victim['spec']['containers'][0]['name']} "
        "was using 9421Ki, request is 0, "
        "has larger consumption of ephemeral-storage. ",
    )
    return Expect(subjects=of_app(world, app, node), words=("disk|DiskPressure|ephemeral-storage",))


def _evict(world: World, app: App, pod: Obj, message: str) -> None:
    owner = current_set(world, app)
    pod["status"] = {
        "phase": "Failed",
        "reason": "Evicted",
        "message": message,
        "startTime": world.ago(world.since),
        "qosClass": "Burstable",
    }
    world.event(pod, "Evicted", message, count=1)
    if world.nodes():
        pod_of(world, owner, age=2)


@fault()
def evicted_by_own_limit(world: World) -> Expect:
    """Its own limit of ephemeral storage: every new pod ends the same way."""
    app = world.choose()
    limit = world.rng.choice(("1Gi", "500Mi"))
    pods = revise(
        world,
        app,
        lambda spec: (
            spec["containers"][0]["resources"]
            .setdefault("limits", {})
            .update({"ephemeral-storage": limit})
        ),
        everywhere=True,
    )
    for _ in range(2 * len(pods)):
        _gone(world, pod_of(world, current_set(world, app), age=world.since), limit)
    return Expect(subjects=of_app(world, app), words=("ephemeral-storage|ephemeral", limit))


def _gone(world: World, pod: Obj, limit: str) -> None:
    said = f"Pod ephemeral local storage usage exceeds the total limit of containers {limit}. "
    pod["status"] = {
        "phase": "Failed",
        "reason": "Evicted",
        "message": said,
        "startTime": world.ago(world.since),
        "qosClass": "Burstable",
    }
    world.event(pod, "Evicted", said, count=1, age=world.rng.uniform(1, 9))


@fault(only_events=True)
def sandbox_without_addresses(world: World) -> Expect:
    """The network plug-in has no address left for new pods."""
    app = world.choose()
    pods = revise(world, app, lambda _: None)
    stuck_creating(
        world,
        pods,
        "FailedCreatePodSandBox",
        (
            "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to "
            "setup network for sandbox "
            f'"{world.rng.getrandbits(255):064x}": plugin type="aws-cni" '
            'name="aws-cni" failed (add): add cmd: failed to '
            "assign an IP address to container"
        ),
    )
    return Expect(
        subjects=of_app(world, app), words=("failed to assign an IP address|IP address|address",)
    )


@fault()
def pod_held_by_finalizer(world: World) -> Expect:
    app = world.choose()
    pod = world.pods(app)[0]
    finalizer = world.rng.choice(("mesh.acme.io/drain", "backup.acme.io/snapshot"))
    pod["metadata"] |= {
        "deletionTimestamp": world.ago(world.since * 3),
        "deletionGracePeriodSeconds": 30,
        "finalizers": [finalizer],
    }
    condition(pod, "Ready").update(status="False", reason="PodFailed")
    pod_of(world, current_set(world, app), age=world.since * 3)
    return Expect(subjects=of_app(world, app, pod), words=(finalizer,))


@fault(decisive=["Namespace"])
def namespace_held_by_finalizer(world: World) -> Expect:
    name = f"preview-{world.rng.randrange(100, 999)}"
    namespace(world, name)
    finalizer, resource = world.rng.choice(
        (
            ("cleanup.acme.io/bucket", "buckets.storage.acme.io"),
            ("dns.acme.io/records", "dnsrecords.acme.io"),
        )
    )
    found = world.get("Namespace", "", name)
    found["metadata"]["deletionTimestamp"] = world.ago(world.since * 4)
    stamp = {"lastTransitionTime": world.ago(world.since * 4)}
    found["status"] = {
        "phase": "Terminating",
        "conditions": [
            {
                "type": "NamespaceDeletionDiscoveryFailure",
                "status": "False",
                "reason": "ResourcesDiscovered",
                "message": "All resources successfully discovered",
                **stamp,
            },
            {
                "type": "NamespaceDeletionContentFailure",
                "status": "False",
                "reason": "ContentDeleted",
                "message": "All content successfully deleted, may be waiting on finalization",
                **stamp,
            },
            {
                "type": "NamespaceContentRemaining",
                "status": "True",
                "reason": "SomeResourcesRemain",
                "message": f"Some resources are remaining: {resource} has 1 resource instances",
                **stamp,
            },
            {
                "type": "NamespaceFinalizersRemaining",
                "status": "True",
                "reason": "SomeFinalizersRemain",
                "message": (
                    "Some content in the namespace has finalizers remaining: "
                    f"{finalizer} in 1 resource instances"
                ),
                **stamp,
            },
        ],
    }
    world.remove("ServiceAccount", name, "default")
    world.remove("ConfigMap", name, "kube-root-ca.crt")
    return Expect(subjects=(ref_of(found),), words=(finalizer,))


@fault(decisive=["APIService", "Namespace"], local=False)
def namespace_held_by_api_service(world: World) -> Expect:
    """Discovery fails for an API whose back end is gone, so that no namespace can be emptied."""
    name = f"ci-{world.rng.randrange(100, 999)}"
    namespace(world, name)
    api = "v1beta1.custom.metrics.k8s.io"
    service = world.add(
        "APIService",
        "",
        api,
        spec={
            "service": {"name": "prometheus-adapter", "namespace": "monitoring"},
            "group": "custom.metrics.k8s.io",
            "version": "v1beta1",
        },
        status={
            "conditions": [
                {
                    "type": "Available",
                    "status": "False",
                    "reason": "ServiceNotFound",
                    "message": 'service/prometheus-adapter in "monitoring" is not present',
                    "lastTransitionTime": world.ago(9000),
                }
            ]
        },
    )
    found = world.get("Namespace", "", name)
    found["metadata"]["deletionTimestamp"] = world.ago(world.since * 4)
    found["status"] = {
        "phase": "Terminating",
        "conditions": [
            {
                "type": "NamespaceDeletionDiscoveryFailure",
                "status": "True",
                "reason": "DiscoveryFailed",
                "message": "Discovery failed for some groups, 1 failing: unable to "
                "retrieve the complete list of server APIs: "
                "custom.metrics.k8s.io/v1beta1: stale GroupVersion discovery: "
                "custom.metrics.k8s.io/v1beta1",
                "lastTransitionTime": world.ago(world.since * 4),
            }
        ],
    }
    return Expect(
        subjects=(ref_of(found), ref_of(service)),
        words=("custom.metrics.k8s.io|prometheus-adapter|v1beta1.custom.metrics.k8s.io",),
    )
