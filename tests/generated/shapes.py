"""Healthy clusters of seven shapes."""

from collections.abc import Callable

from generated.build import deploy, namespace, node
from generated.world import App, World

_TEAMS = ("shop", "billing", "media", "search", "fleet", "claims", "booking", "ledger")


def _cluster(world: World, *, workers: int, masters: int = 1) -> None:
    prefix = world.rng.choice(("ip-10-0-3", "worker", "gke-pool-a", "k8s"))
    for number in range(masters):
        node(world, f"{prefix}-master-{number + 1}", control_plane=True)
    for number in range(workers):
        node(world, f"{prefix}-{number + 1}", zone="abc"[number % 3], cpu=world.rng.choice((4, 8)))
    for each in ("default", "kube-system"):
        namespace(world, each)
    world.add("StorageClass", "", "standard", provisioner="ebs.csi.aws.com",
              reclaimPolicy="Delete", volumeBindingMode="WaitForFirstConsumer",
              metadata={"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}})  # fmt: skip
    world.add("IngressClass", "", "nginx", spec={"controller": "k8s.io/ingress-nginx"})
    deploy(world, App(name="coredns", namespace="kube-system", system=True, probed=False,
                      image="registry.k8s.io/coredns/coredns:v1.11.1", port=53))  # fmt: skip
    deploy(world, App(name="kube-proxy", namespace="kube-system", system=True, served=False,
                      kind="DaemonSet", probed=False, port=0, everywhere=True,
                      image=f"registry.k8s.io/kube-proxy:v1.{world.minor}.3"))  # fmt: skip
    deploy(world, App(name="metrics-server", namespace="kube-system", system=True, replicas=1,
                      image="registry.k8s.io/metrics-server/metrics-server:v0.7.1"))  # fmt: skip
    world.add("APIService", "", "v1beta1.metrics.k8s.io",
              spec={"service": {"name": "metrics-server", "namespace": "kube-system"},
                    "group": "metrics.k8s.io", "version": "v1beta1"},
              status={"conditions": [{"type": "Available", "status": "True", "reason": "Passed"}]})  # fmt: skip


def _team(world: World) -> str:
    name = f"{world.rng.choice(_TEAMS)}{world.rng.choice(('', '-prod', '-stage', '-eu'))}"
    if ("Namespace", "", name) in world.objects:
        name += "2"
    namespace(world, name)
    return name


def _image(world: World, name: str) -> str:
    registry = world.rng.choice(("ghcr.io/acme", "registry.acme.io/team", "docker.io/acme"))
    return f"{registry}/{name}:{world.rng.randrange(1, 5)}.{world.rng.randrange(30)}.{world.rng.randrange(9)}"


def web_cache_db(world: World) -> None:
    _cluster(world, workers=3)
    ns = _team(world)
    deploy(world, App(name="postgres", namespace=ns, kind="StatefulSet", runtime="postgres",
                      image="postgres:16.3", port=5432, replicas=1, secret=True, claim=True))  # fmt: skip
    deploy(
        world,
        App(name="redis", namespace=ns, runtime="redis", image="redis:7.2", port=6379, replicas=1),
    )
    deploy(world, App(name="api", namespace=ns, runtime="python", port=8000, replicas=3, config=True, secret=True,
                      image=_image(world, "api"), needs=("postgres", "redis")))  # fmt: skip
    deploy(world, App(name="web", namespace=ns, runtime="nginx", image=_image(world, "web"),
                      needs=("api",), host="www.example.com", config=True))  # fmt: skip


def queue_workers(world: World) -> None:
    _cluster(world, workers=3)
    ns = _team(world)
    deploy(world, App(name="rabbitmq", namespace=ns, kind="StatefulSet", image="rabbitmq:3.13",
                      port=5672, replicas=3, secret=True, claim=True, probed=False))  # fmt: skip
    deploy(world, App(name="ingest", namespace=ns, image=_image(world, "ingest"), needs=("rabbitmq",), config=True,
                      host="ingest.example.com", port=9000))  # fmt: skip
    deploy(world, App(name="resizer", namespace=ns, runtime="node", image=_image(world, "resizer"),
                      replicas=4, needs=("rabbitmq",), config=True, secret=True))  # fmt: skip
    deploy(world, App(name="mailer", namespace=ns, runtime="python", image=_image(world, "mailer"),
                      needs=("rabbitmq",), served=True, secret=True))  # fmt: skip


def batch_pipeline(world: World) -> None:
    _cluster(world, workers=2)
    ns = _team(world)
    deploy(world, App(name="warehouse", namespace=ns, kind="StatefulSet", runtime="postgres",
                      image="postgres:15.6", port=5432, replicas=1, secret=True, claim=True))  # fmt: skip
    for name in ("extract", "transform", "report"):
        deploy(world, App(name=name, namespace=ns, kind="CronJob", runtime="python", served=False,
                          image=_image(world, name), needs=("warehouse",), config=True,
                          probed=False))  # fmt: skip
    deploy(world, App(name="scheduler", namespace=ns, runtime="java", image=_image(world, "scheduler"), memory=768,
                      needs=("warehouse",), config=True, secret=True))  # fmt: skip
    deploy(world, App(name="dashboard", namespace=ns, runtime="node", image=_image(world, "dashboard"), port=3000,
                      needs=("warehouse", "scheduler"), host="reports.example.com"))  # fmt: skip


def agents(world: World) -> None:
    _cluster(world, workers=4)
    ns = _team(world)
    for name in ("log-agent", "node-probe"):
        deploy(world, App(name=name, namespace=ns, kind="DaemonSet", image=_image(world, name),
                          config=True, served=False, port=9100))  # fmt: skip
    deploy(world, App(name="collector", namespace=ns, image=_image(world, "collector"), port=4318, replicas=2,
                      config=True, secret=True))  # fmt: skip
    deploy(world, App(name="gateway", namespace=ns, image=_image(world, "gateway"), port=8443, needs=("collector",),
                      host="otel.example.com", runtime="java", memory=512))  # fmt: skip


def stateful(world: World) -> None:
    _cluster(world, workers=3)
    ns = _team(world)
    deploy(world, App(name="kafka", namespace=ns, kind="StatefulSet", runtime="java", memory=1024,
                      image="apache/kafka:3.7.0", port=9092, replicas=3, claim=True, config=True,
                      probed=False))  # fmt: skip
    deploy(world, App(name="schema-registry", namespace=ns, runtime="java", port=8081, memory=512, replicas=2,
                      image=_image(world, "schema-registry"), needs=("kafka",), config=True, secret=True))  # fmt: skip
    deploy(world, App(name="console", namespace=ns, runtime="go", image=_image(world, "console"),
                      needs=("kafka", "schema-registry"), host="kafka.example.com"))  # fmt: skip


def microservices(world: World) -> None:
    _cluster(world, workers=5, masters=3)
    ns, data = _team(world), _team(world)
    deploy(world, App(name="orders-db", namespace=data, kind="StatefulSet", runtime="postgres",
                      image="postgres:16.3", port=5432, replicas=1, secret=True, claim=True))  # fmt: skip
    deploy(
        world,
        App(
            name="session-store",
            namespace=data,
            runtime="redis",
            image="redis:7.2",
            port=6379,
            replicas=1,
        ),
    )
    for name, runtime, port, needs in (
        ("catalog", "go", 3550, ()), ("currency", "node", 7000, ()),
        ("payment", "java", 8080, ("orders-db",)), ("shipping", "go", 50051, ()),
        ("cart", "java", 7070, ("session-store",)),
        ("checkout", "go", 5050, ("payment", "shipping", "cart", "currency")),
        ("frontend", "node", 8080, ("catalog", "cart", "checkout")),
    ):  # fmt: skip
        deploy(world, App(name=name, namespace=ns, runtime=runtime, port=port, needs=needs,  # type: ignore[arg-type]  # literals
                          image=_image(world, name), replicas=world.rng.choice((2, 3)),
                          memory=512 if runtime == "java" else 128,
                          config=world.rng.random() < 0.7 or name == "cart",
                          secret=name in {"payment", "checkout", "catalog"},
                          host="store.example.com" if name == "frontend" else ""))  # fmt: skip


def single_node(world: World) -> None:
    node(world, "kind-control-plane", cpu=8)
    for each in ("default", "kube-system"):
        namespace(world, each)
    world.add("StorageClass", "", "standard", provisioner="rancher.io/local-path",
              reclaimPolicy="Delete", volumeBindingMode="WaitForFirstConsumer",
              metadata={"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}})  # fmt: skip
    world.add("IngressClass", "", "nginx", spec={"controller": "k8s.io/ingress-nginx"})
    deploy(world, App(name="coredns", namespace="kube-system", system=True, probed=False,
                      image="registry.k8s.io/coredns/coredns:v1.11.1", port=53))  # fmt: skip
    deploy(world, App(name="mysql", namespace="default", kind="StatefulSet", port=3306, replicas=1,
                      image="mysql:8.4", secret=True, claim=True, probed=False))  # fmt: skip
    deploy(world, App(name="backend", namespace="default", runtime="python", port=5000, replicas=1,
                      image="backend:dev", needs=("mysql",), config=True, secret=True))  # fmt: skip
    deploy(world, App(name="frontend", namespace="default", runtime="node", port=3000, replicas=1,
                      image="frontend:dev", needs=("backend",), host="localhost.example.com"))  # fmt: skip
    deploy(world, App(name="tasks", namespace="default", runtime="go", replicas=2, port=8090, config=True,
                      image="tasks:dev", secret=True))  # fmt: skip


SHAPES: dict[str, Callable[[World], None]] = {
    each.__name__: each
    for each in (
        web_cache_db, queue_workers, batch_pipeline, agents, stateful, microservices, single_node,
    )
}  # fmt: skip
