"""Toolset files as HolmesGPT 0.45's documentation describes them, run as they are.

Their tools ask the real kubectl, Prometheus and SQLite, an HTTP API, real MCP servers, emulators of
Elasticsearch, Kafka and MongoDB, and Loki's documented API, replayed.
"""

import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest

from configured.mcp.opening import over_http
from configured.peer.stock import PASSWORD, stock
from configured.platforms import NOBODY, Opened
from configured.servers.elasticsearch_emulator import elasticsearch_emulator
from configured.servers.noida import kafka_emulator
from configured.servers.nx_27017 import mongodb_emulator
from configured.servers.process import free_port
from configured.servers.prometheus import prometheus
from configured.servers.replay import replaying
from holmes.core.tool_output import Json, LogLines, Table
from holmes.demo import CLUSTER
from holmes.kubernetes.target import KubeTarget
from holmes.redaction.redactor import Redactor
from holmes.snapshot.serve import SnapshotServer
from holmes.tools import registry
from holmes.tools.base import Toolset
from support.context import tool_context

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
GRAFANA = HERE.parent / "grafana"
HEALTH = ("/labels",)  # asked for the day until now


@asynccontextmanager
async def opened(
    name: str, environment: Mapping[str, str], target: KubeTarget = NOBODY
) -> AsyncIterator[tuple[dict[str, Toolset], Opened]]:
    """The toolsets of a file as `-t FILE` gives them to a run."""
    context = tool_context(target, mask=Redactor().secrets)
    context = replace(context, environment={**context.environment, **environment})
    loaded = registry.load([HERE / name], {}, context)
    async with registry.opened(loaded, context, print) as entered:
        items = await registry.check(entered)
        of_file = {item.name: item for item in items if item.source.endswith(name)}
        enabled = [item for item in of_file.values() if item.status.state == "enabled"]
        tools = {tool.definition.name: tool for item in enabled for tool in item.tools}
        yield of_file, Opened(toolset=items[0], tools=tools)


def failed(toolsets: Mapping[str, Toolset]) -> dict[str, str]:
    return {n: item.status.reason for n, item in toolsets.items() if item.status.state == "failed"}


async def test_command_templates_with_the_real_kubectl() -> None:
    with SnapshotServer(CLUSTER) as cluster:
        target = KubeTarget(kubeconfig=str(cluster.kubeconfig))
        environment = {"SHOP_NAMESPACE": "shop-checkout"}
        async with opened("workloads.yaml", environment, target) as (toolsets, ask):
            assert failed(toolsets) == {}
            staging = toolsets["shop/staging"].status
            assert staging.state == "disabled"
            assert staging.reason == "staging is switched off at night"
            assert toolsets["shop/workloads"].instructions.startswith("Begin with workload_pods,")
            pods = await ask("workload_pods", namespace="shop-checkout", app="checkout")
            assert "CrashLoopBackOff" in pods.text
            assert "NODE" in pods.text
            most = await ask("most_restarts", namespace="shop-checkout", limit=1)
            assert most.text.startswith("checkout-"), most
            assert most.text.count("\n") == 1
            events = await ask("shop_events", type="Warning")
            assert "BackOff" in events.text
            asked = await ask("workload_exec", namespace="catalog", pod="search-0", folder="/")
            assert asked.status == "denied"
            assert "needs the user's yes" in asked.note
        assert cluster.writes == 0


