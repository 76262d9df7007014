"""Configuration that is not there."""

from generated.fault import Expect, fault, of_app
from generated.revise import revise
from generated.states import cannot_start, config_error, crash, stuck_creating
from generated.world import World
from holmes.triage.fields import Obj


def _env(spec: Obj) -> list[Obj]:
    found: list[Obj] = spec["containers"][0].setdefault("env", [])
    return found


def _mounted(spec: Obj, volume: Obj) -> None:
    spec.setdefault("volumes", []).append(volume)
    spec["containers"][0].setdefault("volumeMounts", []).append(
        {"name": volume["name"], "mountPath": f"/etc/{volume['name']}"}
    )


def _timed_out(world: World, volume: str) -> tuple[str, str]:
    """The kubelet's other event about a volume, in the words of this version."""
    if world.minor >= 28:
        said = (
            f"Unable to attach or mount volumes: unmounted volumes=[{volume}], "
            "unattached volumes=[], "
            "failed to process volumes=[]: context deadline exceeded"
        )
    elif world.minor >= 26:
        said = (
            f"Unable to attach or mount volumes: unmounted volumes=[{volume}], "
            "unattached volumes=[], "
            "failed to process volumes=[]: timed out waiting for the condition"
        )
    else:
        said = (
            f"Unable to attach or mount volumes: unmounted volumes=[{volume}], "
            f"unattached volumes=[{volume} "
            f"kube-api-access-{world.suffix()}]: timed out waiting for the condition"
        )
    return ("FailedMount", said)


@fault(decisive=["ConfigMap"])
def config_map_missing(world: World) -> Expect:
    app = world.choose()
    name = f"{app.name}-{world.rng.choice(('settings', 'env', 'flags'))}"
    pods = revise(
        world,
        app,
        lambda spec: spec["containers"][0].update(envFrom=[{"configMapRef": {"name": name}}]),
    )
    config_error(world, pods, f'configmap "{name}" not found')
    return Expect(subjects=of_app(world, app, ("ConfigMap", app.namespace, name)), words=(name,))


@fault(decisive=["ConfigMap"])
def config_map_key_missing(world: World) -> Expect:
    app = world.choose(fits=lambda each: each.config)
    key = world.rng.choice(("feature.flags", "db.url", "region", "queue.name"))
    pods = revise(
        world,
        app,
        lambda spec: _env(spec).append(
            {
                "name": "EXTRA",
                "valueFrom": {"configMapKeyRef": {"name": app.config_map, "key": key}},
            }
        ),
    )
    config_error(
        world, pods, f"couldn't find key {key} in ConfigMap {app.namespace}/{app.config_map}"
    )
    ref = ("ConfigMap", app.namespace, app.config_map)
    return Expect(subjects=of_app(world, app, ref), words=(key, app.config_map))


