"""Containers that end, and why."""

from generated.fault import Expect, fault, of_app, ref_of
from generated.revise import revise
from generated.states import cannot_start, crash, stuck_creating
from generated.world import App, World
from holmes.triage.fields import Obj, text


def _calls(app: App) -> bool:
    return bool(app.needs)


def _setting(world: World, app: App) -> tuple[str, App]:
    """The environment variable that leads an app to another one."""
    need = world.app(world.rng.choice(app.needs))
    key = need.name.upper().replace("-", "_")
    return (f"{key}_HOST" if need.runtime in {"postgres", "redis"} else f"{key}_URL"), need


def _point(spec: Obj, key: str, value: str) -> None:
    for each in spec["containers"][0]["env"]:
        if each["name"] == key:
            each["value"] = value


@fault()
def application_error(world: World) -> Expect:
    app = world.choose(fits=lambda each: each.runtime in {"python", "java", "go", "node"})
    table = world.rng.choice(("orders", "tenants", "audit_log"))
    pods = revise(world, app, lambda _: None)
    said = {
        "python": f'psycopg2.errors.UndefinedTable: relation "{table}" does not exist',
        "java": (
            "Caused by: org.postgresql.util.PSQLException: ERROR: relation "
            f'"{table}" does not exist'
        ),
        "go": f'panic: migrate: relation "{table}" does not exist',
        "node": f'error: relation "{table}" does not exist',
    }[app.runtime]
    crash(world, app, pods, [said], code=2 if app.runtime == "go" else 1)
    return Expect(subjects=of_app(world, app), words=(table, "does not exist"))


@fault()
def error_buried_by_shutdown(world: World) -> Expect:
    """The error is followed by forty lines of debug output while the program shuts down."""
    app = world.choose(fits=lambda each: each.runtime in {"python", "java", "go", "node"})
    volume = world.rng.choice(("licence", "license-2025", "tenant-key"))
    pods = revise(world, app, lambda _: None)
    after = [f"DEBUG shutdown: closing pool {number}, no error so far" for number in range(40)]
    crash(
        world,
        app,
        pods,
        [f"FATAL {volume} expired on 2026-01-31, refusing to start", *after],
        code=3,
    )
    return Expect(subjects=of_app(world, app), words=(volume, "expired"))


@fault()
def command_not_found(world: World) -> Expect:
    app = world.choose("Deployment", "DaemonSet")
    command = world.rng.choice(("serve", "/app/run.sh", "gunicron", "pyhton"))
    pods = revise(world, app, lambda spec: spec["containers"][0].update(command=[command]))
    why = (
        f"stat {command}: no such file or directory"
        if "/" in command
        else ("executable file not found in $PATH")
    )
    init = "" if world.minor < 32 else "error during container init: "
    cannot_start(
        world,
        pods,
        (
            "failed to create containerd task: failed to create shim task: OCI "
            "runtime create failed: runc create "
            f'failed: unable to start container process: {init}exec: "{command}": {why}: unknown'
        ),
    )
    return Expect(subjects=of_app(world, app), words=(command,))


@fault()
def wrong_argument(world: World) -> Expect:
    app = (
        world.choose(fits=lambda each: each.runtime == "go")
        if any(
            each.runtime == "go" and each.kind == "Deployment" and not each.system
            for each in world.apps
        )
        else world.choose()
    )
    flag = world.rng.choice(("listen-adress", "enable-tracing2", "max-conns"))
    pods = revise(world, app, lambda spec: spec["containers"][0].update(args=[f"--{flag}=1"]))
    crash(
        world,
        app,
        pods,
        [
            f"flag provided but not defined: -{flag}",
            "Usage of /app/server:",
            "  -config string",
            "        path of the configuration",
            "  -port int",
            "        port to listen on (default 8080)",
        ],
        code=2,
    )
    return Expect(subjects=of_app(world, app), words=(f"-{flag}|--{flag}",))


@fault()
def permission_denied(world: World) -> Expect:
    app = world.choose("Deployment", "StatefulSet")
    path = world.rng.choice(("/var/lib/data/db.lock", "/data/journal", "/var/log/app/out.log"))
    pods = revise(
        world,
        app,
        lambda spec: spec["containers"][0].update(
            securityContext={"runAsUser": 1001, "runAsNonRoot": True}
        ),
    )
    crash(world, app, pods, [f"fatal: open {path}: permission denied"])
    return Expect(subjects=of_app(world, app), words=(path, "permission denied"))


