"""What a well-run cluster has besides workloads, all of it in order."""

from generated.world import App, World
from holmes.triage.fields import Obj

_COUNTED = "the HPA was able to successfully calculate a replica count"


def add_furniture(world: World) -> None:
    """Some autoscalers, budgets, policies, quotas and webhooks that do no harm."""
    for make in (_autoscaler, _budget, _policy, _quota, _limits, _webhook):
        app = _spare(world)
        if app and world.rng.random() < 0.5:
            make(world, app)


def _spare(world: World) -> App | None:
    """A Deployment that has nothing to do with the fault."""
    found = [
        each
        for each in world.apps
        if each.kind == "Deployment"
        and not each.system
        and each.name not in world.taken
        and each.replicas > 0
    ]
    return world.rng.choice(found) if found else None


def _new(world: World, kind: str, namespace: str, name: str) -> bool:
    return (kind, namespace, name) not in world.objects


def _autoscaler(world: World, app: App) -> None:
    if not _new(world, "HorizontalPodAutoscaler", app.namespace, app.name):
        return
    said = (
        ("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size"),
        (
            "ScalingActive",
            "True",
            "ValidMetricFound",
            f"{_COUNTED} from cpu resource utilization (percentage of request)",
        ),
        (
            "ScalingLimited",
            "False",
            "DesiredWithinRange",
            "the desired count is within the acceptable range",
        ),
    )
    conditions: list[Obj] = [
        {
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message,
            "lastTransitionTime": world.ago(2000),
        }
        for kind, status, reason, message in said
    ]
    target = {"type": "Utilization", "averageUtilization": 75}
    current = {"averageUtilization": 31, "averageValue": "31m"}
    world.add(
        "HorizontalPodAutoscaler",
        app.namespace,
        app.name,
        spec={
            "minReplicas": app.replicas,
            "maxReplicas": app.replicas + 4,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": app.name},
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
        status={
            "currentReplicas": app.replicas,
            "desiredReplicas": app.replicas,
            "conditions": conditions,
            "currentMetrics": [
                {"type": "Resource", "resource": {"name": "cpu", "current": current}}
            ],
        },
    )


def _budget(world: World, app: App) -> None:
    if app.replicas < 2 or not _new(
        world, "PodDisruptionBudget", app.namespace, f"{app.name}-budget"
    ):
        return
    world.add(
        "PodDisruptionBudget",
        app.namespace,
        f"{app.name}-budget",
        spec={"minAvailable": 1, "selector": {"matchLabels": dict(app.labels)}},
    )


def _policy(world: World, app: App) -> None:
    """Every pod of every namespace may come in, on the port that the app has."""
    world.add(
        "NetworkPolicy",
        app.namespace,
        f"allow-to-{app.name}",
        spec={
            "podSelector": {"matchLabels": dict(app.labels)},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [{"namespaceSelector": {}}],
                    "ports": [{"port": app.port, "protocol": "TCP"}],
                }
            ],
        },
    )


def _quota(world: World, app: App) -> None:
    hard = {"pods": "200", "requests.cpu": "100", "services": "50"}
    used = {
        "pods": str(len(world.all("Pod", app.namespace))),
        "requests.cpu": "2",
        "services": str(len(world.all("Service", app.namespace))),
    }
    world.add(
        "ResourceQuota",
        app.namespace,
        "ample",
        spec={"hard": hard},
        status={"hard": dict(hard), "used": used},
    )


def _limits(world: World, app: App) -> None:
    defaults: Obj = {
        "type": "Container",
        "default": {"memory": "512Mi"},
        "defaultRequest": {"memory": "128Mi"},
    }
    world.add("LimitRange", app.namespace, "defaults", spec={"limits": [defaults]})


def _webhook(world: World, app: App) -> None:
    """A webhook for labels that are on nothing here, answered by an app that runs."""
    if not app.served:
        return
    world.add(
        "MutatingWebhookConfiguration",
        "",
        "sidecar-injector",
        webhooks=[
            {
                "name": "inject.sidecar.acme.io",
                "failurePolicy": "Ignore",
                "timeoutSeconds": 5,
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "objectSelector": {"matchLabels": {"sidecar": "enabled"}},
                "clientConfig": {
                    "service": {"name": app.name, "namespace": app.namespace, "port": app.port}
                },
                "rules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["pods"],
                    }
                ],
            }
        ],
    )
