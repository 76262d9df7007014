"""How one object hangs on another, as their kinds tell."""

from holmes.core.finding import ObjectRef, Relation

WORKLOADS = frozenset(
    {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"}
)
ROUTES = frozenset({"Ingress", "HTTPRoute", "GRPCRoute"})
_MOUNTED = frozenset({"PersistentVolumeClaim", "ConfigMap", "Secret"})
_OWNERS = {"Pod": WORKLOADS - {"Pod"}, "ReplicaSet": {"Deployment"}, "Job": {"CronJob"}}


def relation(subject: ObjectRef, on: ObjectRef) -> Relation:
    """What `subject` does with `on`: a Service selects the pods of a Deployment."""
    if subject.kind in WORKLOADS:
        if on.kind == "Node":
            return "scheduled on"
        if on.kind in _MOUNTED:
            return "mounts"
        if on.kind in _OWNERS.get(subject.kind, ()):
            return "owned by"
        if subject != on and on.kind in {"Service", *WORKLOADS}:
            return "calls"
    if subject.kind == "Service" and on.kind in WORKLOADS:
        return "selects"
    return "routes to" if subject.kind in ROUTES else "depends on"
