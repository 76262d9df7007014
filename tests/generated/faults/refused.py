"""Objects that the API server refuses, so that there is nothing to look at."""

from generated.build import deploy
from generated.fault import Expect, fault, of_app
from generated.objects import namespace
from generated.pending import refused
from generated.revise import stateful_app
from generated.states import crash
from generated.world import App, World
from holmes.triage.fields import Obj, name_of, text

_REQUIREMENTS = (
    'allowPrivilegeEscalation != false (container "{0}" must set '
    "securityContext.allowPrivilegeEscalation=false), "
    'unrestricted capabilities (container "{0}" must set '
    'securityContext.capabilities.drop=["ALL"]), runAsNonRoot '
    '!= true (pod or container "{0}" must set securityContext.runAsNonRoot=true), '
    "seccompProfile (pod or container "
    '"{0}" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'
)


def _quota(world: World, within: str, hard: dict[str, str], used: dict[str, str]) -> Obj:
    name = world.rng.choice(("compute-resources", "team-quota", "object-counts", "budget"))
    return world.add(
        "ResourceQuota",
        within,
        name,
        spec={"hard": hard},
        status={"hard": dict(hard), "used": dict(used)},
    )


def _others(world: World, app: App) -> list[Obj]:
    """The pods of a namespace that count against its quota when an app's own are gone."""
    mine = {name_of(pod) for pod in world.pods(app)}
    return [
        pod
        for pod in world.all("Pod", app.namespace)
        if text(pod, "status", "phase") not in {"Succeeded", "Failed"} and name_of(pod) not in mine
    ]


@fault()
def quota_of_pods(world: World) -> Expect:
    app = world.choose()
    count = str(len(_others(world, app)))
    quota = _quota(world, app.namespace, {"pods": count}, {"pods": count})
    refused(
        world,
        app,
        f'pods "NAME" is forbidden: exceeded quota: {name_of(quota)}, requested: pods=1, '
        f"used: pods={count}, limited: pods={count}",
    )
    return Expect(subjects=of_app(world, app, quota), words=(name_of(quota), "pods"))


@fault()
def quota_of_cpu(world: World) -> Expect:
    app = world.choose()
    used = sum(
        int(text(each["resources"], "requests", "cpu").removesuffix("m") or 0)
        for pod in _others(world, app)
        for each in pod["spec"]["containers"]
    )
    hard = used + app.cpu // 2
    quota = _quota(world, app.namespace, {"requests.cpu": f"{hard}m"}, {"requests.cpu": f"{used}m"})
    refused(
        world,
        app,
        f'pods "NAME" is forbidden: exceeded quota: {name_of(quota)}, requested: '
        f"requests.cpu={app.cpu}m, used: requests.cpu={used}m, limited: requests.cpu={hard}m",
    )
    return Expect(subjects=of_app(world, app, quota), words=(name_of(quota), "cpu|requests.cpu"))


@fault()
def quota_wants_limits(world: World) -> Expect:
    """A quota on limits refuses pods that state none."""
    app = world.choose()
    quota = _quota(world, app.namespace, {"limits.cpu": "20"}, {"limits.cpu": "3"})
    container = world.workload(app)["spec"]["template"]["spec"]["containers"][0]["name"]
    refused(
        world,
        app,
        f'pods "NAME" is forbidden: failed quota: {name_of(quota)}: must specify limits.cpu for: '
        f"{container}",
    )
    return Expect(subjects=of_app(world, app, quota), words=(name_of(quota), "limits.cpu"))


@fault(only_events=True)
def quota_of_storage(world: World) -> Expect:
    """The StatefulSet's claims are refused; no pod, no claim is there."""
    app = stateful_app(world)
    for pod in world.pods(app):
        world.remove("Pod", app.namespace, name_of(pod))
    for each in world.all("PersistentVolumeClaim", app.namespace):
        if name_of(each).startswith(f"data-{app.name}-"):
            world.remove("PersistentVolumeClaim", app.namespace, name_of(each))
            world.remove("PersistentVolume", "", each["spec"]["volumeName"])
    used = 10 * len(world.all("PersistentVolumeClaim", app.namespace))
    key = "requests.storage"
    quota = _quota(world, app.namespace, {key: f"{used + 5}Gi"}, {key: f"{used}Gi"})
    said = (
        f"create Claim data-{app.name}-0 for Pod {app.name}-0 in StatefulSet "
        f"{app.name} failed error: "
        f'persistentvolumeclaims "data-{app.name}-0" is forbidden: exceeded quota: '
        f"{name_of(quota)}, requested: "
        f"{key}=10Gi, used: {key}={used}Gi, limited: {key}={used + 5}Gi"
    )
    world.event(world.workload(app), "FailedCreate", said, source="statefulset-controller")
    return Expect(
        subjects=of_app(world, app, quota), words=(name_of(quota), "storage|requests.storage")
    )


