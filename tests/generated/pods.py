"""Pods: their spec, and their status while they run and when they have ended."""

from copy import deepcopy

from generated.objects import port_name
from generated.sayings import calm
from generated.world import App, World
from holmes.triage.fields import Obj, name_of, text

TOLERATIONS: list[Obj] = [
    {
        "key": f"node.kubernetes.io/{why}",
        "operator": "Exists",
        "effect": "NoExecute",
        "tolerationSeconds": 300,
    }
    for why in ("not-ready", "unreachable")
]


_RUNS_EVERYWHERE: list[Obj] = [{"operator": "Exists"}]


def _probes(app: App) -> Obj:
    if not app.probed:
        return {}
    timing = {
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }
    match app.runtime:
        case "postgres":
            how: Obj = {"exec": {"command": ["pg_isready", "-U", "postgres"]}}
        case "redis":
            how = {"tcpSocket": {"port": app.port}}
        case _:
            how = {"httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"}}
    return {
        "readinessProbe": {**how, **timing},
        "livenessProbe": {**deepcopy(how), "initialDelaySeconds": 15, **timing},
    }


def _env(world: World, app: App) -> list[Obj]:
    env: list[Obj] = []
    for need in app.needs:
        other = world.app(need)
        key = need.upper().replace("-", "_")
        if other.runtime in {"postgres", "redis"}:
            env += [
                {"name": f"{key}_HOST", "value": other.address},
                {"name": f"{key}_PORT", "value": str(other.port)},
            ]
        else:
            env.append({"name": f"{key}_URL", "value": f"http://{other.address}:{other.port}"})
    if app.config:
        env.append(
            {
                "name": "LOG_LEVEL",
                "valueFrom": {"configMapKeyRef": {"name": app.config_map, "key": "log.level"}},
            }
        )
    if app.secret:
        env.append(
            {
                "name": "APP_PASSWORD",
                "valueFrom": {"secretKeyRef": {"name": app.secret_name, "key": "password"}},
            }
        )
    return env


def pod_spec(world: World, app: App) -> Obj:
    container: Obj = {
        "name": app.name if world.rng.random() < 0.7 else "app",
        "image": app.image,
        "imagePullPolicy": "IfNotPresent",
        "resources": {
            "requests": {"cpu": f"{app.cpu}m", "memory": f"{app.memory // 2}Mi"},
            "limits": {"memory": f"{app.memory}Mi"},
        },
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        **_probes(app),
    }
    if app.port == 53:
        container["ports"] = [
            {"name": "dns", "containerPort": 53, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": 53, "protocol": "TCP"},
        ]
    elif app.port and app.kind != "CronJob":
        container["ports"] = [
            {"name": port_name(app), "containerPort": app.port, "protocol": "TCP"}
        ]
    if env := _env(world, app):
        container["env"] = env
    volumes, mounts = [], []
    if app.config:
        volumes.append(
            {"name": "config", "configMap": {"name": app.config_map, "defaultMode": 420}}
        )
        mounts.append({"name": "config", "mountPath": "/etc/app", "readOnly": True})
    if app.claim:
        claim = {"claimName": f"{app.name}-data"}
        if app.kind != "StatefulSet":
            volumes.append({"name": "data", "persistentVolumeClaim": claim})
        mounts.append({"name": "data", "mountPath": "/var/lib/data"})
    if mounts:
        container["volumeMounts"] = mounts
    return {
        "containers": [container],
        **({"volumes": volumes} if volumes else {}),
        "restartPolicy": "Never" if app.kind == "CronJob" else "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "default",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "tolerations": deepcopy(_RUNS_EVERYWHERE if app.everywhere else []),
    }


def conditions(world: World, *, ready: bool, age: float) -> list[Obj]:
    """The conditions of a pod that is on a node."""
    unready = {} if ready else {"reason": "ContainersNotReady"}
    kinds: list[Obj] = [
        {"type": "Initialized", "status": "True"},
        {"type": "Ready", "status": str(ready), **unready},
        {"type": "ContainersReady", "status": str(ready), **unready},
        {"type": "PodScheduled", "status": "True"},
    ]
    if world.minor >= 29:
        kinds.insert(0, {"type": "PodReadyToStartContainers", "status": "True"})
    return [{**each, "lastProbeTime": None, "lastTransitionTime": world.ago(age)} for each in kinds]


def new_pod(world: World, owner: Obj, template: Obj, name: str, *, age: float, on: str = "") -> Obj:
    """A pod that runs and is ready, with a log."""
    spec = deepcopy(template["spec"])
    if spec["tolerations"] == []:
        spec["tolerations"] = deepcopy(TOLERATIONS)
    spec["nodeName"] = on or name_of(world.rng.choice(world.nodes()))
    node_ip = world.get("Node", "", spec["nodeName"])["status"]["addresses"][0]["address"]
    own = template["metadata"].get("labels", {})
    ip = world.pod_address()
    pod = world.add(
        "Pod",
        text(owner, "metadata", "namespace"),
        name,
        metadata={
            "labels": dict(own),
            "creationTimestamp": world.ago(age),
            "ownerReferences": [owned_by(owner)],
        },
        spec=spec,
        status={
            "phase": "Running",
            "qosClass": "Burstable",
            "hostIP": node_ip,
            "podIP": ip,
            "podIPs": [{"ip": ip}],
            "startTime": world.ago(age),
            "conditions": conditions(world, ready=True, age=age),
            "containerStatuses": [
                {
                    "name": each["name"],
                    "image": each["image"],
                    "ready": True,
                    "started": True,
                    "imageID": _digest(world, each["image"]),
                    "containerID": f"containerd://{world.rng.getrandbits(255):064x}",
                    "restartCount": 0,
                    "lastState": {},
                    "state": {"running": {"startedAt": world.ago(age)}},
                }
                for each in spec["containers"]
            ],
        },
    )
    app = next((each for each in world.apps if each.labels.items() <= own.items()), None)
    if app:
        world.log(pod, calm(world.rng, app.runtime))
    return pod


def _digest(world: World, image: str) -> str:
    return f"{image.partition(':')[0]}@sha256:{world.rng.getrandbits(255):064x}"


def owned_by(owner: Obj) -> Obj:
    api = {"Job": "batch/v1", "CronJob": "batch/v1"}.get(owner["kind"], "apps/v1")
    return {
        "apiVersion": api,
        "kind": owner["kind"],
        "name": name_of(owner),
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def end_pod(world: World, pod: Obj, *, code: int, reason: str, began: float, ended: float) -> None:
    """Let every container of a pod end for good."""
    pod["status"]["phase"] = "Failed" if code else "Succeeded"
    pod["status"]["conditions"] = conditions(world, ready=False, age=ended)
    for each in pod["status"]["conditions"]:
        if each["type"] in {"Ready", "ContainersReady"}:
            each["reason"] = "PodFailed" if code else "PodCompleted"
    for each in pod["status"]["containerStatuses"]:
        each |= {
            "ready": False,
            "started": False,
            "state": {
                "terminated": {
                    "exitCode": code,
                    "reason": reason,
                    "startedAt": world.ago(began),
                    "finishedAt": world.ago(ended),
                    "containerID": each["containerID"],
                }
            },
        }
