"""The kinds of objects that a small model's lists and counts are worked out from."""

from collections.abc import Mapping

from holmes.kubernetes import paths
from holmes.tools.listing import Listing

_IMAGES = "IMAGES:.spec.template.spec.containers[*].image"
_CREATED = "CREATED:.metadata.creationTimestamp"
_LIMITS = (
    "{0}_REQUEST:.spec{1}.containers[*].resources.requests.{2},"
    "{0}_LIMIT:.spec{1}.containers[*].resources.limits.{2}"
)
_RESOURCES = ",".join(_LIMITS.format(each.upper(), "{}", each) for each in ("cpu", "memory"))
_WORKLOAD = (
    "REPLICAS:.spec.replicas,READY:.status.readyReplicas,"
    f"{_IMAGES},{_RESOURCES.replace('{}', '.template.spec')},{_CREATED}"
)
_CLUSTER_WIDE = frozenset({"namespaces", "nodes", "persistentvolumes", "storageclasses"})
_COUNTS = frozenset({"replicas", "ready", "restarts", "desired", "succeeded", "failed"})

# Names of columns are what a question calls them: asked for the most replicas that an autoscaler
# may make, the 1.5B took max(replicas) of a column `max` (30 Nov 2026).
_COLUMNS: Mapping[str, str] = {
    "namespaces": _CREATED,
    "nodes": "VERSION:.status.nodeInfo.kubeletVersion,"
    'READY:.status.conditions[?(@.type=="Ready")].status,'
    "CPU:.status.capacity.cpu,MEMORY:.status.capacity.memory,OS:.status.nodeInfo.osImage,"
    "KERNEL:.status.nodeInfo.kernelVersion,RUNTIME:.status.nodeInfo.containerRuntimeVersion,"
    'IP:.status.addresses[?(@.type=="InternalIP")].address,TAINTS:.spec.taints[*].key,'
    "UNSCHEDULABLE:.spec.unschedulable",
    "pods": "PHASE:.status.phase,NODE:.spec.nodeName,"
    "RESTARTS:.status.containerStatuses[*].restartCount,IMAGES:.spec.containers[*].image,"
    f"{_RESOURCES.replace('{}', '')},IP:.status.podIP,"
    f"SERVICE_ACCOUNT:.spec.serviceAccountName,{_CREATED}",
    "deployments": _WORKLOAD,
    "statefulsets": _WORKLOAD,
    "daemonsets": "DESIRED:.status.desiredNumberScheduled,READY:.status.numberReady,"
    f"{_IMAGES},{_CREATED}",
    "jobs": f"SUCCEEDED:.status.succeeded,FAILED:.status.failed,{_IMAGES},{_CREATED}",
    "cronjobs": "SCHEDULE:.spec.schedule,SUSPENDED:.spec.suspend,"
    "LAST_SCHEDULE:.status.lastScheduleTime,"
    "IMAGES:.spec.jobTemplate.spec.template.spec.containers[*].image",
    "services": "TYPE:.spec.type,CLUSTER_IP:.spec.clusterIP,PORTS:.spec.ports[*].port,"
    "TARGET_PORTS:.spec.ports[*].targetPort,SELECTOR:.spec.selector",
    "ingresses": "CLASS:.spec.ingressClassName,HOSTS:.spec.rules[*].host,"
    "SERVICES:.spec.rules[*].http.paths[*].backend.service.name",
    "networkpolicies": "POD_SELECTOR:.spec.podSelector,TYPES:.spec.policyTypes[*]",
    "autoscalers": "TARGET:.spec.scaleTargetRef.name,MIN_REPLICAS:.spec.minReplicas,"
    "MAX_REPLICAS:.spec.maxReplicas,REPLICAS:.status.currentReplicas",
    "disruptionbudgets": "MIN_AVAILABLE:.spec.minAvailable,MAX_UNAVAILABLE:.spec.maxUnavailable",
    "volumeclaims": "PHASE:.status.phase,STORAGE_CLASS:.spec.storageClassName,"
    "SIZE:.spec.resources.requests.storage,VOLUME:.spec.volumeName",
    "volumes": "PHASE:.status.phase,STORAGE_CLASS:.spec.storageClassName,"
    "SIZE:.spec.capacity.storage,CLAIM:.spec.claimRef.name",
    "resourcequotas": "HARD:.status.hard,USED:.status.used",
    "configmaps": _CREATED,
    "secrets": "TYPE:.type",
    "serviceaccounts": "",
}
_KINDS = {
    "autoscalers": "horizontalpodautoscalers",
    "disruptionbudgets": "poddisruptionbudgets",
    "volumeclaims": "persistentvolumeclaims",
    "volumes": "persistentvolumes",
}
_EXAMPLES: Mapping[str, Mapping[str, str]] = {
    "deployments": {
        "which deployments run nginx?": "SELECT namespace, name, images FROM deployments "
        "WHERE images LIKE '%nginx%'",
    },
    "pods": {
        "how many pods are there in namespace web?": "SELECT count(*) FROM pods "
        "WHERE namespace = 'web'",
        "welcher Pod wurde zuletzt gestartet?": "SELECT namespace, name, created FROM pods "
        "ORDER BY created DESC LIMIT 1",
        "how often did each pod of the api restart?": "SELECT namespace, name, restarts FROM pods "
        "WHERE name LIKE 'api%'",
        "which nodes run more than 10 pods?": "SELECT node, count(*) FROM pods GROUP BY node "
        "HAVING count(*) > 10",
    },
    "services": {
        "which port does the service mail expose?": "SELECT namespace, name, ports FROM services "
        "WHERE name = 'mail'",
    },
    "networkpolicies": {
        "are there any network policies?": "SELECT namespace, name FROM networkpolicies",
    },
}


def _listing(name: str, columns: str) -> Listing:
    kind = _KINDS.get(name, name)
    titles = [column.title.casefold() for column in paths.columns(columns)]
    return Listing(
        name=name,
        columns=(*(() if kind in _CLUSTER_WIDE else ("namespace",)), "name", *titles),
        tool="kubectl_get",
        arguments={"kind": kind, "columns": columns or "NAME:.metadata.name"},
        counts=_COUNTS & set(titles),
        examples=_EXAMPLES.get(name, {}),
    )


LISTINGS = (
    *(_listing(name, columns) for name, columns in _COLUMNS.items()),
    Listing(
        name="pod_usage",
        columns=("namespace", "name", "cpu", "memory"),
        tool="kubectl_top",
        arguments={"kind": "pods"},
        examples={
            "which pod uses most CPU?": "SELECT namespace, name, cpu FROM pod_usage "
            "ORDER BY cpu DESC LIMIT 1"
        },
    ),
)
