"""Healthy workloads: what the API server holds once the controllers have done their work."""

from copy import deepcopy

from generated.sayings import calm
from generated.world import App, World
from holmes.triage.fields import Obj, name_of, text

TOLERATIONS: list[Obj] = [
    {"key": f"node.kubernetes.io/{why}", "operator": "Exists", "effect": "NoExecute",
     "tolerationSeconds": 300} for why in ("not-ready", "unreachable")
]  # fmt: skip
_RUNS_EVERYWHERE: list[Obj] = [{"operator": "Exists"}]


def node(world: World, name: str, *, control_plane: bool = False, zone: str = "a",
         cpu: int = 4, memory: int = 16) -> Obj:  # fmt: skip
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/arch": "amd64",
              "kubernetes.io/os": "linux", "topology.kubernetes.io/zone": f"eu-central-1{zone}",
              "topology.kubernetes.io/region": "eu-central-1"}  # fmt: skip
    taints = []
    if control_plane:
        labels["node-role.kubernetes.io/control-plane"] = ""
        taints = [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]
    good = (("MemoryPressure", "KubeletHasSufficientMemory", "sufficient memory available"),
            ("DiskPressure", "KubeletHasNoDiskPressure", "no disk pressure"),
            ("PIDPressure", "KubeletHasSufficientPID", "sufficient PID available"))  # fmt: skip
    beat: Obj = {"lastHeartbeatTime": world.ago(1.5), "lastTransitionTime": world.ago(39_000)}
    conditions: list[Obj] = [
        {"type": kind, "status": "False", "reason": reason, "message": f"kubelet has {said}",
         **beat} for kind, reason, said in good
    ]  # fmt: skip
    conditions.append({"type": "Ready", "status": "True", "reason": "KubeletReady",
                       "message": "kubelet is posting ready status", **beat})  # fmt: skip
    room = {"cpu": str(cpu), "memory": f"{memory * 1024 * 1024 - 204800}Ki", "pods": "110",
            "ephemeral-storage": "95491281146"}  # fmt: skip
    world.add("Lease", "kube-node-lease", name,
              spec={"holderIdentity": name, "renewTime": world.ago(0.1)})  # fmt: skip
    return world.add(
        "Node", "", name, metadata={"labels": labels},
        spec={"podCIDR": "10.244.0.0/24", **({"taints": taints} if taints else {})},
        status={"capacity": room, "allocatable": dict(room), "conditions": conditions,
                "addresses": [{"type": "InternalIP", "address": f"172.18.0.{len(world.nodes(control_plane=True)) + 2}"},
                              {"type": "Hostname", "address": name}],
                "nodeInfo": {"kubeletVersion": f"v1.{world.minor}.3", "architecture": "amd64",
                             "operatingSystem": "linux",
                             "containerRuntimeVersion": "containerd://1.7.24"}},
    )  # fmt: skip


def namespace(world: World, name: str) -> None:
    world.add("Namespace", "", name, metadata={"labels": {"kubernetes.io/metadata.name": name}},
              spec={"finalizers": ["kubernetes"]}, status={"phase": "Active"})  # fmt: skip
    world.add("ServiceAccount", name, "default")
    world.add("ConfigMap", name, "kube-root-ca.crt", data={"ca.crt": "-----BEGIN CERTIFICATE-----"})


def _probes(app: App) -> Obj:
    if not app.probed:
        return {}
    timing = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1,
              "failureThreshold": 3}  # fmt: skip
    match app.runtime:
        case "postgres":
            how: Obj = {"exec": {"command": ["pg_isready", "-U", "postgres"]}}
        case "redis":
            how = {"tcpSocket": {"port": app.port}}
        case _:
            how = {"httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"}}
    return {"readinessProbe": {**how, **timing},
            "livenessProbe": {**deepcopy(how), "initialDelaySeconds": 15, **timing}}  # fmt: skip