@fault(decisive=["Secret"])
def secret_missing(world: World) -> Expect:
    app = world.choose()
    name = f"{app.name}-{world.rng.choice(('api-token', 'tls-key', 'db-auth'))}"
    pods = revise(
        world,
        app,
        lambda spec: _env(spec).append(
            {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": name, "key": "token"}}}
        ),
    )
    config_error(world, pods, f'secret "{name}" not found')
    return Expect(subjects=of_app(world, app, ("Secret", app.namespace, name)), words=(name,))


@fault()
def secret_key_missing(world: World) -> Expect:
    app = world.choose("Deployment", "StatefulSet", fits=lambda each: each.secret)
    key = world.rng.choice(("username", "client-id", "signing.key"))
    pods = revise(
        world,
        app,
        lambda spec: _env(spec).append(
            {"name": "EXTRA", "valueFrom": {"secretKeyRef": {"name": app.secret_name, "key": key}}}
        ),
    )
    config_error(
        world, pods, f"couldn't find key {key} in Secret {app.namespace}/{app.secret_name}"
    )
    ref = ("Secret", app.namespace, app.secret_name)
    return Expect(subjects=of_app(world, app, ref), words=(key, app.secret_name))


@fault(decisive=["ConfigMap"])
def mounted_config_map_missing(world: World) -> Expect:
    app = world.choose("Deployment", "StatefulSet")
    name = f"{app.name}-{world.rng.choice(('templates', 'rules', 'nginx-conf'))}"
    volume: Obj = {"name": "files", "configMap": {"name": name, "defaultMode": 420}}
    pods = revise(
        world,
        app,
        lambda spec: _mounted(spec, volume),
    )
    stuck_creating(
        world,
        pods,
        "FailedMount",
        f'MountVolume.SetUp failed for volume "files" : configmap "{name}" not found',
        [_timed_out(world, "files")],
    )
    return Expect(subjects=of_app(world, app, ("ConfigMap", app.namespace, name)), words=(name,))


@fault(decisive=["Secret"])
def mounted_secret_missing(world: World) -> Expect:
    app = world.choose("Deployment", "DaemonSet", "StatefulSet")
    name = f"{app.name}-{world.rng.choice(('tls', 'keystore', 'kubeconfig'))}-v2"
    volume: Obj = {"name": "keys", "secret": {"secretName": name, "defaultMode": 420}}
    pods = revise(
        world,
        app,
        lambda spec: _mounted(spec, volume),
    )
    stuck_creating(
        world,
        pods,
        "FailedMount",
        f'MountVolume.SetUp failed for volume "keys" : secret "{name}" not found',
        [_timed_out(world, "keys")],
    )
    return Expect(subjects=of_app(world, app, ("Secret", app.namespace, name)), words=(name,))


@fault(decisive=["ConfigMap"])
def mounted_config_map_key_missing(world: World) -> Expect:
    app = world.choose(fits=lambda each: each.config)
    key = world.rng.choice(("logging.yaml", "routes.json", "app.properties"))
    pods = revise(
        world,
        app,
        lambda spec: _mounted(
            spec,
            {
                "name": "files",
                "configMap": {"name": app.config_map, "items": [{"key": key, "path": key}]},
            },
        ),
    )
    stuck_creating(
        world,
        pods,
        "FailedMount",
        (
            'MountVolume.SetUp failed for volume "files" : configmap references '
            "non-existent config key: "
            f"{key}"
        ),
        [_timed_out(world, "files")],
    )
    ref = ("ConfigMap", app.namespace, app.config_map)
    return Expect(subjects=of_app(world, app, ref), words=(key,))


@fault()
def mount_path_is_a_file(world: World) -> Expect:
    """A single file is mounted over a directory of the image."""
    app = world.choose(fits=lambda each: each.config)
    path = world.rng.choice(("/etc/nginx/nginx.conf", "/app/config/app.yaml"))
    pods = revise(
        world,
        app,
        lambda spec: spec["containers"][0]["volumeMounts"].append(
            {"name": "config", "mountPath": path, "subPath": "app.yaml"}
        ),
    )
    cannot_start(
        world,
        pods,
        (
            "failed to create containerd task: failed to create shim task: OCI "
            "runtime create failed: runc create "
            "failed: unable to start container process: error during container init: "
            "error mounting "
            f'"/var/lib/kubelet/pods/{pods[0]["metadata"]["uid"]}/volume-subpaths/config/app/1" '
            f'to rootfs at "{path}": '
            "not a directory: unknown: Are you trying to mount a directory onto a "
            "file (or vice-versa)?"
        ),
    )
    return Expect(subjects=of_app(world, app), words=(path,))


@fault()
def environment_variable_not_set(world: World) -> Expect:
    app = world.choose(
        "Deployment",
        "StatefulSet",
        fits=lambda each: each.runtime in {"go", "python", "node", "java"},
    )
    key = world.rng.choice(("DATABASE_URL", "STRIPE_API_KEY", "S3_BUCKET", "JWT_SECRET"))
    pods = revise(world, app, lambda _: None)
    lines = {
        "go": [f'{{"level":"fatal","msg":"missing required environment variable","key":"{key}"}}'],
        "python": [
            "Traceback (most recent call last):",
            '  File "/app/main.py", line 12, in <module>',
            f'    value = os.environ["{key}"]',
            f"KeyError: '{key}'",
        ],
        "node": ["/app/config.js:8", f"Error: {key} is not set"],
        "java": [
            f"java.lang.IllegalStateException: required environment variable {key} is not set"
        ],
    }[app.runtime]
    crash(world, app, pods, lines)
    return Expect(subjects=of_app(world, app), words=(key,))


@fault(decisive=["ConfigMap"])
def config_file_malformed(world: World) -> Expect:
    app = world.choose(fits=lambda each: each.config)
    line = world.rng.randrange(3, 40)
    pods = revise(world, app, lambda _: None)
    crash(
        world,
        app,
        pods,
        [
            (
                f"error: cannot parse /etc/app/app.yaml: yaml: line {line}: mapping values "
                "are not allowed in this context"
            )
        ],
        code=2,
    )
    ref = ("ConfigMap", app.namespace, app.config_map)
    return Expect(subjects=of_app(world, app, ref), words=("app.yaml", f"line {line}"))
