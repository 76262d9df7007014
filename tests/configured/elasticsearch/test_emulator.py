"""The Elasticsearch toolsets against an emulator: it shows that their requests are understood."""

import json
import urllib.request
from collections.abc import Iterator

import pytest

from configured.servers.elasticsearch_emulator import elasticsearch_emulator
from configured.shared import shop
from holmes.core.messages import JsonValue
from holmes.core.tool_output import Json, LogLines, Table, ToolOutput
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.section import Section
from holmes.toolsets.configured import elasticsearch

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with elasticsearch_emulator(tmp_path_factory.mktemp("es")) as found:
        mapping = {"properties": {
            "@timestamp": {"type": "date"}, "message": {"type": "text"},
            "kubernetes": {"properties": {"pod": {"properties": {"name": {"type": "keyword"}}}}},
        }}  # fmt: skip
        _send("PUT", f"{found}/logs-shop", json.dumps({"mappings": mapping}))
        bulk = []
        for entry in shop.lines():
            document = {
                "@timestamp": entry.time,
                "message": entry.text,
                "kubernetes": {"pod": {"name": entry.labels["pod"]}},
            }
            bulk += ['{"index": {}}', json.dumps(document)]
        _send("POST", f"{found}/logs-shop/_bulk?refresh=true", "\n".join(bulk) + "\n")
        orders = [{"order": number, "state": "paid"} for number in range(3)]
        bulk = [line for each in orders for line in ('{"index": {}}', json.dumps(each))]
        _send("POST", f"{found}/orders/_bulk?refresh=true", "\n".join(bulk) + "\n")
        yield found


def _send(method: str, url: str, body: str) -> None:
    request = urllib.request.Request(  # noqa: S310  (loopback)
        url, data=body.encode(), method=method, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310
        assert not json.loads(reply.read()).get("errors")


def toolset(name: str, **config: object) -> Toolset:
    section = Section(name=name, config=config, source="test")
    return elasticsearch.from_section(section, ToolContext(environment={}))


async def ask(url: str, tool: str, **arguments: JsonValue) -> ToolOutput:
    kind = "data" if tool in {"search", "mappings", "list_indices"} else "cluster"
    made = toolset(f"elasticsearch/{kind}", api_url=url)
    (found,) = [each for each in made.tools if each.definition.name == f"elasticsearch_{tool}"]
    assert made.lifespan is not None
    async with made.lifespan():
        return await found.run(arguments)


async def test_emulator_says_its_version(url: str) -> None:
    made = toolset("elasticsearch/data", api_url=url)
    assert made.health is not None
    assert made.lifespan is not None
    async with made.lifespan():
        assert (await made.health()).startswith("Elasticsearch 8.15.3, cluster ")


async def test_emulator_lines_are_shown_by_kind_and_the_last_ones_whole(url: str) -> None:
    output = await ask(
        url, "search", index="logs-*", query="message:ERROR", size=3,
        start="2026-11-29T09:00:00Z", end="2026-11-29T10:30:00Z",
    )  # fmt: skip
    assert output.status == "ok"
    assert output.note.startswith("Matching documents: 138.")
    assert "connection refused (redis-cart) [" in output.text
    assert "payment declined" in output.text
    assert isinstance(output.data, LogLines)
    assert output.data.lines[-1].source == "checkout-7d9c5b6f4-x2k8p"
    assert output.command.startswith(f"POST {url}/logs-*/_search ")


async def test_emulator_what_is_new_since_the_incident(url: str) -> None:
    output = await ask(
        url,
        "search",
        index="logs-shop",
        new_since="2026-11-29T10:00:00Z",
        end="2026-11-29T10:30:00Z",
    )
    assert isinstance(output.data, Table)
    first, second = output.data.rows
    assert first[0] == "new"
    assert "redis-cart" in first[-1]
    assert first[3] == "2026-11-29T10:00:00.200Z"
    assert second[0].endswith("times as often")
    assert "retrying" in second[-1]


async def test_emulator_documents_without_a_time_are_documents(url: str) -> None:
    output = await ask(url, "search", index="orders", query='{"term": {"order": 1}}')
    assert isinstance(output.data, Json)
    assert '"state": "paid"' in output.text
    assert output.note == "Matching documents: 1."


async def test_emulator_aggregations(url: str) -> None:
    pods: JsonValue = {"pods": {"terms": {"field": "kubernetes.pod.name"}}}
    output = await ask(url, "search", index="logs-shop", query="message:refused", aggregations=pods)
    assert '"doc_count":60,"key":"checkout-7d9c5b6f4-q5m7z"' in output.text


async def test_emulator_nothing_found_is_no_data(url: str) -> None:
    output = await ask(url, "search", index="logs-shop", query="message:nowhere")
    assert output.status == "no_data"
    assert output.text == ""


async def test_emulator_refusals_are_one_line(url: str) -> None:
    output = await ask(url, "search", index="missing-index")
    assert output.status == "failed"
    assert "answered 404" in output.note
    assert len(output.note.splitlines()) == 1
    output = await ask(url, "search", index="logs-shop", query="{broken")
    assert (output.status, output.note[:19]) == ("invalid_arguments", '"query" is no JSON:')


async def test_emulator_mappings_and_indices(url: str) -> None:
    output = await ask(url, "mappings", index="logs-shop")
    assert isinstance(output.data, Table)
    assert ("kubernetes.pod.name", "keyword") in output.data.rows
    indices = await ask(url, "list_indices")
    assert isinstance(indices.data, Table)
    assert {row[0] for row in indices.data.rows} == {"logs-shop", "orders"}


async def test_emulator_cluster(url: str) -> None:
    health = await ask(url, "cluster_health")
    assert '"status":' in health.text
    nodes = await ask(url, "cat", endpoint="nodes")
    assert nodes.status == "ok"
    shards = await ask(url, "cat", endpoint="shards", index="orders")
    assert shards.status in {"ok", "no_data"}
    stats = await ask(url, "index_stats", index="logs-shop")
    assert stats.status == "ok"
    explain = await ask(url, "allocation_explain")
    assert explain.status in {"ok", "no_data", "failed"}


@pytest.mark.parametrize(
    "index",
    [
        "_all",
        "_snapshot",
        "../_cluster/settings",
        "a/_doc/1",
        "a,_cluster",
        "a?x=1",
        "a%2f_doc",
        ".",
        "..",
        "a#b",
    ],
)
async def test_emulator_no_index_is_another_request(url: str, index: str) -> None:
    for tool in ("search", "mappings"):
        output = await ask(url, tool, index=index)
        assert output.status == "invalid_arguments"
        assert output.note == f'"{index}" is no name of an index'


def test_an_api_key_is_sent_as_elasticsearch_has_it() -> None:
    made = toolset("elasticsearch/data", api_url="http://es.example", api_key="a2V5")
    assert made.status.state == "enabled"
