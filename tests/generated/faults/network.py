"""Services, Ingresses and NetworkPolicies that lead nowhere."""

from generated.build import deploy
from generated.fault import Expect, fault, of_app, ref_of
from generated.objects import namespace
from generated.states import probe_fails
from generated.world import App, World
from holmes.triage.fields import Obj


def _served(world: World) -> tuple[App, Obj]:
    app = world.choose("Deployment", "StatefulSet", fits=lambda each: each.served)
    return app, world.get("Service", app.namespace, app.name)


def _callers_say(world: World, app: App, lines: list[str]) -> None:
    for caller in world.apps:
        if app.name in caller.needs and caller.kind == "Deployment":
            for pod in world.pods(caller):
                world.log(pod, lines * 9)


@fault()
def service_selects_nothing(world: World) -> Expect:
    app, service = _served(world)
    wrong = f"{app.name}-{world.rng.choice(('v2', 'blue', 'svc'))}"
    service["spec"]["selector"] = {"app.kubernetes.io/name": wrong}
    _callers_say(
        world,
        app,
        [f"dial tcp {service['spec']['clusterIP']}:{app.port}: connect: connection refused"],
    )
    return Expect(subjects=(ref_of(service),), words=(wrong,))


@fault()
def service_selects_by_missing_label(world: World) -> Expect:
    """One label too many: the pods carry the name, not the tier."""
    _, service = _served(world)
    tier = world.rng.choice(("backend", "edge", "core"))
    service["spec"]["selector"]["tier"] = tier
    return Expect(subjects=(ref_of(service),), words=("tier", tier))


@fault()
def service_wrong_target_port(world: World) -> Expect:
    app, service = _served(world)
    wrong = app.port + world.rng.choice((1, 10, 1000))
    service["spec"]["ports"][0]["targetPort"] = wrong
    _callers_say(
        world,
        app,
        [f"dial tcp {service['spec']['clusterIP']}:{app.port}: connect: connection refused"],
    )
    return Expect(subjects=(ref_of(service),), words=(str(wrong), str(app.port)))


@fault()
def service_named_port_missing(world: World) -> Expect:
    _, service = _served(world)
    wrong = world.rng.choice(("web", "grpc-api", "metrics-port"))
    service["spec"]["ports"][0]["targetPort"] = wrong
    return Expect(subjects=(ref_of(service),), words=(wrong,))


@fault()
def service_wrong_protocol(world: World) -> Expect:
    app, service = _served(world)
    service["spec"]["ports"][0]["protocol"] = "UDP"
    _callers_say(
        world,
        app,
        [f"dial tcp {service['spec']['clusterIP']}:{app.port}: connect: connection refused"],
    )
    return Expect(subjects=(ref_of(service),), words=("UDP", "TCP"))


@fault(only_events=True)
def service_without_ready_endpoints(world: World) -> Expect:
    """All pods fail their readiness probe with 500; the Service suffers."""
    app = world.choose(
        fits=lambda each: each.probed and each.served and each.runtime not in {"redis", "postgres"}
    )
    probe_fails(
        world, app, world.pods(app), "HTTP probe failed with statuscode: 500", liveness=False
    )
    service = world.get("Service", app.namespace, app.name)
    return Expect(subjects=of_app(world, app, service), words=("500",))


