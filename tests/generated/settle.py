"""What the controllers derive from the pods: endpoints, and the status of workloads."""

from generated.world import World
from holmes.triage.fields import Obj, condition, items, labels_of, name_of, namespace_of, text


def settle(world: World) -> None:
    """Bring every derived status into line with the pods."""
    for each in world.all("Service"):
        _endpoints(world, each)
    for each in world.all("ReplicaSet"):
        pods = _owned(world, each)
        each["status"] |= {
            "replicas": len(pods),
            "readyReplicas": _ready(pods),
            "fullyLabeledReplicas": len(pods),
            "availableReplicas": _ready(pods),
            "observedGeneration": 1,
        }
    for each in world.all("Deployment"):
        _deployment(world, each)
    for each in world.all("StatefulSet"):
        pods = _owned(world, each)
        each["status"] |= {
            "replicas": len(pods),
            "readyReplicas": _ready(pods),
            "availableReplicas": _ready(pods),
            "currentReplicas": len(pods),
            "updatedReplicas": len(pods),
            "collisionCount": 0,
        }
    for each in world.all("DaemonSet"):
        pods = _owned(world, each)
        placed = [pod for pod in pods if text(pod, "spec", "nodeName")]
        each["status"] = {
            "desiredNumberScheduled": len(pods),
            "currentNumberScheduled": len(placed),
            "numberReady": _ready(pods),
            "numberAvailable": _ready(pods),
            "numberMisscheduled": 0,
            "updatedNumberScheduled": len(pods),
            "numberUnavailable": len(pods) - _ready(pods),
            **each["status"],
        }
    for each in world.all("PodDisruptionBudget"):
        chosen = [
            pod
            for pod in world.all("Pod", namespace_of(each))
            if each["spec"]["selector"]["matchLabels"].items() <= labels_of(pod).items()
        ]
        healthy, wanted = _ready(chosen), int(each["spec"].get("minAvailable", 1))
        allowed = max(0, healthy - wanted)
        each["status"] = {
            "currentHealthy": healthy,
            "desiredHealthy": wanted,
            "expectedPods": len(chosen),
            "disruptionsAllowed": allowed,
            "conditions": [
                {
                    "type": "DisruptionAllowed",
                    "status": str(allowed > 0),
                    "reason": "SufficientPods" if allowed else "InsufficientPods",
                    "lastTransitionTime": world.ago(90),
                }
            ],
        }


def _owned(world: World, owner: Obj) -> list[Obj]:
    uid = owner["metadata"]["uid"]
    return [
        pod
        for pod in world.all("Pod", namespace_of(owner))
        if any(each["uid"] == uid for each in items(pod, "metadata", "ownerReferences"))
        and text(pod, "status", "phase") not in {"Failed", "Succeeded"}
    ]


def is_ready(pod: Obj) -> bool:
    return condition(pod, "Ready").get("status") == "True"


def _ready(pods: list[Obj]) -> int:
    return sum(map(is_ready, pods))


def _deployment(world: World, obj: Obj) -> None:
    sets = [
        each
        for each in world.all("ReplicaSet", namespace_of(obj))
        if any(
            ref["uid"] == obj["metadata"]["uid"]
            for ref in items(each, "metadata", "ownerReferences")
        )
    ]
    revision = obj["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
    newest = next(
        (
            each
            for each in sets
            if each["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == revision
        ),
        None,
    )
    wanted = obj["spec"]["replicas"]
    ready = sum(each["status"].get("readyReplicas", 0) for each in sets)
    updated = newest["status"].get("readyReplicas", 0) if newest else 0
    total = sum(each["status"].get("replicas", 0) for each in sets)
    enough = ready >= wanted - wanted // 4
    name = name_of(newest) if newest else ""
    conditions = [_available(world, enough=enough), _progress(world, name, done=updated >= wanted)]
    if newest and (failure := condition(newest, "ReplicaFailure")):
        conditions.append({**failure, "lastUpdateTime": world.ago(world.since)})
    obj["status"] = {
        "observedGeneration": obj["metadata"]["generation"],
        "replicas": total,
        "updatedReplicas": newest["status"].get("replicas", 0) if newest else 0,
        "readyReplicas": ready,
        "availableReplicas": ready,
        "unavailableReplicas": max(0, max(total, wanted) - ready),
        "conditions": conditions,
    }


def _available(world: World, *, enough: bool) -> Obj:
    stamp = world.ago(world.since)
    return {
        "type": "Available",
        "status": str(enough),
        "lastTransitionTime": stamp,
        "lastUpdateTime": stamp,
        "reason": "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        "message": f"Deployment {'has' if enough else 'does not have'} minimum availability.",
    }


def _progress(world: World, name: str, *, done: bool) -> Obj:
    """How the roll-out of a ReplicaSet goes."""
    fresh = name in world.rolling
    status, reason, said = "True", "NewReplicaSetAvailable", "has successfully progressed."
    if fresh:
        reason, said = "ReplicaSetUpdated", "is progressing."
    elif not done and name in world.rolled:
        status, reason, said = "False", "ProgressDeadlineExceeded", "has timed out progressing."
    stamp = world.ago(0.3 if fresh else world.since)
    return {
        "type": "Progressing",
        "status": status,
        "reason": reason,
        "message": f'ReplicaSet "{name}" {said}',
        "lastTransitionTime": stamp,
        "lastUpdateTime": stamp,
    }


def _endpoints(world: World, service: Obj) -> None:
    selector = service["spec"].get("selector")
    namespace, name = namespace_of(service), name_of(service)
    if not selector or service["spec"].get("type") == "ExternalName":
        return
    stale = [
        each
        for each in world.all("EndpointSlice", namespace)
        if labels_of(each).get("kubernetes.io/service-name") == name
    ]
    for each in stale:
        world.remove("EndpointSlice", namespace, name_of(each))
    pods = [
        pod
        for pod in world.all("Pod", namespace)
        if selector.items() <= labels_of(pod).items()
        and text(pod, "status", "podIP")
        and text(pod, "status", "phase") == "Running"
    ]
    ports = [
        {"name": port.get("name", ""), "protocol": port.get("protocol", "TCP"), "port": number}
        for port in items(service, "spec", "ports")
        if (number := _number(port, pods)) is not None
    ]
    world.add(
        "EndpointSlice",
        namespace,
        f"{name}-{world.suffix()}",
        metadata={
            "labels": {
                "kubernetes.io/service-name": name,
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            }
        },
        addressType="IPv4",
        ports=ports if pods else None,
        endpoints=[
            {
                "addresses": [text(pod, "status", "podIP")],
                "nodeName": text(pod, "spec", "nodeName"),
                "conditions": {
                    "ready": is_ready(pod),
                    "serving": is_ready(pod),
                    "terminating": "deletionTimestamp" in pod["metadata"],
                },
                "targetRef": {"kind": "Pod", "namespace": namespace, "name": name_of(pod)},
            }
            for pod in pods
        ]
        or None,
    )


def _number(port: Obj, pods: list[Obj]) -> int | None:
    """The port on the pods that a Service's port leads to; None where a name is on no pod."""
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    return next(
        (
            each["containerPort"]
            for pod in pods
            for container in pod["spec"]["containers"]
            for each in container.get("ports", [])
            if each.get("name") == target
        ),
        None,
    )