@fault()
def quota_of_services(world: World) -> Expect:
    """The Service was refused when the app was installed: only its callers miss it."""
    app = world.choose(fits=lambda each: bool(each.needs) and each.probed)
    need = world.app(app.needs[0])
    world.take(need)
    world.remove("Service", need.namespace, need.name)
    left = len(world.all("Service", need.namespace))
    quota = _quota(world, need.namespace, {"services": str(left)}, {"services": str(left)})
    crash(
        world,
        app,
        world.pods(app),
        [f"fatal: dial tcp: lookup {need.address} on 10.96.0.10:53: no such host"],
    )
    service = ("Service", need.namespace, need.name)
    return Expect(
        subjects=of_app(world, app, quota, service, need.ref),
        words=(name_of(quota), "services|Service"),
    )


@fault()
def limit_range_maximum(world: World) -> Expect:
    app = world.choose()
    limit = world.rng.choice(("128Mi", "100Mi"))
    made = world.add(
        "LimitRange",
        app.namespace,
        "container-limits",
        spec={"limits": [{"type": "Container", "max": {"memory": limit}}]},
    )
    asked = "1Gi"
    world.workload(app)["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"] = {
        "memory": asked
    }
    refused(
        world,
        app,
        f'pods "NAME" is forbidden: maximum memory usage per Container is {limit}, but limit is '
        f"{asked}",
    )
    return Expect(subjects=of_app(world, app, made), words=("memory", limit, asked))


@fault()
def webhook_denies(world: World) -> Expect:
    app = world.choose()
    hook = world.rng.choice(("validate.kyverno.svc-fail", "validation.gatekeeper.sh"))
    rule = world.rng.choice(
        ("label cost-center is required", "images must come from registry.corp.example")
    )
    _webhook(world, hook, "policy-system", "policy-engine")
    refused(world, app, f'admission webhook "{hook}" denied the request: [require-policy] {rule}')
    config = ("ValidatingWebhookConfiguration", "", "policy-engine")
    return Expect(subjects=of_app(world, app, config), words=(rule,))


def _webhook(world: World, hook: str, within: str, name: str) -> None:
    namespace(world, within)
    deploy(
        world,
        App(
            name=name,
            namespace=within,
            image="ghcr.io/acme/policy-engine:1.12.0",
            port=9443,
            system=True,
            probed=False,
        ),
    )
    world.add(
        "ValidatingWebhookConfiguration",
        "",
        name,
        webhooks=[
            {
                "name": hook,
                "failurePolicy": "Fail",
                "timeoutSeconds": 10,
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "clientConfig": {
                    "service": {
                        "name": name,
                        "namespace": within,
                        "path": "/validate",
                        "port": 9443,
                    }
                },
                "rules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["pods"],
                        "scope": "Namespaced",
                    }
                ],
            }
        ],
    )


@fault(decisive=["ValidatingWebhookConfiguration"], local=False)
def webhook_down(world: World) -> Expect:
    """The webhook's own Deployment has no pods: nothing can be created any more."""
    app = world.choose()
    hook, within, name = "pod-policy.acme.io", "policy-system", "policy-engine"
    _webhook(world, hook, within, name)
    webhook = world.app(name)
    for pod in world.pods(webhook):
        world.remove("Pod", within, name_of(pod))
    world.workload(webhook)["spec"]["replicas"] = 0
    for each in world.all("ReplicaSet", within):
        each["spec"]["replicas"] = 0
    refused(
        world,
        app,
        f'Internal error occurred: failed calling webhook "{hook}": failed to call webhook: Post '
        f'"https://{name}.{within}.svc:9443/validate?timeout=10s": no endpoints '
        f'available for service "{name}"',
    )
    config = ("ValidatingWebhookConfiguration", "", name)
    return Expect(
        subjects=of_app(world, app, config, ("Service", within, name), webhook.ref),
        words=(f"{name}|{hook}",),
    )


@fault(decisive=["Namespace"])
def pod_security(world: World) -> Expect:
    app = world.choose()
    world.get("Namespace", "", app.namespace)["metadata"]["labels"][
        "pod-security.kubernetes.io/enforce"
    ] = "restricted"
    container = world.workload(app)["spec"]["template"]["spec"]["containers"][0]["name"]
    refused(
        world,
        app,
        f'pods "NAME" is forbidden: violates PodSecurity "restricted:latest": '
        f"{_REQUIREMENTS.format(container)}",
    )
    return Expect(
        subjects=of_app(world, app, ("Namespace", "", app.namespace)),
        words=("PodSecurity|Pod Security|restricted",),
    )


@fault()
def service_account_missing(world: World) -> Expect:
    app = world.choose()
    name = f"{app.name}-runner"
    world.workload(app)["spec"]["template"]["spec"]["serviceAccountName"] = name
    refused(
        world,
        app,
        f'pods "NAME" is forbidden: error looking up service account {app.namespace}/{name}: '
        f'serviceaccount "{name}" not found',
    )
    return Expect(
        subjects=of_app(world, app, ("ServiceAccount", app.namespace, name)), words=(name,)
    )
