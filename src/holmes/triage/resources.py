"""What is listed for a triage: each kind with its place in the Kubernetes API."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """One kind; `api` is the path in front of the plural."""

    kind: str
    api: str
    plural: str
    namespaced: bool = True

    def path(self, namespace: str) -> str:
        """Where it is listed, in one namespace or (empty) in all."""
        inside = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{self.api}{inside}/{self.plural}"


def _listed(api: str, kinds: str, *, namespaced: bool = True) -> tuple[Resource, ...]:
    return tuple(
        Resource(kind=kind, api=api, plural=_plural(kind.lower()), namespaced=namespaced)
        for kind in kinds.split()
    )


def _plural(kind: str) -> str:
    """The name of a kind in paths, by Kubernetes' own rule for it."""
    return f"{kind}es" if kind.endswith("s") else re.sub("ys$", "ies", f"{kind}s")


POD = Resource(kind="Pod", api="/api/v1", plural="pods")

# Secrets are not here: listing them would fetch their values (see `collect.secret_names`).
RESOURCES: tuple[Resource, ...] = (
    POD,
    *_listed(
        "/api/v1",
        "Event Service ConfigMap PersistentVolumeClaim ServiceAccount ResourceQuota LimitRange",
    ),
    *_listed("/api/v1", "Node Namespace PersistentVolume", namespaced=False),
    *_listed("/apis/apps/v1", "Deployment ReplicaSet StatefulSet DaemonSet ControllerRevision"),
    *_listed("/apis/batch/v1", "Job CronJob"),
    *_listed("/apis/autoscaling/v2", "HorizontalPodAutoscaler"),
    *_listed("/apis/networking.k8s.io/v1", "Ingress NetworkPolicy"),
    *_listed("/apis/networking.k8s.io/v1", "IngressClass", namespaced=False),
    *_listed("/apis/policy/v1", "PodDisruptionBudget"),
    *_listed("/apis/discovery.k8s.io/v1", "EndpointSlice"),
    *_listed("/apis/rbac.authorization.k8s.io/v1", "Role RoleBinding"),
    *_listed(
        "/apis/rbac.authorization.k8s.io/v1", "ClusterRole ClusterRoleBinding", namespaced=False
    ),
    *_listed("/apis/storage.k8s.io/v1", "StorageClass", namespaced=False),
    *_listed(
        "/apis/admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration MutatingWebhookConfiguration",
        namespaced=False,
    ),
    *_listed("/apis/apiregistration.k8s.io/v1", "APIService", namespaced=False),
    Resource(kind="PodMetrics", api="/apis/metrics.k8s.io/v1beta1", plural="pods"),
)

# Secrets are known by name, and leases are the cluster's clock.
BUILT_IN = frozenset({*(each.kind for each in RESOURCES), "Secret", "Lease"})

# APIs that many clusters do without, and what only adds to a finding: not having them is nothing to
# report.
OPTIONAL = frozenset({"PodMetrics", "IngressClass", "ControllerRevision"})

# What runs. Where one of these could not be read, the rest can't be called well: a crash-looping
# pod is seen in the list of pods only, and a pod that was never created in its owner's.
DECISIVE = frozenset({"Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"})
