"""A snapshot in which every injection lies where its carrier says."""

import json
import shutil
from pathlib import Path
from typing import Any

from holmes.demo import CLUSTER
from holmes.snapshot.folder import list_path, log_path
from injection.payloads import INJECTIONS, Injection

_TIME = "2026-11-24T16:00:00Z"


def write(folder: Path) -> Path:
    """The packaged cluster without its namespaces' contents, and one namespace full of traps."""
    shutil.copytree(CLUSTER, folder, ignore=shutil.ignore_patterns("namespaces"))
    _write(folder, "namespaces", "", [_object("v1", "Namespace", "traps", namespace="")])
    _write(folder, "pods", "traps", [_pod(one) for one in INJECTIONS])
    _write(folder, "events", "traps", [_event(one) for one in INJECTIONS if one.carrier == "event"])
    maps = [
        {**_object("v1", "ConfigMap", one.pod), "data": {"app.conf": one.text}}
        for one in INJECTIONS
        if one.carrier == "configmap"
    ]
    _write(folder, "configmaps", "traps", maps)
    for one in INJECTIONS:
        path = log_path(folder, "traps", one.pod, "app")
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = one.text if one.carrier == "log" else "started"
        path.write_text(
            "".join(f"{_TIME} {line}\n" for line in lines.split("\n")), encoding="utf-8"
        )
    return folder


def _write(folder: Path, resource: str, namespace: str, items: list[dict[str, Any]]) -> None:
    path = list_path(folder, resource, namespace)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": items}))


def _object(version: str, kind: str, name: str, *, namespace: str = "traps") -> dict[str, Any]:
    metadata = {"name": name, "uid": f"uid-{name}", "creationTimestamp": _TIME}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _pod(one: Injection) -> dict[str, Any]:
    pod = _object("v1", "Pod", one.pod)
    if one.carrier == "annotation":
        pod["metadata"]["annotations"] = {"team/notes": one.text}
    return pod | {
        "spec": {"containers": [{"name": "app", "image": "app:1"}], "nodeName": "node-1"},
        "status": {
            "phase": "Running",
            "containerStatuses": [
                {
                    "name": "app",
                    "image": "app:1",
                    "imageID": "app:1",
                    "ready": False,
                    "restartCount": 3,
                    "state": {"running": {"startedAt": _TIME}},
                }
            ],
        },
    }


def _event(one: Injection) -> dict[str, Any]:
    return _object("v1", "Event", f"{one.pod}.1") | {
        "involvedObject": {
            "apiVersion": "v1",
            "kind": "Pod",
            "name": one.pod,
            "namespace": "traps",
            "uid": f"uid-{one.pod}",
        },
        "type": "Warning",
        "reason": "BackOff",
        "message": one.text,
        "count": 1,
        "firstTimestamp": _TIME,
        "lastTimestamp": _TIME,
        "source": {"component": "kubelet"},
    }
