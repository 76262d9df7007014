"""How long the checks take, and how much memory, over a made-up cluster of thousands of pods.

    python benchmarks/triage_scale.py [--json] [PODS]

Every fiftieth workload crash-loops, every hundredth can't pull its image. No cluster is asked:
what is measured is decoding, joining and checking, not the network.
"""

import json
import sys
import time
import tracemalloc
from collections.abc import Mapping
from pathlib import Path

import msgspec
from contenders import Contender
from meter import MIB, Command, Spread, run
from report import Row

from holmes.triage.fields import Obj
from holmes.triage.logs import LogBook
from holmes.triage.objects import ObjectSet, trim
from holmes.triage.run import triage

REPLICAS = 5
PER_NODE = 50
_SIZES = (500, 5_000, 50_000)
_PATIENCE = 1800.0  # seconds for one process, on a machine that others may use
STAMP = "2026-11-24T16:00:00Z"


def metadata(name: str, namespace: str, owner: tuple[str, str] | None = None, **labels: str) -> Obj:
    """Metadata as long as the API server's."""
    owners = (
        [{"kind": owner[0], "name": owner[1], "uid": owner[1], "controller": True}] if owner else []
    )
    return {
        "name": name, "namespace": namespace, "uid": f"{namespace}/{name}", "labels": labels,
        "creationTimestamp": STAMP, "ownerReferences": owners,
        # About as large as the API server's own.
        "managedFields": [{"fieldsV1": {f"f:field-{n}": {} for n in range(60)}}],
    }  # fmt: skip


def pod(workload: int, replica: int, namespace: str) -> Obj:
    """One pod: well, crash-looping, or without its image."""
    name = f"app-{workload}"
    state: Obj = {"running": {"startedAt": STAMP}}
    last: Obj = {}
    if workload % 50 == 0:
        state = {"waiting": {"reason": "CrashLoopBackOff"}}
        last = {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": STAMP}}
    elif workload % 100 == 1:
        state = {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}
    ready = "running" in state
    return {
        "kind": "Pod",
        "metadata": metadata(
            f"{name}-{replica:05d}", namespace, ("ReplicaSet", f"{name}-1"), app=name
        ),
        "spec": {
            "nodeName": f"node-{(workload * REPLICAS + replica) // PER_NODE}",
            "containers": [{
                "name": "app", "image": f"registry.test/{name}:1",
                "ports": [{"containerPort": 8080}],
                "env": [{"name": f"VARIABLE_{n}", "value": "value"} for n in range(20)],
                "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
                "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
            }],
        },
        "status": {
            "phase": "Running", "podIP": f"10.{workload // 250}.{workload % 250}.{replica}",
            "conditions": [{"type": "Ready", "status": str(ready), "lastTransitionTime": STAMP}],
            "containerStatuses": [{
                "name": "app", "ready": ready, "restartCount": 0 if ready else 9, "state": state,
                "lastState": last, "containerID": "containerd://1",
            }],
        },
    }  # fmt: skip


def workload_objects(number: int) -> list[Obj]:
    """A Deployment with everything that belongs to it."""
    name, namespace = f"app-{number}", f"team-{number % 40}"
    return [
        *(pod(number, replica, namespace) for replica in range(REPLICAS)),
        {"kind": "Deployment", "metadata": metadata(name, namespace),
         "spec": {"replicas": REPLICAS}, "status": {"availableReplicas": REPLICAS}},
        {"kind": "ReplicaSet", "metadata": metadata(f"{name}-1", namespace, ("Deployment", name)),
         "spec": {"replicas": REPLICAS}, "status": {"replicas": REPLICAS}},
        {"kind": "Service", "metadata": metadata(name, namespace),
         "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]}},
        {"kind": "ConfigMap", "metadata": metadata(name, namespace), "data": {"key": "v" * 500}},
    ]  # fmt: skip


def node(number: int) -> Obj:
    """One node with the images that real ones list."""
    return {
        "kind": "Node", "metadata": {"name": f"node-{number}"}, "spec": {},
        "status": {
            "allocatable": {"cpu": "16", "memory": "64Gi", "pods": "110"},
            "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": STAMP}],
            "images": [{"names": [f"registry.test/app-{n}:0"]} for n in range(50)],
        },
    }  # fmt: skip


def measure(ours: Contender, peer: Contender | None, rounds: int) -> list[Row]:
    """500, 5,000 and 50,000 pods, each in a process of its own."""
    del peer
    rows: list[Row] = []
    for pods in _SIZES:
        command = Command(
            argv=(ours.python, __file__, "--json", str(pods)), env=_env(ours), cwd=ours.home
        )
        runs = [run(command, seconds=_PATIENCE) for _ in range(rounds if pods < _SIZES[-1] else 1)]
        told = [json.loads(item.output) for item in runs]
        rows += [
            Row(
                measure=f"triage of {pods:,} pods, {name}",
                unit="s of CPU",
                ours=Spread.of([each[name] for each in told]),
            )
            for name in ("decode and index", "first check", "second check")
        ]
        peaks = [item.peak / MIB for item in runs]
        rows.append(
            Row(
                measure=f"triage of {pods:,} pods, peak memory with the JSON",
                unit="MiB",
                ours=Spread.of(peaks),
            )
        )
    return rows


def _env(ours: Contender) -> Mapping[str, str]:
    return {**ours.holmes().env, "PYTHONPATH": str(Path(__file__).parent)}


def main() -> None:
    """Print CPU seconds of each step, and the peak of memory over all of them."""
    as_json = "--json" in sys.argv
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    pods = numbers[0] if numbers else 5_000
    made = [each for number in range(pods // REPLICAS) for each in workload_objects(number)]
    made += [node(number) for number in range(pods // PER_NODE + 1)]
    pages = [msgspec.json.encode(made[at : at + 500]) for at in range(0, len(made), 500)]
    count, size = len(made), sum(map(len, pages))
    del made

    started = time.process_time()
    objects = ObjectSet(trim(each) for page in pages for each in msgspec.json.decode(page))
    built = time.process_time()
    findings = triage(objects, LogBook())
    checked = time.process_time()
    triage(objects, LogBook())
    ended = time.process_time()

    if as_json:
        steps = (built - started, checked - built, ended - checked)
        names = ("decode and index", "first check", "second check")
        print(json.dumps(dict(zip(names, steps, strict=True))))
        return

    del objects
    tracemalloc.start()  # by itself: it makes everything several times slower
    measured = ObjectSet(trim(each) for page in pages for each in msgspec.json.decode(page))
    triage(measured, LogBook())
    peak = tracemalloc.get_traced_memory()[1]

    print(f"{pods} pods, {count} objects, {size / 2**20:.0f} MB of JSON, {len(findings)} findings")
    print(f"decode and index {built - started:.2f} s")
    print(f"first check      {checked - built:.2f} s")
    print(f"second check     {ended - checked:.2f} s")
    print(f"peak             {peak / 2**20:.0f} MB")


if __name__ == "__main__":
    main()