@pytest.mark.lab
async def test_metrics_and_logs_with_a_real_prometheus_and_replayed_loki(tmp_path: Path) -> None:
    text = '# TYPE errors_total unknown\nerrors_total{job="cart"} 7 1795946000\n# EOF\n'
    with ExitStack() as stack:
        environment = {
            "PROMETHEUS_ADDRESS": stack.enter_context(prometheus(tmp_path, [text])),
            "LOKI_ADDRESS": stack.enter_context(replaying(GRAFANA / "loki.json", HEALTH)),
            "GRAFANA_ADDRESS": stack.enter_context(
                replaying(GRAFANA / "loki_by_grafana.json", HEALTH)
            ),
            "METRICS_TOKEN": "m", "GRAFANA_KEY": "g",
        }  # fmt: skip
        async with opened("metrics_and_logs.yaml", environment) as (toolsets, ask):
            assert failed(toolsets) == {}
            assert toolsets["grafana/tempo"].status.state == "disabled"
            assert toolsets["prometheus/metrics"].status.server.startswith("Prometheus 2.")
            value = await ask(
                "execute_prometheus_instant_query", query="errors_total", time="1795946000"
            )
            assert value.text.endswith(" 7"), value
            window = {"start": "1795945200", "end": "1795947000"}
            lines = await ask("grafana_loki_query", instance="direct", limit=4,
                              query='{namespace="shop"} |= "refused"', **window)  # fmt: skip
            assert isinstance(lines.data, LogLines)
            none = await ask(
                "grafana_loki_query", instance="by-grafana", query='{app="none"}', **window
            )
            assert none.status == "no_data"


async def test_databases_brokers_and_an_http_api(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "orders.db")) as connection:
        connection.execute("CREATE TABLE orders (id int, state text)")
        connection.execute("INSERT INTO orders VALUES (1, 'paid')")
        connection.commit()
    folders = {name: tmp_path / name for name in ("kafka", "mongodb", "elasticsearch")}
    for folder in folders.values():
        folder.mkdir()
    with ExitStack() as stack:
        environment = {
            "ORDERS_FILE": str(tmp_path / "orders.db"),
            "KAFKA_PORT": str(stack.enter_context(kafka_emulator(folders["kafka"]))),
            "MONGODB_PORT": str(stack.enter_context(mongodb_emulator(folders["mongodb"]))),
            "ELASTICSEARCH_ADDRESS": stack.enter_context(
                elasticsearch_emulator(folders["elasticsearch"])
            ),
            "ELASTICSEARCH_PASSWORD": "e",
            "STOCK_ADDRESS": stack.enter_context(stock()),
            "STOCK_PASSWORD": PASSWORD,
        }
        async with opened("data.yaml", environment) as (toolsets, ask):
            assert failed(toolsets) == {}
            rows = await ask("orders_query", sql="SELECT state FROM orders")
            assert isinstance(rows.data, Table)
            assert rows.data.rows == (("paid",),)
            names = {"carts_find", "list_topics", "elasticsearch_search", "fetch_webpage",
                     "elasticsearch_cluster_health", "tcp_check"}  # fmt: skip
            assert names <= ask.tools.keys()
            assert (await ask("list_topics")).status in {"ok", "no_data"}
            assert (await ask("elasticsearch_cluster_health")).status == "ok"
            url = environment["STOCK_ADDRESS"]
            apples = await ask("stock_request", url=f"{url}/stock/apples")
            assert isinstance(apples.data, Json)
            assert apples.data.value == {"apples": 3}
            assert PASSWORD not in apples.command
            port = int(url.rpartition(":")[2])
            assert (await ask("tcp_check", host="127.0.0.1", port=port)).status == "ok"


async def test_mcp_servers_by_every_transport(tmp_path: Path) -> None:
    ports = {"streamable-http": free_port(), "sse": free_port()}
    with ExitStack() as stack:
        for transport, port in ports.items():
            (tmp_path / transport).mkdir()
            stack.enter_context(over_http(tmp_path / transport, transport, port))
        environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "XDG_STATE_HOME": str(tmp_path),
            "TICKETS_ADDRESS": f"http://127.0.0.1:{ports['streamable-http']}",
            "ARCHIVE_ADDRESS": f"http://127.0.0.1:{ports['sse']}",
            "TICKETS_TOKEN": "t",
        }
        async with opened("mcp_servers.yaml", environment) as (toolsets, ask):
            assert failed(toolsets) == {}
            clock = toolsets["clock"]
            assert clock.description == "The time anywhere"
            assert clock.instructions.startswith("Ask it before")
            assert "get_current_time" in ask.tools
            # Both servers have these, so that each one's name stands before them.
            assert {"tickets__close_order", "archive__close_order"} <= ask.tools.keys()
            asked = await ask("tickets__close_order", number=3)
            assert asked.status == "denied"
            assert not (tmp_path / "streamable-http/closed").exists()
