"""What every shape stands on: nodes, system workloads, and a namespace for a team."""

from generated.build import deploy
from generated.objects import namespace, node
from generated.world import App, World

_TEAMS = ("shop", "billing", "media", "search", "fleet", "claims", "booking", "ledger")


def base(world: World, provisioner: str) -> None:
    """The first namespaces, a default StorageClass, an IngressClass and the cluster's DNS."""
    for each in ("default", "kube-system"):
        namespace(world, each)
    world.add(
        "StorageClass",
        "",
        "standard",
        provisioner=provisioner,
        reclaimPolicy="Delete",
        volumeBindingMode="WaitForFirstConsumer",
        metadata={"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    )
    world.add("IngressClass", "", "nginx", spec={"controller": "k8s.io/ingress-nginx"})
    dns = App(
        name="coredns",
        namespace="kube-system",
        system=True,
        probed=False,
        served=False,
        image="registry.k8s.io/coredns/coredns:v1.11.1",
        port=53,
    )
    deploy(world, dns)
    ports = [
        {"name": name, "port": 53, "protocol": protocol, "targetPort": 53}
        for name, protocol in (("dns", "UDP"), ("dns-tcp", "TCP"))
    ]
    world.add(
        "Service",
        "kube-system",
        "kube-dns",
        spec={
            "type": "ClusterIP",
            "clusterIP": "10.96.0.10",
            "clusterIPs": ["10.96.0.10"],
            "selector": dict(dns.labels),
            "ports": ports,
        },
        status={"loadBalancer": {}},
    )


def cluster(world: World, *, workers: int, masters: int = 1) -> None:
    prefix = world.rng.choice(("ip-10-0-3", "worker", "gke-pool-a", "k8s"))
    for number in range(masters):
        node(world, f"{prefix}-master-{number + 1}", control_plane=True)
    for number in range(workers):
        node(world, f"{prefix}-{number + 1}", zone="abc"[number % 3], cpu=world.rng.choice((4, 8)))
    base(world, "ebs.csi.aws.com")
    deploy(
        world,
        App(
            name="kube-proxy",
            namespace="kube-system",
            system=True,
            served=False,
            kind="DaemonSet",
            probed=False,
            port=0,
            everywhere=True,
            image=f"registry.k8s.io/kube-proxy:v1.{world.minor}.3",
        ),
    )
    deploy(
        world,
        App(
            name="metrics-server",
            namespace="kube-system",
            system=True,
            replicas=1,
            image="registry.k8s.io/metrics-server/metrics-server:v0.7.1",
        ),
    )
    world.add(
        "APIService",
        "",
        "v1beta1.metrics.k8s.io",
        spec={
            "service": {"name": "metrics-server", "namespace": "kube-system"},
            "group": "metrics.k8s.io",
            "version": "v1beta1",
        },
        status={"conditions": [{"type": "Available", "status": "True", "reason": "Passed"}]},
    )


def team(world: World) -> str:
    name = f"{world.rng.choice(_TEAMS)}{world.rng.choice(('', '-prod', '-stage', '-eu'))}"
    if ("Namespace", "", name) in world.objects:
        name += "2"
    namespace(world, name)
    return name


def image(world: World, name: str) -> str:
    registry = world.rng.choice(("ghcr.io/acme", "registry.acme.io/team", "docker.io/acme"))
    version = ".".join(str(world.rng.randrange(below)) for below in (5, 30, 9))
    return f"{registry}/{name}:{version}"
