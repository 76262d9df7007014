"""A shop of many small services behind one Ingress, with its data in another namespace."""

from generated.build import deploy
from generated.cluster import cluster, image, team
from generated.world import App, Runtime, World

_SERVICES: tuple[tuple[str, Runtime, int, tuple[str, ...]], ...] = (
    ("catalog", "go", 3550, ()),
    ("currency", "node", 7000, ()),
    ("payment", "java", 8080, ("orders-db",)),
    ("shipping", "go", 50051, ()),
    ("cart", "java", 7070, ("session-store",)),
    ("checkout", "go", 5050, ("payment", "shipping", "cart", "currency")),
    ("frontend", "node", 8080, ("catalog", "cart", "checkout")),
)


def microservices(world: World) -> None:
    cluster(world, workers=5, masters=3)
    ns, data = team(world), team(world)
    deploy(
        world,
        App(
            name="orders-db",
            namespace=data,
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
        App(
            name="session-store",
            namespace=data,
            runtime="redis",
            image="redis:7.2",
            port=6379,
            replicas=1,
        ),
    )
    for name, runtime, port, needs in _SERVICES:
        deploy(
            world,
            App(
                name=name,
                namespace=ns,
                runtime=runtime,
                port=port,
                needs=needs,
                image=image(world, name),
                replicas=world.rng.choice((2, 3)),
                memory=512 if runtime == "java" else 128,
                config=world.rng.random() < 0.7 or name == "cart",
                secret=name in {"payment", "checkout", "catalog"},
                host="store.example.com" if name == "frontend" else "",
            ),
        )
