"""A Prometheus that runs in the cluster, reached through the real kubectl.

The API server is ours: it lists Services and passes requests on to a real Prometheus.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from configured.prometheus.asking import context, kubeconfig
from holmes.kubernetes.target import SECTION, section_of
from holmes.tools import registry
from holmes.tools.base import Toolset
from holmes.toolsets.configured.prometheus.discovery import found

pytestmark = [pytest.mark.anyio, pytest.mark.lab]

_PROXY = "/api/v1/namespaces/monitoring/services/kps-prometheus:9090/proxy"
_INLINE = {"prometheus/metrics": {"enabled": True}}


class _ApiServer(ThreadingHTTPServer):
    prometheus = ""
    labels: dict[str, str]


class _Handler(BaseHTTPRequestHandler):
    server: _ApiServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith(_PROXY):
            url = self.server.prometheus + self.path.removeprefix(_PROXY)
            with urllib.request.urlopen(url, timeout=5) as reply:  # noqa: S310  (loopback)
                body = reply.read()
        elif path == "/version":
            body = b'{"gitVersion": "v1.36.0", "major": "1", "minor": "36"}'
        else:
            service = {
                "metadata": {"name": "kps-prometheus", "namespace": "monitoring",
                             "labels": self.server.labels},
                "spec": {"ports": [{"name": "reloader-web", "port": 8080},
                                   {"name": "http-web", "port": 9090}]},
            }  # fmt: skip
            items = [service] if path == "/api/v1/services" else []
            body = json.dumps({"kind": "ServiceList", "metadata": {}, "items": items}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def cluster(small: str) -> Iterator[_ApiServer]:
    server = _ApiServer(("127.0.0.1", 0), _Handler)
    server.prometheus = small
    server.labels = {"app": "kube-prometheus-stack-prometheus"}
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


async def opened(cluster: _ApiServer, folder: Path) -> Toolset:
    """The toolset as a run finds it, once it is open and checked."""
    target = kubeconfig(folder, f"http://127.0.0.1:{cluster.server_port}")
    made = replace(context(), sections={SECTION: section_of(target)})
    loaded = [item for item in registry.load([], _INLINE, made) if "prometheus" in item.name]
    async with registry.opened(loaded, made, print) as entered:
        (toolset,) = await registry.check(entered)
    return toolset


async def test_the_service_is_found_and_asked(cluster: _ApiServer, tmp_path: Path) -> None:
    toolset = await opened(cluster, tmp_path)
    assert toolset.status.state == "enabled", toolset.status.reason
    assert toolset.status.server.startswith("Prometheus 2.42.0+ds at http://127.0.0.1:")
    assert toolset.status.server.endswith(_PROXY)


async def test_no_service_of_that_kind_is_one_line(cluster: _ApiServer, tmp_path: Path) -> None:
    cluster.labels = {"app": "shop"}
    toolset = await opened(cluster, tmp_path)
    assert toolset.status.state == "failed"
    assert toolset.status.reason == (
        '"prometheus_url" is not set, and no Service of the cluster has the labels of a '
        "Prometheus, Thanos or VictoriaMetrics"
    )


async def test_nothing_else_of_the_api_is_let_through(cluster: _ApiServer, tmp_path: Path) -> None:
    target = kubeconfig(tmp_path, f"http://127.0.0.1:{cluster.server_port}")
    async with found(target, {}) as url:
        root = url.removesuffix(_PROXY)
        with urllib.request.urlopen(f"{url}/-/ready", timeout=5) as reply:  # noqa: ASYNC210, S310
            assert reply.status == 200
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{root}/api/v1/secrets", timeout=5)  # noqa: ASYNC210, S310


async def test_no_cluster_at_all_is_one_line() -> None:
    missing = {SECTION: {"kubeconfig": "/nonexistent", "context": "", "namespace": "",
                         "temporary": False}}  # fmt: skip
    made = replace(context(), sections=missing)
    loaded = [item for item in registry.load([], _INLINE, made) if "prometheus" in item.name]
    async with registry.opened(loaded, made, print) as entered:
        (toolset,) = entered
    assert toolset.status.reason == (
        '"prometheus_url" is not set, and the kubeconfig "/nonexistent" does not exist.'
    )
