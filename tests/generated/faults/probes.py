"""Probes that ask the wrong thing, or too soon."""

from generated.fault import Expect, fault, of_app
from generated.revise import revise
from generated.sayings import calm
from generated.states import probe_fails
from generated.world import App, World
from holmes.triage.fields import Obj

_PROBE = "probe|readinessProbe|livenessProbe|startupProbe"
_WEB = ("go", "java", "python", "node", "nginx")


def _web(world: World) -> App:
    return world.choose(fits=lambda each: each.runtime in _WEB and each.probed)


def _probe(spec: Obj, *, liveness: bool) -> Obj:
    found: Obj = spec["containers"][0]["livenessProbe" if liveness else "readinessProbe"]
    return found


@fault()
def readiness_probe_wrong_port(world: World) -> Expect:
    return _wrong_port(world, liveness=False)


@fault()
def liveness_probe_wrong_port(world: World) -> Expect:
    """The program runs well and is killed for it: exit 137 or 143."""
    return _wrong_port(world, liveness=True)


def _wrong_port(world: World, *, liveness: bool) -> Expect:
    app = _web(world)
    port = world.rng.choice((9999, 8181, 8888, 18080))
    pods = revise(
        world, app, lambda spec: _probe(spec, liveness=liveness)["httpGet"].update(port=port)
    )
    probe_fails(
        world,
        app,
        pods,
        f'Get "http://IP:{port}/healthz": dial tcp IP:{port}: connect: connection refused',
        liveness=liveness,
        code=world.rng.choice((137, 143)),
        lines=calm(world.rng, app.runtime),
    )
    return Expect(subjects=of_app(world, app), words=(str(port), _PROBE))


@fault(only_events=True)
def readiness_probe_wrong_path(world: World) -> Expect:
    app = _web(world)
    path = world.rng.choice(("/health-check", "/readyz2", "/actuator/healthy"))
    pods = revise(
        world, app, lambda spec: _probe(spec, liveness=False)["httpGet"].update(path=path)
    )
    probe_fails(world, app, pods, "HTTP probe failed with statuscode: 404", liveness=False)
    return Expect(subjects=of_app(world, app), words=(path, "404"))


@fault(only_events=True)
def liveness_probe_wrong_path(world: World) -> Expect:
    app = _web(world)
    path = world.rng.choice(("/livez/old", "/ping", "/status/live"))
    pods = revise(world, app, lambda spec: _probe(spec, liveness=True)["httpGet"].update(path=path))
    probe_fails(
        world,
        app,
        pods,
        "HTTP probe failed with statuscode: 404",
        liveness=True,
        lines=calm(world.rng, app.runtime),
        code=143,
    )
    return Expect(subjects=of_app(world, app), words=(path, "404"))


@fault(only_events=True)
def readiness_probe_https_to_http(world: World) -> Expect:
    app = _web(world)
    pods = revise(
        world, app, lambda spec: _probe(spec, liveness=False)["httpGet"].update(scheme="HTTPS")
    )
    probe_fails(
        world,
        app,
        pods,
        (f'Get "https://IP:{app.port}/healthz": http: server gave HTTP response to HTTPS client'),
        liveness=False,
    )
    return Expect(subjects=of_app(world, app), words=("HTTPS", "HTTP"))


@fault()
def readiness_probe_http_to_tls(world: World) -> Expect:
    app = _web(world)
    pods = revise(world, app, lambda _: None)
    said = (
        "http: TLS handshake error from 10.244.0.1:53010: client sent an HTTP "
        "request to an HTTPS server"
    )
    probe_fails(
        world,
        app,
        pods,
        "HTTP probe failed with statuscode: 400",
        liveness=False,
        lines=[f"2026/03/02 10:00:0{number} {said}" for number in range(9)],
    )
    return Expect(subjects=of_app(world, app), words=("HTTPS|TLS", _PROBE))


@fault()
def grpc_probe_wrong_port(world: World) -> Expect:
    app = _web(world)
    port = world.rng.choice((9091, 50052, 6565))

    def change(spec: Obj) -> None:
        probe = _probe(spec, liveness=False)
        del probe["httpGet"]
        probe["grpc"] = {"port": port, "service": ""}

    pods = revise(world, app, change)
    probe_fails(
        world,
        app,
        pods,
        f'timeout: failed to connect service "IP:{port}" within 1s: context deadline exceeded',
        liveness=False,
    )
    return Expect(subjects=of_app(world, app), words=(str(port), _PROBE))


@fault()
def liveness_probe_too_soon(world: World) -> Expect:
    """The program needs two minutes to start and is killed after 25 seconds."""
    app = _web(world)
    pods = revise(
        world,
        app,
        lambda spec: _probe(spec, liveness=True).update(
            initialDelaySeconds=5, periodSeconds=10, failureThreshold=2
        ),
    )
    probe_fails(
        world,
        app,
        pods,
        f'Get "http://IP:{app.port}/healthz": dial tcp IP:{app.port}: connect: connection refused',
        liveness=True,
        code=137,
        lines=[
            "loading 1,204,112 rows into the index, this takes about 2 minutes",
            "index: 4 % done",
            "index: 9 % done",
            "index: 14 % done",
        ],
    )
    return Expect(
        subjects=of_app(world, app),
        words=(
            _PROBE,
            "initialDelaySeconds|startupProbe|start-up|startup|starts|start|too soon|too early",
        ),
    )


