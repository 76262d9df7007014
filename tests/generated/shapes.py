"""Healthy clusters of seven shapes."""

from collections.abc import Callable

from generated.build import deploy
from generated.cluster import base, cluster, image, team
from generated.objects import node
from generated.shop import microservices
from generated.world import App, World


def web_cache_db(world: World) -> None:
    cluster(world, workers=3)
    ns = team(world)
    deploy(
        world,
        App(
            name="postgres",
            namespace=ns,
            kind="StatefulSet",
            runtime="postgres",
            image="postgres:16.3",
            port=5432,
            replicas=1,
            secret=True,
            claim=True,
        ),
    )
    deploy(
        world,
        App(name="redis", namespace=ns, runtime="redis", image="redis:7.2", port=6379, replicas=1),
    )
    deploy(
        world,
        App(
            name="api",
            namespace=ns,
            runtime="python",
            port=8000,
            replicas=3,
            config=True,
            secret=True,
            image=image(world, "api"),
            needs=("postgres", "redis"),
        ),
    )
    deploy(
        world,
        App(
            name="web",
            namespace=ns,
            runtime="nginx",
            image=image(world, "web"),
            needs=("api",),
            host="www.example.com",
            config=True,
        ),
    )


def queue_workers(world: World) -> None:
    cluster(world, workers=3)
    ns = team(world)
    deploy(
        world,
        App(
            name="rabbitmq",
            namespace=ns,
            kind="StatefulSet",
            image="rabbitmq:3.13",
            port=5672,
            replicas=3,
            secret=True,
            claim=True,
            probed=False,
        ),
    )
    deploy(
        world,
        App(
            name="ingest",
            namespace=ns,
            image=image(world, "ingest"),
            needs=("rabbitmq",),
            config=True,
            host="ingest.example.com",
            port=9000,
        ),
    )
    deploy(
        world,
        App(
            name="resizer",
            namespace=ns,
            runtime="node",
            image=image(world, "resizer"),
            replicas=4,
            needs=("rabbitmq",),
            config=True,
            secret=True,
        ),
    )
    deploy(
        world,
        App(
            name="mailer",
            namespace=ns,
            runtime="python",
            image=image(world, "mailer"),
            needs=("rabbitmq",),
            served=True,
            secret=True,
        ),
    )


def batch_pipeline(world: World) -> None:
    cluster(world, workers=2)
    ns = team(world)
    deploy(
        world,
        App(
            name="warehouse",
            namespace=ns,
            kind="StatefulSet",
            runtime="postgres",
            image="postgres:15.6",
            port=5432,
            replicas=1,
            secret=True,
            claim=True,
        ),
    )
    for name in ("extract", "transform", "report"):
        deploy(
            world,
            App(
                name=name,
                namespace=ns,
                kind="CronJob",
                runtime="python",
                served=False,
                image=image(world, name),
                needs=("warehouse",),
                config=True,
                probed=False,
            ),
        )
    deploy(
        world,
        App(
            name="scheduler",
            namespace=ns,
            runtime="java",
            image=image(world, "scheduler"),
            memory=768,
            needs=("warehouse",),
            config=True,
            secret=True,
        ),
    )
    deploy(
        world,
        App(
            name="dashboard",
            namespace=ns,
            runtime="node",
            image=image(world, "dashboard"),
            port=3000,
            needs=("warehouse", "scheduler"),
            host="reports.example.com",
        ),
    )


def agents(world: World) -> None:
    cluster(world, workers=4)
    ns = team(world)
    for name in ("log-agent", "node-probe"):
        deploy(
            world,
            App(
                name=name,
                namespace=ns,
                kind="DaemonSet",
                image=image(world, name),
                config=True,
                served=False,
                port=9100,
            ),
        )
    deploy(
        world,
        App(
            name="collector",
            namespace=ns,
            image=image(world, "collector"),
            port=4318,
            replicas=2,
            config=True,
            secret=True,
        ),
    )
    deploy(
        world,
        App(
            name="gateway",
            namespace=ns,
            image=image(world, "gateway"),
            port=8443,
            needs=("collector",),
            host="otel.example.com",
            runtime="java",
            memory=512,
        ),
    )


def stateful(world: World) -> None:
    cluster(world, workers=3)
    ns = team(world)
    deploy(
        world,
        App(
            name="kafka",
            namespace=ns,
            kind="StatefulSet",
            runtime="java",
            memory=1024,
            image="apache/kafka:3.7.0",
            port=9092,
            replicas=3,
            claim=True,
            config=True,
            probed=False,
        ),
    )
    deploy(
        world,
        App(
            name="schema-registry",
            namespace=ns,
            runtime="java",
            port=8081,
            memory=512,
            replicas=2,
            image=image(world, "schema-registry"),
            needs=("kafka",),
            config=True,
            secret=True,
        ),
    )
    deploy(
        world,
        App(
            name="console",
            namespace=ns,
            runtime="go",
            image=image(world, "console"),
            needs=("kafka", "schema-registry"),
            host="kafka.example.com",
        ),
    )


def single_node(world: World) -> None:
    node(world, "kind-control-plane", cpu=8)
    base(world, "rancher.io/local-path")
    deploy(
        world,
        App(
            name="mysql",
            namespace="default",
            kind="StatefulSet",
            port=3306,
            replicas=1,
            image="mysql:8.4",
            secret=True,
            claim=True,
            probed=False,
        ),
    )
    deploy(
        world,
        App(
            name="backend",
            namespace="default",
            runtime="python",
            port=5000,
            replicas=1,
            image="backend:dev",
            needs=("mysql",),
            config=True,
            secret=True,
        ),
    )
    deploy(
        world,
        App(
            name="frontend",
            namespace="default",
            runtime="node",
            port=3000,
            replicas=1,
            image="frontend:dev",
            needs=("backend",),
            host="localhost.example.com",
        ),
    )
    deploy(
        world,
        App(
            name="tasks",
            namespace="default",
            runtime="go",
            replicas=2,
            port=8090,
            config=True,
            image="tasks:dev",
            secret=True,
        ),
    )


SHAPES: dict[str, Callable[[World], None]] = {
    each.__name__: each
    for each in (
        web_cache_db,
        queue_workers,
        batch_pipeline,
        agents,
        stateful,
        microservices,
        single_node,
    )
}