def _env(world: World, app: App) -> list[Obj]:
    env: list[Obj] = []
    for need in app.needs:
        other = world.app(need)
        key = need.upper().replace("-", "_")
        if other.runtime in {"postgres", "redis"}:
            env += [{"name": f"{key}_HOST", "value": other.address},
                    {"name": f"{key}_PORT", "value": str(other.port)}]  # fmt: skip
        else:
            env.append({"name": f"{key}_URL", "value": f"http://{other.address}:{other.port}"})
    if app.config:
        env.append({"name": "LOG_LEVEL", "valueFrom": {
            "configMapKeyRef": {"name": app.config_map, "key": "log.level"}}})  # fmt: skip
    if app.secret:
        env.append({"name": "APP_PASSWORD", "valueFrom": {
            "secretKeyRef": {"name": app.secret_name, "key": "password"}}})  # fmt: skip
    return env


def pod_spec(world: World, app: App) -> Obj:
    container: Obj = {
        "name": app.name if world.rng.random() < 0.7 else "app",
        "image": app.image, "imagePullPolicy": "IfNotPresent",
        "resources": {"requests": {"cpu": f"{app.cpu}m", "memory": f"{app.memory // 2}Mi"},
                      "limits": {"memory": f"{app.memory}Mi"}},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        **_probes(app),
    }  # fmt: skip
    if app.port and app.kind != "CronJob":
        named = {"postgres": "postgresql", "redis": "redis"}.get(app.runtime, "http")
        container["ports"] = [{"name": named, "containerPort": app.port, "protocol": "TCP"}]
    if env := _env(world, app):
        container["env"] = env
    volumes, mounts = [], []
    if app.config:
        volumes.append(
            {"name": "config", "configMap": {"name": app.config_map, "defaultMode": 420}}
        )
        mounts.append({"name": "config", "mountPath": "/etc/app", "readOnly": True})
    if app.claim:
        claim = {"claimName": f"{app.name}-data"}
        if app.kind != "StatefulSet":
            volumes.append({"name": "data", "persistentVolumeClaim": claim})
        mounts.append({"name": "data", "mountPath": "/var/lib/data"})
    if mounts:
        container["volumeMounts"] = mounts
    return {
        "containers": [container], **({"volumes": volumes} if volumes else {}),
        "restartPolicy": "Never" if app.kind == "CronJob" else "Always",
        "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "default", "schedulerName": "default-scheduler",
        "securityContext": {},
        "tolerations": deepcopy(_RUNS_EVERYWHERE if app.everywhere else []),
    }  # fmt: skip


def conditions(world: World, *, ready: bool, age: float) -> list[Obj]:
    """The conditions of a pod that is on a node."""
    unready = {} if ready else {"reason": "ContainersNotReady"}
    kinds: list[Obj] = [
        {"type": "Initialized", "status": "True"},
        {"type": "Ready", "status": str(ready), **unready},
        {"type": "ContainersReady", "status": str(ready), **unready},
        {"type": "PodScheduled", "status": "True"},
    ]
    if world.minor >= 29:
        kinds.insert(0, {"type": "PodReadyToStartContainers", "status": "True"})
    return [{**each, "lastProbeTime": None, "lastTransitionTime": world.ago(age)} for each in kinds]


