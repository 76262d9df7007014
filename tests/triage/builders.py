"""Objects as a real API server lists them, cut down to the fields that matter (seen on 1.36)."""

from collections.abc import Mapping, Sequence

from holmes.core.finding import Finding
from holmes.triage.fields import Obj
from holmes.triage.logs import LogBook, LogRequest
from holmes.triage.objects import ObjectSet
from holmes.triage.run import checks, triage

NAMESPACE = "shop"
START = "2026-11-24T16:00:00Z"
NOW = "2026-11-24T16:20:00Z"
RUNNING: Obj = {"running": {"startedAt": START}}


def metadata(name: str, **more: object) -> Obj:
    return {"name": name, "namespace": NAMESPACE, "uid": f"uid-{name}", "creationTimestamp": START,
            **more}  # fmt: skip


def owned_by(kind: str, name: str) -> list[Obj]:
    return [{"kind": kind, "name": name, "uid": f"uid-{name}", "controller": True}]


def container(name: str = "app", **spec: object) -> Obj:
    return {"name": name, "image": "registry.test/app:1", **spec}


def status(name: str = "app", *, ready: bool = False, **more: object) -> Obj:
    return {"name": name, "ready": ready, "restartCount": 0, "state": RUNNING,
            "containerID": f"containerd://{name}", "started": True, **more}  # fmt: skip


def waiting(reason: str, message: str = "") -> Obj:
    return {"waiting": {"reason": reason, "message": message}}


def terminated(code: int, reason: str = "Error", **more: object) -> Obj:
    return {"terminated": {"exitCode": code, "reason": reason, "startedAt": START,
                           "finishedAt": NOW, **more}}  # fmt: skip


def pod(
    name: str = "web-7d9f-abcde",
    *,
    ready: bool = False,
    phase: str = "Running",
    owner: list[Obj] | None = None,
    labels: Mapping[str, str] | None = None,
    spec: Obj | None = None,
    about: Obj | None = None,
    **fields: object,
) -> Obj:
    """A pod of Deployment `web` (by ReplicaSet `web-7d9f`) with one running container `app`."""
    owners = owned_by("ReplicaSet", "web-7d9f") if owner is None else owner
    return {
        "kind": "Pod",
        "metadata": metadata(name, ownerReferences=owners, labels=dict(labels or {"app": "web"}),
                             **(about or {})),
        "spec": {"nodeName": "node-1", "containers": [container()], **(spec or {})},
        "status": {
            "phase": phase,
            "podIP": "10.0.0.9",
            "conditions": [{"type": "Ready", "status": str(ready), "lastTransitionTime": NOW}],
            "containerStatuses": [status(ready=ready)],
            **fields,
        },
    }  # fmt: skip


def replica_set(
    name: str = "web-7d9f",
    *,
    replicas: int = 1,
    about: Obj | None = None,
    spec: Obj | None = None,
    **more: object,
) -> Obj:
    return {
        "kind": "ReplicaSet",
        "metadata": metadata(name, ownerReferences=owned_by("Deployment", "web"),
                             **(about or {})),
        "spec": {"replicas": replicas, **(spec or {})},
        "status": {"replicas": replicas, **more},
    }  # fmt: skip


def deployment(
    name: str = "web", *, replicas: int = 1, template: Obj | None = None, **fields: object
) -> Obj:
    return {
        "kind": "Deployment",
        "metadata": metadata(name),
        "spec": {"replicas": replicas, "template": template or {}},
        "status": fields,
    }


def service(
    name: str = "web",
    *,
    selector: Mapping[str, str] | None = None,
    ports: Sequence[Obj] = ({"port": 80, "targetPort": 8080},),
    **spec: object,
) -> Obj:
    return {
        "kind": "Service",
        "metadata": metadata(name),
        "spec": {"selector": dict(selector or {"app": "web"}), "ports": [*ports], **spec},
    }


def node(
    name: str = "node-1",
    *,
    ready: str = "True",
    labels: Obj | None = None,
    spec: Obj | None = None,
    conditions: Sequence[Obj] = (),
    **more: object,
) -> Obj:
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": spec or {},
        "status": {
            "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"},
            "conditions": [
                {"type": "Ready", "status": ready, "reason": "KubeletReady",
                 "message": "kubelet is posting ready status", "lastTransitionTime": START,
                 "lastHeartbeatTime": NOW},
                *conditions,
            ],
            **more,
        },
    }  # fmt: skip


def event(reason: str, message: str, *, kind: str = "Pod", name: str = "web-7d9f-abcde",
          field: str = "", count: int = 9, type_: str = "Warning") -> Obj:  # fmt: skip
    namespace = "" if kind == "Node" else NAMESPACE
    return {
        "kind": "Event",
        "metadata": metadata(f"{name}.{reason}"),
        "involvedObject": {"kind": kind, "namespace": namespace, "name": name, "fieldPath": field},
        "type": type_,
        "reason": reason,
        "message": message,
        "count": count,
        "lastTimestamp": NOW,
    }


def config_map(name: str, **data: str) -> Obj:
    return {"kind": "ConfigMap", "metadata": metadata(name), "data": data}


def obj(kind: str, name: str, **fields: object) -> Obj:
    """Any other object of the namespace."""
    return {"kind": kind, "metadata": metadata(name), **fields}


ALL_KINDS = frozenset({
    "Pod", "Event", "Service", "ConfigMap", "Secret", "ServiceAccount", "StorageClass",
    "RoleBinding", "Deployment", "ReplicaSet", "PersistentVolumeClaim", "Node",
})  # fmt: skip


def object_set(objects: Sequence[Obj], *, scope: str = "") -> ObjectSet:
    """With a healthy node, so that the cluster has a clock."""
    nodes = [] if any(each["kind"] == "Node" for each in objects) else [node()]
    kinds = ALL_KINDS | {each["kind"] for each in objects}
    return ObjectSet([*nodes, *objects], kinds, scope=scope)


def log_book(logs: Mapping[str, str], *, previous: bool = False) -> LogBook:
    """Logs by pod (container `app`) or `pod/container`."""
    book = LogBook()
    for key, text in logs.items():
        name, _, of = key.partition("/")
        request = LogRequest(
            namespace=NAMESPACE, pod=name, container=of or "app", previous=previous
        )
        book.add(request, text.splitlines())
    return book


def found_by(
    check: str, *objects: Obj, logs: Mapping[str, str] | None = None, previous: bool = False
) -> list[Finding]:
    """What one check finds."""
    module = next(each for each in checks() if each.__name__.rpartition(".")[2] == check)
    return list(module.find(object_set(objects), log_book(logs or {}, previous=previous)))


def found(*objects: Obj, logs: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """What all checks find, ranked."""
    return triage(object_set(objects), log_book(logs or {}))