@fault()
def startup_probe_too_short(world: World) -> Expect:
    app = _web(world)
    probe = {
        "httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"},
        "periodSeconds": 5,
        "failureThreshold": 3,
        "timeoutSeconds": 1,
    }
    pods = revise(world, app, lambda spec: spec["containers"][0].update(startupProbe=probe))
    probe_fails(
        world,
        app,
        pods,
        f'Get "http://IP:{app.port}/healthz": dial tcp IP:{app.port}: connect: connection refused',
        liveness=True,
        probe="Startup",
        code=137,
        lines=["warming caches", "warming caches: 11 %", "warming caches: 17 %"],
    )
    return Expect(subjects=of_app(world, app), words=("startup|startupProbe|start-up", _PROBE))


@fault(only_events=True)
def probe_timeout_too_short(world: World) -> Expect:
    app = _web(world)
    pods = revise(world, app, lambda _: None)
    probe_fails(
        world,
        app,
        pods,
        (
            f'Get "http://IP:{app.port}/healthz": context deadline exceeded '
            "(Client.Timeout exceeded while awaiting headers)"
        ),
        liveness=False,
        lines=["GET /healthz 200 in 2213 ms", "GET /healthz 200 in 1984 ms"] * 5,
    )
    return Expect(
        subjects=of_app(world, app), words=(_PROBE, "timeout|timeoutSeconds|timed out|1s|1 s")
    )


@fault(only_events=True)
def probe_command_missing(world: World) -> Expect:
    app = _web(world)
    command = world.rng.choice(("/bin/grpc_health_probe", "curl", "/app/healthcheck.sh"))

    def change(spec: Obj) -> None:
        probe = _probe(spec, liveness=False)
        del probe["httpGet"]
        probe["exec"] = {"command": [command, "-s", "localhost"]}

    pods = revise(world, app, change)
    why = (
        f"stat {command}: no such file or directory"
        if "/" in command
        else ("executable file not found in $PATH")
    )
    said = (
        "rpc error: code = Unknown desc = failed to exec in container: failed to start exec "
        f'"{world.rng.getrandbits(255):064x}": OCI runtime exec failed: exec failed: '
        "unable to start container "
        f'process: exec: "{command}": {why}: unknown'
    )
    probe_fails(world, app, pods, said, liveness=False)
    errored = "errored and resulted in unknown state" if world.minor >= 33 else "errored"
    for event in world.all("Event", app.namespace):
        event["message"] = event["message"].replace(
            "Readiness probe failed: rpc", f"Readiness probe {errored}: rpc"
        )
    return Expect(subjects=of_app(world, app), words=(command, _PROBE))


@fault(only_events=True)
def not_ready_503(world: World) -> Expect:
    """The program says itself that it is not ready, and its log says why."""
    app = _web(world)
    why = world.rng.choice(
        ("migration 0042 pending", "licence server unreachable", "no leader elected")
    )
    pods = revise(world, app, lambda _: None, everywhere=True)
    probe_fails(
        world,
        app,
        pods,
        "HTTP probe failed with statuscode: 503",
        liveness=False,
        lines=[f'level=error msg="not ready: {why}"'] * 12,
    )
    return Expect(subjects=of_app(world, app), words=(f"503|{why}",))


@fault()
def cpu_limit_throttles(world: World) -> Expect:
    """A tiny CPU limit makes every answer late: probes time out, and nothing else is wrong."""
    app = _web(world)
    limit = world.rng.choice(("2m", "5m", "10m"))
    pods = revise(
        world,
        app,
        lambda spec: spec["containers"][0]["resources"].update(
            limits={"cpu": limit, "memory": "512Mi"}, requests={"cpu": limit, "memory": "64Mi"}
        ),
    )
    probe_fails(
        world,
        app,
        pods,
        (
            f'Get "http://IP:{app.port}/healthz": context deadline exceeded '
            "(Client.Timeout exceeded while awaiting headers)"
        ),
        liveness=world.rng.random() < 0.5,
        lines=["starting"],
        code=137,
    )
    for pod in pods:
        usage = {"cpu": limit, "memory": "41Mi"}
        if "running" in pod["status"]["containerStatuses"][0]["state"]:
            world.add(
                "PodMetrics",
                app.namespace,
                pod["metadata"]["name"],
                timestamp=world.ago(0.5),
                window="15s",
                containers=[{"name": pod["spec"]["containers"][0]["name"], "usage": usage}],
            )
    return Expect(subjects=of_app(world, app), words=("cpu", limit))