@fault()
def read_only_filesystem(world: World) -> Expect:
    app = world.choose()
    path = world.rng.choice(("/tmp/cache", "/var/cache/nginx/client_temp", "/app/run/app.pid"))  # noqa: S108
    pods = revise(
        world,
        app,
        lambda spec: spec["containers"][0].update(securityContext={"readOnlyRootFilesystem": True}),
    )
    crash(world, app, pods, [f'mkdir() "{path}" failed (30: Read-only file system)'])
    return Expect(subjects=of_app(world, app), words=(path, "read-only|readOnlyRootFilesystem"))


@fault()
def port_below_1024(world: World) -> Expect:
    app = world.choose()
    pods = revise(
        world,
        app,
        lambda spec: spec["containers"][0].update(
            securityContext={"runAsUser": 1000, "capabilities": {"drop": ["ALL"]}}
        ),
    )
    crash(world, app, pods, ["bind() to 0.0.0.0:80 failed (13: Permission denied)"])
    return Expect(subjects=of_app(world, app), words=("0.0.0.0:80", "permission denied"))


@fault()
def out_of_memory_by_limit(world: World) -> Expect:
    app = world.choose("Deployment", "StatefulSet")
    limit = world.rng.choice((48, 64, 96, 128))
    pods = revise(
        world,
        app,
        lambda spec: spec["containers"][0]["resources"].update(
            limits={"memory": f"{limit}Mi"}, requests={"memory": f"{limit}Mi"}
        ),
    )
    crash(world, app, pods, [], code=137, reason="OOMKilled", ran=0.5)
    return Expect(subjects=of_app(world, app), words=(f"{limit}Mi", "memory|OOMKilled|OOM"))


@fault(decisive=["Node"])
def out_of_memory_of_the_node(world: World) -> Expect:
    """No limit on the container; the kernel kills it as the node has no memory left."""
    app = world.choose("Deployment", "StatefulSet")
    pods = revise(world, app, lambda spec: spec["containers"][0].update(resources={}))
    crash(world, app, pods, [], code=137, reason="OOMKilled", ran=8)
    names = {text(pod, "spec", "nodeName") for pod in pods}
    nodes = [world.get("Node", "", name) for name in sorted(names)]
    for each in nodes:
        world.event(
            each,
            "SystemOOM",
            f"System OOM encountered, victim process: app, pid: {world.rng.randrange(9999)}",
        )
        for condition in each["status"]["conditions"]:
            if condition["type"] == "MemoryPressure":
                condition |= {
                    "status": "True",
                    "reason": "KubeletHasInsufficientMemory",
                    "message": "kubelet has insufficient memory available",
                    "lastTransitionTime": world.ago(2),
                }
    return Expect(subjects=of_app(world, app, *map(ref_of, nodes)), words=("memory|OOM", "node"))


@fault(only_events=True)
def memory_limit_below_the_runtime(world: World) -> Expect:
    """So little that not even the sandbox starts: nothing but its events tells."""
    app = world.choose()
    limit = world.rng.choice(("1Mi", "2Mi", "4Mi"))
    pods = revise(
        world,
        app,
        lambda spec: spec["containers"][0]["resources"].update(
            limits={"memory": limit}, requests={"memory": limit}
        ),
    )
    stuck_creating(
        world,
        pods,
        "FailedCreatePodSandBox",
        (
            "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to "
            "start sandbox "
            f'"{world.rng.getrandbits(255):064x}": failed to create containerd task: '
            "failed to create shim task: "
            "OCI runtime create failed: runc create failed: unable to start container "
            "process: container init was "
            "OOM-killed (memory limit too low?): unknown"
        ),
    )
    return Expect(subjects=of_app(world, app), words=("memory", limit))


@fault()
def memory_limit_below_the_program(world: World) -> Expect:
    """The runtime's own start is killed: StartError, and the kernel's guess."""
    app = world.choose()
    limit = world.rng.choice(("6Mi", "8Mi"))
    pods = revise(
        world,
        app,
        lambda spec: spec["containers"][0]["resources"].update(
            limits={"memory": limit}, requests={"memory": limit}
        ),
    )
    cannot_start(
        world,
        pods,
        (
            "failed to create containerd task: failed to create shim task: OCI "
            "runtime create failed: runc create "
            "failed: unable to start container process: container init was OOM-killed "
            "(memory limit too low?): unknown"
        ),
    )
    return Expect(subjects=of_app(world, app), words=("memory", limit))


