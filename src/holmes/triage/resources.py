"""What is listed for a triage: each kind with its place in the Kubernetes API."""

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


def _listed(api: str, *, namespaced: bool = True, **plurals: str) -> tuple[Resource, ...]:
    return tuple(
        Resource(kind=kind, api=api, plural=plural, namespaced=namespaced)
        for kind, plural in plurals.items()
    )


POD = Resource(kind="Pod", api="/api/v1", plural="pods")

# Secrets are not here: listing them would fetch their values (see `collect.secret_names`).
RESOURCES: tuple[Resource, ...] = (
    POD,
    *_listed(
        "/api/v1",
        Event="events",
        Service="services",
        ConfigMap="configmaps",
        PersistentVolumeClaim="persistentvolumeclaims",
        ServiceAccount="serviceaccounts",
        ResourceQuota="resourcequotas",
    ),
    *_listed(
        "/api/v1",
        namespaced=False,
        Node="nodes",
        Namespace="namespaces",
        PersistentVolume="persistentvolumes",
    ),
    *_listed(
        "/apis/apps/v1",
        Deployment="deployments",
        ReplicaSet="replicasets",
        StatefulSet="statefulsets",
        DaemonSet="daemonsets",
    ),
    *_listed("/apis/batch/v1", Job="jobs", CronJob="cronjobs"),
    *_listed("/apis/autoscaling/v2", HorizontalPodAutoscaler="horizontalpodautoscalers"),
    *_listed("/apis/networking.k8s.io/v1", Ingress="ingresses", NetworkPolicy="networkpolicies"),
    *_listed("/apis/networking.k8s.io/v1", namespaced=False, IngressClass="ingressclasses"),
    *_listed("/apis/policy/v1", PodDisruptionBudget="poddisruptionbudgets"),
    *_listed("/apis/discovery.k8s.io/v1", EndpointSlice="endpointslices"),
    *_listed("/apis/rbac.authorization.k8s.io/v1", Role="roles", RoleBinding="rolebindings"),
    *_listed(
        "/apis/rbac.authorization.k8s.io/v1",
        namespaced=False,
        ClusterRole="clusterroles",
        ClusterRoleBinding="clusterrolebindings",
    ),
    *_listed("/apis/storage.k8s.io/v1", namespaced=False, StorageClass="storageclasses"),
    *_listed(
        "/apis/admissionregistration.k8s.io/v1",
        namespaced=False,
        ValidatingWebhookConfiguration="validatingwebhookconfigurations",
        MutatingWebhookConfiguration="mutatingwebhookconfigurations",
    ),
    *_listed("/apis/apiregistration.k8s.io/v1", namespaced=False, APIService="apiservices"),
    *_listed("/apis/metrics.k8s.io/v1beta1", PodMetrics="pods"),
)

# APIs that many clusters do without; not having them is nothing to report.
OPTIONAL = frozenset({"PodMetrics", "IngressClass"})

# What runs. Where one of these could not be read, the rest can't be called well: a crash-looping
# pod is seen in the list of pods only, and a pod that was never created in its owner's.
DECISIVE = frozenset({"Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"})