def new_pod(world: World, owner: Obj, template: Obj, name: str, *, age: float,
            on: str = "") -> Obj:  # fmt: skip
    """A pod that runs and is ready, with a log."""
    spec = deepcopy(template["spec"])
    if spec["tolerations"] == []:
        spec["tolerations"] = deepcopy(TOLERATIONS)
    spec["nodeName"] = on or name_of(world.rng.choice(world.nodes()))
    node_ip = world.get("Node", "", spec["nodeName"])["status"]["addresses"][0]["address"]
    own = template["metadata"].get("labels", {})
    ip = world.pod_address()
    pod = world.add(
        "Pod", text(owner, "metadata", "namespace"), name,
        metadata={"labels": dict(own), "creationTimestamp": world.ago(age),
                  "ownerReferences": [owned_by(owner)]},
        spec=spec,
        status={
            "phase": "Running", "qosClass": "Burstable", "hostIP": node_ip, "podIP": ip,
            "podIPs": [{"ip": ip}], "startTime": world.ago(age),
            "conditions": conditions(world, ready=True, age=age),
            "containerStatuses": [
                {"name": each["name"], "image": each["image"], "ready": True, "started": True,
                 "imageID": f"{each['image'].partition(':')[0]}@sha256:{world.rng.getrandbits(255):064x}",
                 "containerID": f"containerd://{world.rng.getrandbits(255):064x}",
                 "restartCount": 0, "lastState": {},
                 "state": {"running": {"startedAt": world.ago(age)}}}
                for each in spec["containers"]
            ],
        },
    )  # fmt: skip
    app = next((each for each in world.apps if each.labels.items() <= own.items()), None)
    if app:
        world.log(pod, calm(world.rng, app.runtime))
    return pod


def owned_by(owner: Obj) -> Obj:
    api = {"Job": "batch/v1", "CronJob": "batch/v1"}.get(owner["kind"], "apps/v1")
    return {"apiVersion": api, "kind": owner["kind"], "name": name_of(owner),
            "uid": owner["metadata"]["uid"], "controller": True,
            "blockOwnerDeletion": True}  # fmt: skip


def replica_set(world: World, app: App, template: Obj, *, replicas: int, revision: int,
                age: float) -> Obj:  # fmt: skip
    """A revision of a Deployment, without its pods."""
    generation = world.suffix(9)
    labels = {**template["metadata"]["labels"], "pod-template-hash": generation}
    return world.add(
        "ReplicaSet", app.namespace, f"{app.name}-{generation}",
        metadata={"labels": labels, "creationTimestamp": world.ago(age),
                  "annotations": {"deployment.kubernetes.io/revision": str(revision)},
                  "ownerReferences": [owned_by(world.workload(app))]},
        spec={"replicas": replicas, "selector": {"matchLabels": dict(labels)},
              "template": {"metadata": {"labels": labels}, "spec": deepcopy(template["spec"])}},
        status={},
    )  # fmt: skip