@fault()
def dependency_host_does_not_resolve(world: World) -> Expect:
    """The address in an environment variable has a typing error."""
    app = world.choose(fits=_calls)
    key, need = _setting(world, app)
    wrong = f"{need.name}s.{need.namespace}.svc.cluster.local"
    value = wrong if key.endswith("_HOST") else f"http://{wrong}:{need.port}"
    pods = revise(world, app, lambda spec: _point(spec, key, value))
    said = {
        "python": [
            f'could not translate host name "{wrong}" to address: Name or service not known'
        ],
        "node": [f"Error: getaddrinfo ENOTFOUND {wrong}"],
        "java": [f"Caused by: java.net.UnknownHostException: {wrong}"],
        "nginx": [
            (
                f'nginx: [emerg] host not found in upstream "{wrong}" in '
                "/etc/nginx/conf.d/default.conf:7"
            )
        ],
    }.get(
        app.runtime,
        [f'{{"level":"fatal","msg":"dial tcp: lookup {wrong} on 10.96.0.10:53: no such host"}}'],
    )
    crash(world, app, pods, said)
    return Expect(subjects=of_app(world, app), words=(wrong,))


@fault()
def dependency_on_the_wrong_port(world: World) -> Expect:
    """The address in an environment variable has a port that the Service does not have."""
    app = (
        world.choose(
            fits=lambda each: any(
                world.app(need).runtime not in {"postgres", "redis"} for need in each.needs
            )
        )
        if any(
            each.kind == "Deployment"
            and any(world.app(need).runtime not in {"postgres", "redis"} for need in each.needs)
            for each in world.apps
        )
        else world.choose(fits=_calls)
    )
    need = next(
        (
            world.app(each)
            for each in app.needs
            if world.app(each).runtime not in {"postgres", "redis"}
        ),
        world.app(app.needs[0]),
    )
    key = need.name.upper().replace("-", "_")
    port = need.port + 1
    host = f"{need.address}:{port}"
    variable = f"{key}_PORT" if need.runtime in {"postgres", "redis"} else f"{key}_URL"
    value = str(port) if variable.endswith("_PORT") else f"http://{host}"
    pods = revise(world, app, lambda spec: _point(spec, variable, value))
    address = text(world.get("Service", need.namespace, need.name), "spec", "clusterIP")
    shown = f"{address}:{port}" if address != "None" else host
    said = {
        "python": [
            f'connection to server at "{need.address}", port {port} failed: Connection refused'
        ],
        "node": [f"Error: connect ECONNREFUSED {shown}"],
        "java": [f"Caused by: java.net.ConnectException: Connection refused: {host}"],
    }.get(
        app.runtime,
        [f'{{"level":"fatal","msg":"Get {host}: dial tcp {shown}: connect: connection refused"}}'],
    )
    crash(world, app, pods, said)
    return Expect(
        subjects=of_app(world, app, ("Service", need.namespace, need.name)), words=(str(port),)
    )


@fault()
def dependency_down(world: World) -> Expect:
    """The thing that is called crashes; its callers say so in their logs."""
    app = world.choose(fits=_calls)
    need = world.app(world.rng.choice(app.needs))
    world.take(need)
    why = world.rng.choice(
        (
            "could not open file pg_control: No such file or directory",
            "Fatal error: data directory was written by an incompatible version",
        )
    )
    broken = revise(world, need, lambda _: None, everywhere=True)
    crash(world, need, broken, [f"FATAL: {why}"])
    for pod in world.pods(app):
        world.log(
            pod, [f"error: connect to {need.address}:{need.port}: connection refused, retrying"] * 9
        )
    return Expect(subjects=of_app(world, need), words=(why,))


@fault()
def forbidden_by_rbac(world: World) -> Expect:
    app = world.choose("Deployment", "DaemonSet")
    resource, verb = world.rng.choice(
        (("pods", "list"), ("configmaps", "watch"), ("leases", "create"))
    )
    pods = revise(world, app, lambda _: None)
    group = "coordination.k8s.io" if resource == "leases" else ""
    crash(
        world,
        app,
        pods,
        [
            (
                f"{resource} is forbidden: User "
                f'"system:serviceaccount:{app.namespace}:default" cannot {verb} resource '
                f'"{resource}" in API group "{group}" in the namespace "{app.namespace}"'
            )
        ],
    )
    account = ("ServiceAccount", app.namespace, "default")
    return Expect(subjects=of_app(world, app, account), words=(verb, resource, "default"))


@fault()
def certificate_expired(world: World) -> Expect:
    app = world.choose(fits=_calls)
    need = world.app(world.rng.choice(app.needs))
    ended = world.ago(60 * 24)
    pods = revise(world, app, lambda _: None)
    crash(
        world,
        app,
        pods,
        [
            (
                f'error: Post "https://{need.address}:{need.port}/v1": tls: failed to '
                "verify certificate: x509: certificate "
                f"has expired or is not yet valid: current time {world.ago(1)} is after {ended}"
            )
        ],
    )
    return Expect(
        subjects=of_app(world, app, ("Service", need.namespace, need.name), need.ref),
        words=("expired",),
    )
