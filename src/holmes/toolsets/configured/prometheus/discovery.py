"""Finding a Prometheus that runs in the cluster, by the labels that charts and operators set."""

import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import anyio

from holmes.core.errors import UsageError
from holmes.kubernetes.target import KubeTarget
from holmes.tools.function_tool import ToolFailure
from holmes.tools.process import Background, background, find_executable
from holmes.triage.fields import name_of, namespace_of
from holmes.triage.kubectl import Kubectl, flags

# What kube-prometheus-stack, prometheus-community/prometheus, the Prometheus, Thanos and
# VictoriaMetrics operators and Mimir's chart put on their Services, the best to ask first: one that
# sees all of several servers before one of them.
_LABELS = (
    ("app.kubernetes.io/name=thanos-query", "app.kubernetes.io/component=query-frontend"),
    ("app.kubernetes.io/name=thanos", "app.kubernetes.io/component=query"),
    ("app.kubernetes.io/name=thanos-query",),
    ("app.kubernetes.io/name=vmselect",),
    ("app.kubernetes.io/name=vmsingle",),
    ("app.kubernetes.io/name=victoria-metrics-single",),
    ("app=kube-prometheus-stack-prometheus",),
    ("app=prometheus-operator-prometheus",),
    ("app=prometheus-prometheus",),
    ("operated-prometheus=true",),
    ("app=prometheus", "component=server"),
    ("app.kubernetes.io/name=prometheus", "app.kubernetes.io/component=server"),
    ("app.kubernetes.io/name=prometheus",),
    ("app=prometheus-server",),
    ("app=prometheus",),
)
_PORTS = re.compile(r"^(?:http|web|http-web|query|9090|8428|8481|10902|80)$")
_SERVICES = "/api/v1/services"
_INSIDE = "KUBERNETES_SERVICE_HOST"
_START_SECONDS = 10.0
# Ends the proxy when our end of the pipe closes, and so even where this process is killed.
_LIFELINE = '"$@" & trap "kill $!; wait $!" EXIT; read -r _'


@asynccontextmanager
async def found(target: KubeTarget, environment: Mapping[str, str]) -> AsyncIterator[str]:
    """The URL of the cluster's Prometheus, for as long as the block runs.

    Inside a cluster that is its Service; outside, a `kubectl proxy`, which asks the API server to
    pass requests on. Raises ToolFailure where there is none, or it can't be asked for.
    """
    service, port = await _service(target)
    name, namespace = name_of(service), namespace_of(service)
    if environment.get(_INSIDE) and not target.context and not target.kubeconfig:
        yield f"http://{name}.{namespace}.svc:{port}"
        return
    path = f"/api/v1/namespaces/{quote(namespace)}/services/{quote(name)}:{port}/proxy"
    async with _proxy(target, path) as base:
        yield base + path


async def _service(target: KubeTarget) -> tuple[Any, str]:
    try:
        kubectl = Kubectl(target)
        await kubectl.check()
        listed = await kubectl.list(_SERVICES)
    except UsageError as error:
        raise ToolFailure(f'"prometheus_url" is not set, and {_lower(str(error))}') from error
    if listed.outcome != "ok":
        raise ToolFailure(
            f'"prometheus_url" is not set, and the cluster\'s Services are {listed.why}'
        )
    for labels in _LABELS:
        for service in listed.objects:
            known = service.get("metadata", {}).get("labels") or {}
            if all(known.get(key) == value for key, _, value in (p.partition("=") for p in labels)):
                return service, _port(service)
    raise ToolFailure(
        '"prometheus_url" is not set, and no Service of the cluster has the labels of a '
        "Prometheus, Thanos or VictoriaMetrics"
    )


def _port(service: Any) -> str:  # noqa: ANN401  (an object of the API)
    ports = service.get("spec", {}).get("ports") or []
    for port in ports:
        if _PORTS.match(str(port.get("name", ""))) or _PORTS.match(str(port.get("port"))):
            return str(port["port"])
    return str(ports[0]["port"]) if ports else "9090"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


@asynccontextmanager
async def _proxy(target: KubeTarget, path: str) -> AsyncIterator[str]:
    """A `kubectl proxy` that lets through what is asked of this one Service, and nothing else."""
    kubectl, shell = find_executable("kubectl"), find_executable("sh")
    if kubectl is None or shell is None:
        raise ToolFailure('"prometheus_url" is not set, and kubectl was not found in PATH')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = (
        shell, "-c", _LIFELINE, "sh", kubectl, *flags(target), "proxy", f"--port={port}",
        "--address=127.0.0.1", "--append-server-path", f"--accept-paths=^{re.escape(path)}/",
        "--reject-methods=^(PUT|PATCH|DELETE|CONNECT|TRACE)$",
    )  # fmt: skip
    async with background(argv) as running:
        if not await _comes_up(port, running):
            raise ToolFailure(
                'Prometheus runs in the cluster, and "kubectl proxy" to it did not start: forward '
                'its port (kubectl port-forward) and set "prometheus_url"'
            )
        yield f"http://127.0.0.1:{port}"


async def _comes_up(port: int, running: Background) -> bool:
    with anyio.move_on_after(_START_SECONDS):
        while not running.ended:
            try:
                async with await anyio.connect_tcp("127.0.0.1", port):
                    return True
            except OSError:
                await anyio.sleep(0.02)
    return False