def deploy(world: World, app: App) -> None:
    """The app with everything that belongs to it."""
    world.apps.append(app)
    if app.config:
        world.add("ConfigMap", app.namespace, app.config_map, data={
            "log.level": "info", "app.yaml": f"listen: 0.0.0.0:{app.port}\nworkers: 4\n"})  # fmt: skip
    if app.secret:
        world.add("Secret", app.namespace, app.secret_name, type="Opaque")
    template: Obj = {"metadata": {"labels": dict(app.labels)}, "spec": pod_spec(world, app)}
    selector = {"matchLabels": dict(app.labels)}
    age = world.rng.randrange(3_000, 30_000)
    match app.kind:
        case "Deployment":
            _deployment(world, app, template, age)
        case "StatefulSet":
            _stateful_set(world, app, template, age)
        case "DaemonSet":
            spec = {"selector": selector, "template": template,
                    "updateStrategy": {"type": "RollingUpdate",
                                       "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}}  # fmt: skip
            owner = world.add("DaemonSet", app.namespace, app.name, spec=spec, status={})
            for each in world.nodes(control_plane=app.everywhere):
                new_pod(world, owner, template, f"{app.name}-{world.suffix()}", age=age,
                        on=name_of(each))  # fmt: skip
        case "CronJob":
            cron_job(world, app, template)
    if app.claim and app.kind == "Deployment":
        claim(world, app.namespace, f"{app.name}-data")
    if app.served and app.kind != "CronJob":
        service(world, app)


def _deployment(world: World, app: App, template: Obj, age: float) -> None:
    spec = {
        "replicas": app.replicas, "selector": {"matchLabels": dict(app.labels)},
        "template": template, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
        "strategy": {"type": "RollingUpdate",
                     "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
    }  # fmt: skip
    owner = world.add("Deployment", app.namespace, app.name, spec=spec, status={},
                      metadata={"labels": dict(app.labels), "generation": 3,
                                "annotations": {"deployment.kubernetes.io/revision": "2"}})  # fmt: skip
    old = replica_set(world, app, template, replicas=0, revision=1, age=age + 5_000)
    old["spec"]["template"]["spec"]["containers"][0]["image"] += "-rc1"
    current = replica_set(world, app, owner["spec"]["template"], replicas=app.replicas,
                          revision=2, age=age)  # fmt: skip
    for _ in range(app.replicas):
        pod_of(world, current, age=age)


def pod_of(world: World, owner: Obj, *, age: float, ordinal: int | None = None) -> Obj:
    """One more pod of a ReplicaSet or StatefulSet."""
    name = f"{name_of(owner)}-{world.suffix() if ordinal is None else ordinal}"
    pod = new_pod(world, owner, owner["spec"]["template"], name, age=age)
    if ordinal is not None:
        pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] = name
        pod["spec"] |= {"hostname": name, "subdomain": text(owner, "spec", "serviceName")}
        for each in owner["spec"].get("volumeClaimTemplates", []):
            volumes = pod["spec"].setdefault("volumes", [])
            of = {"claimName": f"{name_of(each)}-{name}"}
            volumes.append({"name": name_of(each), "persistentVolumeClaim": of})
    return pod


def _stateful_set(world: World, app: App, template: Obj, age: float) -> None:
    claims = [{"metadata": {"name": "data"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "storageClassName": "standard",
        "resources": {"requests": {"storage": "10Gi"}}}}] if app.claim else []  # fmt: skip
    spec = {
        "replicas": app.replicas, "serviceName": app.name, "podManagementPolicy": "OrderedReady",
        "selector": {"matchLabels": dict(app.labels)}, "template": template,
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        **({"volumeClaimTemplates": claims} if claims else {}),
    }  # fmt: skip
    owner = world.add("StatefulSet", app.namespace, app.name, spec=spec, status={})
    for ordinal in range(app.replicas):
        pod_of(world, owner, age=age, ordinal=ordinal)
        if app.claim:
            claim(world, app.namespace, f"data-{app.name}-{ordinal}")


def cron_job(world: World, app: App, template: Obj) -> None:
    owner = world.add(
        "CronJob", app.namespace, app.name,
        spec={"schedule": "*/30 * * * *", "suspend": False, "concurrencyPolicy": "Forbid",
              "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1,
              "jobTemplate": {"spec": {"backoffLimit": 3, "template": template}}},
        status={"lastScheduleTime": world.ago(25), "lastSuccessfulTime": world.ago(23)},
    )  # fmt: skip
    for age in (85, 55, 25):
        done_job(world, app, owner, age=age)


def job(world: World, app: App, owner: Obj | None, *, age: float, name: str = "") -> Obj:
    """A Job without pods or status."""
    template = deepcopy(world.workload(app)["spec"]["jobTemplate"]["spec"]["template"])
    name = name or f"{app.name}-{int(world.now.timestamp() - age * 60) // 60}"
    labels = {**app.labels, "job-name": name}
    if world.minor >= 27:
        labels["batch.kubernetes.io/job-name"] = name
    template["metadata"]["labels"] = labels
    return world.add(
        "Job", app.namespace, name,
        metadata={"labels": labels, "creationTimestamp": world.ago(age),
                  **({"ownerReferences": [owned_by(owner)]} if owner else {})},
        spec={"parallelism": 1, "completions": 1, "backoffLimit": 3, "template": template,
              "suspend": False},
        status={"startTime": world.ago(age)},
    )  # fmt: skip


def done_job(world: World, app: App, owner: Obj | None, *, age: float) -> None:
    made = job(world, app, owner, age=age)
    ended = age - 2
    made["status"] |= {"succeeded": 1, "ready": 0, "completionTime": world.ago(ended), "conditions": [
        {"type": "Complete", "status": "True", "lastTransitionTime": world.ago(ended)}]}  # fmt: skip
    pod = new_pod(
        world, made, made["spec"]["template"], f"{name_of(made)}-{world.suffix()}", age=age
    )
    end_pod(world, pod, code=0, reason="Completed", began=age, ended=ended)


def end_pod(world: World, pod: Obj, *, code: int, reason: str, began: float, ended: float) -> None:
    """Let every container of a pod end for good."""
    pod["status"]["phase"] = "Failed" if code else "Succeeded"
    pod["status"]["conditions"] = conditions(world, ready=False, age=ended)
    for each in pod["status"]["conditions"]:
        if each["type"] in {"Ready", "ContainersReady"}:
            each["reason"] = "PodFailed" if code else "PodCompleted"
    for each in pod["status"]["containerStatuses"]:
        each |= {"ready": False, "started": False, "state": {"terminated": {
            "exitCode": code, "reason": reason, "startedAt": world.ago(began),
            "finishedAt": world.ago(ended), "containerID": each["containerID"]}}}  # fmt: skip


def claim(world: World, within: str, name: str, *, bound: bool = True) -> Obj:
    """A claim, with its volume where it is bound."""
    volume = f"pvc-{world.uid()}"
    spec: Obj = {"accessModes": ["ReadWriteOnce"], "storageClassName": "standard",
                 "volumeMode": "Filesystem", "resources": {"requests": {"storage": "10Gi"}}}  # fmt: skip
    made = world.add("PersistentVolumeClaim", within, name, spec=spec, status={"phase": "Pending"},
                     metadata={"finalizers": ["kubernetes.io/pvc-protection"]})  # fmt: skip
    if bound:
        spec["volumeName"] = volume
        made["status"] = {"phase": "Bound", "accessModes": ["ReadWriteOnce"],
                          "capacity": {"storage": "10Gi"}}  # fmt: skip
        world.add("PersistentVolume", "", volume, status={"phase": "Bound"}, spec={
            "capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"],
            "storageClassName": "standard", "persistentVolumeReclaimPolicy": "Delete",
            "claimRef": {"kind": "PersistentVolumeClaim", "namespace": within, "name": name,
                         "uid": made["metadata"]["uid"]},
            "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": f"vol-{world.suffix(12)}"}})  # fmt: skip
    return made


