"""A cluster as `kubectl get -o json` lists it: objects, events, logs and a clock."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal, TypeAlias
from uuid import UUID

from holmes.triage.fields import Obj, name_of, namespace_of, text
from holmes.triage.logs import LogRequest

Kind: TypeAlias = Literal["Deployment", "StatefulSet", "DaemonSet", "CronJob"]
Runtime: TypeAlias = Literal["go", "java", "python", "node", "nginx", "postgres", "redis"]
Ref: TypeAlias = tuple[str, str, str]

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # the letters that Kubernetes draws names from
CLUSTER_SCOPED = frozenset(
    {
        "Node",
        "Namespace",
        "PersistentVolume",
        "StorageClass",
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
        "ClusterRole",
        "ClusterRoleBinding",
        "IngressClass",
        "APIService",
        "PriorityClass",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """What one workload is made of; `needs` are the apps that it calls, by name."""

    name: str
    namespace: str
    image: str
    kind: Kind = "Deployment"
    runtime: Runtime = "go"
    port: int = 8080
    replicas: int = 2
    cpu: int = 100
    memory: int = 256
    needs: tuple[str, ...] = ()
    config: bool = False
    secret: bool = False
    claim: bool = False
    served: bool = True
    probed: bool = True
    host: str = ""
    system: bool = False
    everywhere: bool = False

    @property
    def labels(self) -> dict[str, str]:
        return {"app.kubernetes.io/name": self.name}

    @property
    def ref(self) -> Ref:
        return (self.kind, self.namespace, self.name)

    @property
    def config_map(self) -> str:
        return f"{self.name}-config"

    @property
    def secret_name(self) -> str:
        return f"{self.name}-credentials"

    @property
    def address(self) -> str:
        return f"{self.name}.{self.namespace}.svc.cluster.local"


class World:
    """A cluster that is built healthy and then broken; every choice comes from its seed."""

    def __init__(self, seed: str, minor: int) -> None:
        self.rng = Random(seed)  # noqa: S311  # a generator of test data
        self.minor = minor
        self.now = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(seconds=self.rng.randrange(10**7))
        # How many minutes ago the incident began.
        self.since = self.rng.randrange(14, 55)
        self.objects: dict[Ref, Obj] = {}
        self.logs: dict[LogRequest, Sequence[str]] = {}
        self.apps: list[App] = []
        self.taken: set[str] = set()
        # ReplicaSets whose roll-out is stuck, and those whose roll-out has just begun.
        self.rolled: set[str] = set()
        self.rolling: set[str] = set()
        # Whether two faults met in one app, so that neither is what it was meant to be.
        self.clash = False
        # Whether no event will be seen, so that a state must be the one that tells.
        self.silent = False
        self._addresses = iter(range(10, 4000))

    # Names and times

    def suffix(self, length: int = 5) -> str:
        return "".join(self.rng.choice(_ALPHABET) for _ in range(length))

    def uid(self) -> str:
        return str(UUID(int=self.rng.getrandbits(128), version=4))

    def ago(self, minutes: float) -> str:
        return (self.now - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def pod_address(self) -> str:
        number = next(self._addresses)
        return f"10.244.{number // 250}.{number % 250 + 2}"

    def cluster_address(self) -> str:
        number = next(self._addresses)
        return f"10.96.{number // 250}.{number % 250 + 2}"

    # Objects

    def add(self, kind: str, namespace: str, name: str, **fields: object) -> Obj:
        """A new object; `metadata` among the fields is merged into what every object has."""
        own = fields.pop("metadata", {})
        metadata: Obj = {
            "name": name,
            "uid": self.uid(),
            "creationTimestamp": self.ago(40_000),
            "resourceVersion": str(self.rng.randrange(10**4, 10**7)),
        }
        if kind not in CLUSTER_SCOPED:
            metadata["namespace"] = namespace
        if isinstance(own, dict):
            metadata.update(own)
        obj: Obj = {"kind": kind, "metadata": metadata, **fields}
        return self.put(obj)

    def put(self, obj: Obj) -> Obj:
        self.objects[text(obj, "kind"), namespace_of(obj), name_of(obj)] = obj
        return obj

    def get(self, kind: str, namespace: str, name: str) -> Obj:
        return self.objects[kind, namespace, name]

    def remove(self, kind: str, namespace: str, name: str) -> None:
        del self.objects[kind, namespace, name]
        for request in [r for r in self.logs if (r.namespace, r.pod) == (namespace, name)]:
            if kind == "Pod":
                del self.logs[request]

    def all(self, kind: str, namespace: str = "") -> list[Obj]:
        return [
            obj
            for (of, within, _), obj in self.objects.items()
            if of == kind and namespace in {"", within}
        ]

    def nodes(self, *, control_plane: bool = False) -> list[Obj]:
        """The nodes that workloads can run on; with `control_plane`, every node."""
        return [
            each for each in self.all("Node") if control_plane or not each["spec"].get("taints")
        ]

    # Apps

    def app(self, name: str) -> App:
        return next(each for each in self.apps if each.name == name)

    def choose(self, *kinds: Kind, fits: Callable[[App], bool] = lambda _: True) -> App:
        """One app of a kind (any, for none), and no app twice."""
        fitting = [
            each
            for each in self.apps
            if not each.system and each.kind in (kinds or ("Deployment",)) and fits(each)
        ]
        fresh = [each for each in fitting if each.name not in self.taken]
        return self.take(self.rng.choice(fresh or fitting))

    def take(self, app: App) -> App:
        """The app, for one fault alone."""
        self.clash |= app.name in self.taken
        self.taken.add(app.name)
        return app

    def workload(self, app: App) -> Obj:
        return self.get(*app.ref)

    def pods(self, app: App) -> list[Obj]:
        return [
            pod
            for pod in self.all("Pod", app.namespace)
            if pod["metadata"].get("labels", {}).get("app.kubernetes.io/name") == app.name
        ]

    # Events and logs

    def event(
        self,
        about: Obj,
        reason: str,
        message: str,
        *,
        normal: bool = False,
        count: int = 0,
        age: float = 1,
        container: str = "",
        source: str = "kubelet",
    ) -> None:
        """What `kubectl get events` has about an object; `age` is when it last came, in minutes."""
        name, namespace = name_of(about), namespace_of(about) or "default"
        field = {"fieldPath": f"spec.containers{{{container}}}"} if container else {}
        scheduler = source == "default-scheduler"
        last = self.ago(age)
        first = self.ago(max(self.since - 1, age))
        stamps: Obj = (
            {"firstTimestamp": None, "lastTimestamp": None, "eventTime": last}
            if scheduler
            else {
                "firstTimestamp": first,
                "lastTimestamp": last,
                "eventTime": None,
                "count": count or self.rng.randrange(2, 30),
            }
        )
        self.add(
            "Event",
            namespace,
            f"{name}.{self.rng.getrandbits(60):015x}",
            metadata={"creationTimestamp": first},
            involvedObject={
                "kind": about["kind"],
                "name": name,
                "uid": about["metadata"]["uid"],
                **({"namespace": namespace_of(about)} if namespace_of(about) else {}),
                **field,
            },
            type="Normal" if normal else "Warning",
            reason=reason,
            message=message,
            source={} if scheduler else {"component": source},
            reportingComponent=source,
            **stamps,
        )

    def log(
        self, pod: Obj, lines: Iterable[str], *, previous: bool = False, container: str = ""
    ) -> None:
        """The log of a pod's container, a line every few seconds up to now."""
        said = list(lines)
        step = self.rng.uniform(1.5, 9)
        stamped = [
            (self.now - timedelta(seconds=step * (len(said) - at) + 2)).strftime(
                "%Y-%m-%dT%H:%M:%S.%fZ "
            )
            + line
            for at, line in enumerate(said)
        ]
        name = container or text(pod["spec"]["containers"][0], "name")
        request = LogRequest(
            namespace=namespace_of(pod), pod=name_of(pod), container=name, previous=previous
        )
        self.logs[request] = stamped
