"""Objects that stand by themselves: nodes, namespaces, claims, Services."""

from generated.world import App, World
from holmes.triage.fields import Obj


def _good_conditions(world: World) -> list[Obj]:
    """The conditions of a node that has room and is ready."""
    good = (
        ("MemoryPressure", "KubeletHasSufficientMemory", "sufficient memory available"),
        ("DiskPressure", "KubeletHasNoDiskPressure", "no disk pressure"),
        ("PIDPressure", "KubeletHasSufficientPID", "sufficient PID available"),
    )
    said = [(kind, "False", reason, f"kubelet has {what}") for kind, reason, what in good]
    said.append(("Ready", "True", "KubeletReady", "kubelet is posting ready status"))
    return [
        {
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message,
            "lastHeartbeatTime": world.ago(1.5),
            "lastTransitionTime": world.ago(39_000),
        }
        for kind, status, reason, message in said
    ]


def node(
    world: World,
    name: str,
    *,
    control_plane: bool = False,
    zone: str = "a",
    cpu: int = 4,
    memory: int = 16,
) -> Obj:
    labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": f"eu-central-1{zone}",
        "topology.kubernetes.io/region": "eu-central-1",
    }
    taints = []
    if control_plane:
        labels["node-role.kubernetes.io/control-plane"] = ""
        taints = [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]
    room = {
        "cpu": str(cpu),
        "memory": f"{memory * 1024 * 1024 - 204800}Ki",
        "pods": "110",
        "ephemeral-storage": "95491281146",
    }
    world.add(
        "Lease", "kube-node-lease", name, spec={"holderIdentity": name, "renewTime": world.ago(0.1)}
    )
    return world.add(
        "Node",
        "",
        name,
        metadata={"labels": labels},
        spec={"podCIDR": "10.244.0.0/24", **({"taints": taints} if taints else {})},
        status={
            "capacity": room,
            "allocatable": dict(room),
            "conditions": _good_conditions(world),
            "addresses": [
                {
                    "type": "InternalIP",
                    "address": f"172.18.0.{len(world.nodes(control_plane=True)) + 2}",
                },
                {"type": "Hostname", "address": name},
            ],
            "nodeInfo": {
                "kubeletVersion": f"v1.{world.minor}.3",
                "architecture": "amd64",
                "operatingSystem": "linux",
                "containerRuntimeVersion": "containerd://1.7.24",
            },
        },
    )


def namespace(world: World, name: str) -> None:
    world.add(
        "Namespace",
        "",
        name,
        metadata={"labels": {"kubernetes.io/metadata.name": name}},
        spec={"finalizers": ["kubernetes"]},
        status={"phase": "Active"},
    )
    world.add("ServiceAccount", name, "default")
    world.add("ConfigMap", name, "kube-root-ca.crt", data={"ca.crt": "-----BEGIN CERTIFICATE-----"})


def claim(world: World, within: str, name: str, *, bound: bool = True) -> Obj:
    """A claim, with its volume where it is bound."""
    volume = f"pvc-{world.uid()}"
    spec: Obj = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "standard",
        "volumeMode": "Filesystem",
        "resources": {"requests": {"storage": "10Gi"}},
    }
    made = world.add(
        "PersistentVolumeClaim",
        within,
        name,
        spec=spec,
        status={"phase": "Pending"},
        metadata={"finalizers": ["kubernetes.io/pvc-protection"]},
    )
    if bound:
        spec["volumeName"] = volume
        made["status"] = {
            "phase": "Bound",
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "10Gi"},
        }
        world.add(
            "PersistentVolume",
            "",
            volume,
            status={"phase": "Bound"},
            spec={
                "capacity": {"storage": "10Gi"},
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": "standard",
                "persistentVolumeReclaimPolicy": "Delete",
                "claimRef": {
                    "kind": "PersistentVolumeClaim",
                    "namespace": within,
                    "name": name,
                    "uid": made["metadata"]["uid"],
                },
                "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": f"vol-{world.suffix(12)}"},
            },
        )
    return made


def port_name(app: App) -> str:
    """What an app's port is called, in its container and its Service."""
    return {"postgres": "postgresql", "redis": "redis"}.get(app.runtime, "http")


def service(world: World, app: App) -> Obj:
    """A Service in front of an app, headless for a StatefulSet, and its Ingress if it has one."""
    name = port_name(app)
    port: Obj = {"name": name, "port": app.port, "protocol": "TCP", "targetPort": app.port}
    if world.rng.random() < 0.5:
        port["targetPort"] = name
    address = "None" if app.kind == "StatefulSet" else world.cluster_address()
    made = world.add(
        "Service",
        app.namespace,
        app.name,
        metadata={"labels": dict(app.labels)},
        spec={
            "type": "ClusterIP",
            "clusterIP": address,
            "clusterIPs": [address],
            "selector": dict(app.labels),
            "ports": [port],
            "sessionAffinity": "None",
        },
        status={"loadBalancer": {}},
    )
    if app.host:
        backend = {"service": {"name": app.name, "port": {"number": app.port}}}
        paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
        world.add(
            "Ingress",
            app.namespace,
            app.name,
            spec={
                "ingressClassName": "nginx",
                "tls": [{"hosts": [app.host], "secretName": f"{app.name}-tls"}],
                "rules": [{"host": app.host, "http": {"paths": paths}}],
            },
            status={"loadBalancer": {"ingress": [{"ip": "203.0.113.10"}]}},
        )
        world.add("Secret", app.namespace, f"{app.name}-tls", type="kubernetes.io/tls")
    return made