def service(world: World, app: App) -> Obj:
    """A Service in front of an app, headless for a StatefulSet, and its Ingress if it has one."""
    port: Obj = {"name": "http", "port": app.port, "protocol": "TCP", "targetPort": app.port}
    if app.runtime not in {"postgres", "redis"} and world.rng.random() < 0.5:
        port["targetPort"] = "http"
    address = "None" if app.kind == "StatefulSet" else world.cluster_address()
    made = world.add("Service", app.namespace, app.name, metadata={"labels": dict(app.labels)},
                     spec={"type": "ClusterIP", "clusterIP": address, "clusterIPs": [address],
                           "selector": dict(app.labels), "ports": [port],
                           "sessionAffinity": "None"},
                     status={"loadBalancer": {}})  # fmt: skip
    if app.host:
        backend = {"service": {"name": app.name, "port": {"number": app.port}}}
        paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
        world.add("Ingress", app.namespace, app.name,
                  spec={"ingressClassName": "nginx", "tls": [
                            {"hosts": [app.host], "secretName": f"{app.name}-tls"}],
                        "rules": [{"host": app.host, "http": {"paths": paths}}]},
                  status={"loadBalancer": {"ingress": [{"ip": "203.0.113.10"}]}})  # fmt: skip
        world.add("Secret", app.namespace, f"{app.name}-tls", type="kubernetes.io/tls")
    return made