def _ingress(world: World) -> tuple[App, Obj, Obj]:
    app = world.choose(fits=lambda each: bool(each.host))
    found = world.get("Ingress", app.namespace, app.name)
    return app, found, found["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]


@fault()
def ingress_service_missing(world: World) -> Expect:
    app, ingress, backend = _ingress(world)
    backend["name"] = f"{app.name}-{world.rng.choice(('svc', 'public', 'old'))}"
    return Expect(subjects=(ref_of(ingress),), words=(backend["name"],))


@fault()
def ingress_port_missing(world: World) -> Expect:
    app, ingress, backend = _ingress(world)
    port = app.port + 80
    backend["port"] = {"number": port}
    service = world.get("Service", app.namespace, app.name)
    return Expect(subjects=(ref_of(ingress), ref_of(service)), words=(str(port),))


@fault(decisive=["Secret"])
def ingress_tls_secret_missing(world: World) -> Expect:
    app, ingress, _ = _ingress(world)
    name = f"{app.name}-tls"
    world.remove("Secret", app.namespace, name)
    return Expect(subjects=(ref_of(ingress), ("Secret", app.namespace, name)), words=(name,))


@fault(decisive=["IngressClass"])
def ingress_class_missing(world: World) -> Expect:
    """The class has no controller here; the Ingress never gets an address."""
    _, ingress, _ = _ingress(world)
    wrong = world.rng.choice(("traefik", "alb-internal", "nginx-old"))
    ingress["spec"]["ingressClassName"] = wrong
    ingress["status"] = {"loadBalancer": {}}
    return Expect(subjects=(ref_of(ingress),), words=(wrong,))


@fault(decisive=["Namespace"], local=False)
def network_policy_between_namespaces(world: World) -> Expect:
    """Only pods of its own namespace may reach the app; a client in another one times out."""
    app = world.choose(fits=lambda each: each.served)
    name = world.rng.choice(("same-namespace-only", "restrict-ingress", "isolate"))
    policy = world.add(
        "NetworkPolicy",
        app.namespace,
        name,
        spec={
            "podSelector": {"matchLabels": dict(app.labels)},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {}}]}],
        },
    )
    namespace(world, "partner")
    client = App(
        name="partner-sync",
        namespace="partner",
        image="ghcr.io/acme/partner-sync:2.1.0",
        needs=(app.name,),
        served=False,
    )
    deploy(world, client)
    world.take(client)
    address = world.get("Service", app.namespace, app.name)["spec"]["clusterIP"]
    pods = world.pods(client)
    probe_fails(
        world,
        client,
        pods,
        "HTTP probe failed with statuscode: 503",
        liveness=False,
        lines=[
            (
                f'{{"level":"error","msg":"Get http://{app.address}:{app.port}: dial tcp '
                f'{address}:{app.port}: i/o timeout"}}'
            )
        ]
        * 12,
    )
    return Expect(subjects=(ref_of(policy), client.ref, *of_app(world, client)), words=(name,))


@fault()
def network_policy_denies_dns(world: World) -> Expect:
    app = world.choose(fits=lambda each: bool(each.needs) and each.probed)
    need = world.app(app.needs[0])
    name = world.rng.choice(("egress-only-to-backend", "lock-down", "egress-allow-list"))
    policy = world.add(
        "NetworkPolicy",
        app.namespace,
        name,
        spec={
            "podSelector": {"matchLabels": dict(app.labels)},
            "policyTypes": ["Egress"],
            "egress": [
                {
                    "to": [{"podSelector": {"matchLabels": dict(need.labels)}}],
                    "ports": [{"port": need.port, "protocol": "TCP"}],
                }
            ],
        },
    )
    said = (
        f"dial tcp: lookup {need.address} on 10.96.0.10:53: read udp "
        "10.244.1.7:41022->10.96.0.10:53: i/o timeout"
    )
    probe_fails(
        world,
        app,
        world.pods(app),
        "HTTP probe failed with statuscode: 503",
        liveness=False,
        lines=[f'{{"level":"error","msg":"{said}"}}'] * 12,
    )
    return Expect(subjects=of_app(world, app, policy), words=(name,))


@fault()
def network_policy_denies_ingress(world: World) -> Expect:
    """A policy that lets nobody in: a default deny without the rule that should go with it."""
    app = world.choose(fits=lambda each: bool(each.needs) and each.probed)
    need = world.app(app.needs[0])
    world.take(need)
    name = world.rng.choice(("default-deny", "deny-all", "zero-trust"))
    policy = world.add(
        "NetworkPolicy",
        need.namespace,
        name,
        spec={"podSelector": {"matchLabels": dict(need.labels)}, "policyTypes": ["Ingress"]},
    )
    said = f"dial tcp {need.address}:{need.port}: i/o timeout"
    probe_fails(
        world,
        app,
        world.pods(app),
        "HTTP probe failed with statuscode: 503",
        liveness=False,
        lines=[f'{{"level":"error","msg":"{said}"}}'] * 12,
    )
    return Expect(subjects=of_app(world, app, policy, need.ref), words=(name,))
