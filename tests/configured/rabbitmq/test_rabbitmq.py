"""RabbitMQ over its management API, on a real server."""

import base64
import json
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from configured.servers.process import free_port
from configured.servers.rabbitmq import rabbitmq
from holmes.core.errors import ToolsetFileError
from holmes.core.messages import JsonValue
from holmes.core.tool_output import Findings, Json, Table, ToolOutput
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.function_tool import ToolFailure
from holmes.tools.section import Section
from holmes.toolsets.configured.rabbitmq import from_section

pytestmark = [pytest.mark.anyio, pytest.mark.lab]


def told(url: str, method: str, path: str, body: object = None) -> str:
    """What the server answers to its administrator."""
    login = base64.b64encode(b"guest:guest").decode()
    request = urllib.request.Request(  # noqa: S310
        f"{url}/api/{path}",
        data=json.dumps(body or {}).encode() if method != "GET" else None,
        method=method,
        headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as reply:  # noqa: S310
        text: str = reply.read().decode()
        return text


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with rabbitmq(tmp_path_factory.mktemp("rabbit")) as url:
        for name in ("orders", "mails"):
            arguments = {"x-dead-letter-exchange": "dead"} if name == "orders" else {}
            told(url, "PUT", f"queues/%2F/{name}", {"durable": True, "arguments": arguments})
        message = {"properties": {}, "routing_key": "orders", "payload": "x"}
        for _ in range(7):
            told(
                url,
                "POST",
                "exchanges/%2F/amq.default/publish",
                {**message, "payload_encoding": "string"},
            )
        told(url, "PUT", "users/watcher", {"password": "secret-pw", "tags": "monitoring"})
        told(
            url,
            "PUT",
            "permissions/%2F/watcher",
            {"configure": "^$", "write": "^$", "read": ".*"},
        )
        end = time.monotonic() + 60
        while '"messages":7' not in told(url, "GET", "queues/%2F/orders").replace(" ", ""):
            assert time.monotonic() < end
            time.sleep(0.2)
        yield url


class Tools:
    def __init__(self, toolset: Toolset) -> None:
        self.toolset = toolset

    async def __call__(self, tool: str, /, **arguments: JsonValue) -> ToolOutput:
        tools = {each.definition.name: each for each in self.toolset.tools}
        return await tools[tool].run(arguments)


def cluster(url: str, name: str = "main", password: str = "secret-pw") -> dict[str, str]:  # noqa: S107
    return {"id": name, "api_url": url, "username": "watcher", "password": password}


@asynccontextmanager
async def opened(*clusters: dict[str, str]) -> AsyncIterator[Tools]:
    section = Section(name="rabbitmq/core", config={"clusters": list(clusters)}, source="test")
    toolset = from_section(section, ToolContext(environment={}))
    assert toolset.lifespan is not None
    async with toolset.lifespan():
        yield Tools(toolset)


async def test_queues_come_with_depth_and_consumers(url: str) -> None:
    async with opened(cluster(url)) as tools:
        output = await tools("rabbitmq_list_queues")
        one = await tools("rabbitmq_list_queues", name="mail")
        none = await tools("rabbitmq_list_queues", name="zzz")
    assert isinstance(output.data, Table)
    rows = [dict(zip(output.data.columns, row, strict=True)) for row in output.data.rows]
    assert [(row["queue"], row["messages"], row["consumers"]) for row in rows] == [
        ("orders", "7", "0"),
        ("mails", "0", "0"),
    ]
    assert isinstance(one.data, Table)
    assert len(one.data.rows) == 1
    assert (none.status, none.note) == ("no_data", 'no queue has "zzz" in its name')
    assert "secret-pw" not in output.command


async def test_a_queue_that_nobody_consumes_is_a_problem(url: str) -> None:
    async with opened(cluster(url)) as tools:
        output = await tools("rabbitmq_problems")
    assert output.text == "- Queue orders: 7 messages wait in it, and it has no consumer\n"
    assert isinstance(output.data, Findings)
    [found] = output.data.findings
    assert found.next_call.command.endswith("/api/queues/%2F/orders")


async def test_a_queue_is_described(url: str) -> None:
    async with opened(cluster(url)) as tools:
        output = await tools("rabbitmq_describe_queue", queue="orders")
        missing = await tools("rabbitmq_describe_queue", queue="order")
    assert "{'x-dead-letter-exchange': 'dead'}" in output.text
    assert "messages: 7" in output.text
    assert missing.status == "no_data"
    assert 'no queue "order" in vhost "/"; list the queues' in missing.note


async def test_a_healthy_cluster_says_so(url: str) -> None:
    async with opened(cluster(url)) as tools:
        well = await tools("get_rabbitmq_cluster_status")
    assert well.text.startswith("no alarm, no partition\n")
    assert isinstance(well.data, Json)
    assert isinstance(well.data.value, dict)
    assert (well.data.value["queues"], well.data.value["messages"]) == (2, 7)
    assert "memory_percent" in well.text


async def test_several_clusters_are_told_apart(url: str) -> None:
    gone = f"http://127.0.0.1:{free_port()}"
    async with opened(cluster(url, "a"), cluster(gone, "b")) as tools:
        assert tools.toolset.health is not None
        health = await tools.toolset.health()
        listed = await tools("list_configured_clusters")
        queues = await tools("rabbitmq_list_queues", cluster_id="a")
        down = await tools("rabbitmq_list_queues", cluster_id="b")
    assert health.startswith("a: RabbitMQ 3.")
    assert "not used: b: RabbitMQ at" in health
    assert "cluster_id" in listed.text
    assert (queues.status, down.status) == ("ok", "failed")


async def test_a_wrong_password_is_one_line(url: str) -> None:
    async with opened(cluster(url, password="wrong-pw")) as tools:  # noqa: S106
        assert tools.toolset.health is not None
        with pytest.raises(ToolFailure, match="answered 401: check its key, user or role"):
            await tools.toolset.health()


def test_a_cluster_without_an_address_is_refused() -> None:
    section = Section(name="rabbitmq/core", config={"clusters": [{"id": "x"}]}, source="test")
    with pytest.raises(ToolsetFileError, match='the cluster "x" has no api_url'):
        from_section(section, ToolContext(environment={}))
