"""Kafka's tools against an emulator: they show the protocol, not what Apache Kafka answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from configured.servers.noida import kafka_emulator
from configured.servers.process import free_port
from holmes.core.errors import ToolsetFileError
from holmes.core.messages import JsonValue
from holmes.core.tool_output import Table, ToolOutput
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.function_tool import ToolFailure
from holmes.tools.section import Section
from holmes.toolsets.configured.kafka import from_section

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two topics, and a group that has read 4 of 10 messages."""
    with kafka_emulator(tmp_path_factory.mktemp("kafka")) as port:
        address = f"127.0.0.1:{port}"
        options: dict[str, Any] = {"bootstrap.servers": address, "log_level": 0}
        admin = AdminClient(options)
        made = admin.create_topics([NewTopic("orders", 1, 1), NewTopic("mails", 2, 1)])
        for future in made.values():
            future.result(20)
        producer = Producer(options)
        for number in range(10):
            producer.produce("orders", key=f"k{number}", value=f"order {number}", partition=0)
        producer.flush(20)
        group = Consumer({**options, "group.id": "billing", "enable.auto.commit": False})
        group.commit(offsets=[TopicPartition("orders", 0, 4)], asynchronous=False)
        group.close()
        yield address


class Tools:
    def __init__(self, toolset: Toolset) -> None:
        self.toolset = toolset

    async def __call__(self, tool: str, /, **arguments: JsonValue) -> ToolOutput:
        tools = {each.definition.name: each for each in self.toolset.tools}
        return await tools[tool].run(arguments)


def opened(*brokers: str) -> Tools:
    clusters = [
        {"name": f"c{n}", "broker": each, "timeout_seconds": 3} for n, each in enumerate(brokers)
    ]
    section = Section(name="kafka/admin", config={"clusters": clusters}, source="test")
    return Tools(from_section(section, ToolContext(environment={})))


def rows(output: ToolOutput) -> list[dict[str, str]]:
    assert isinstance(output.data, Table), output
    return [dict(zip(output.data.columns, row, strict=True)) for row in output.data.rows]


async def test_lag_of_a_group(broker: str) -> None:
    tools = opened(broker)
    (group,) = rows(await tools("list_kafka_consumers"))
    assert (group["group"], group["lag"], group["members"]) == ("billing", "6", "0")
    described = await tools("describe_consumer_group", group_id="billing")
    (row,) = rows(described)
    assert row == {
        "topic": "orders", "partition": "0", "committed": "4", "end": "10", "lag": "6",
        "read_by": "nobody",
    }  # fmt: skip
    assert "lag 6 in all" in described.note
    assert described.command.startswith("kafka-consumer-groups.sh --bootstrap-server 127.0.0.1:")
    (reader,) = rows(await tools("find_consumer_groups_by_topic", topic_name="orders"))
    assert (reader["group"], reader["lag"]) == ("billing", "6")
    missing = await tools("describe_consumer_group", group_id="nobody")
    assert missing.status == "no_data"
    assert missing.note.endswith('has no group "nobody"; list the consumers')


async def test_topics_and_brokers(broker: str) -> None:
    tools = opened(broker)
    listed = {row["topic"]: row for row in rows(await tools("list_topics"))}
    assert (listed["orders"]["partitions"], listed["orders"]["offsets_held"]) == ("1", "10")
    (partition,) = rows(await tools("describe_topic", topic_name="orders"))
    assert (partition["first"], partition["end"]) == ("0", "10")
    overview = await tools("cluster_overview")
    assert "broker" in overview.text
    assert "PROBLEM" not in overview.text
    settings = await tools("describe_configs", resource_type="topic", resource_name="orders")
    assert settings.status == "ok"


async def test_reading_messages_makes_no_group_and_no_topic(broker: str) -> None:
    tools = opened(broker)
    newest = rows(await tools("consume_messages", topic_name="orders", max_messages=3))
    assert [row["value"] for row in newest] == ["order 7", "order 8", "order 9"]
    missing = await tools("consume_messages", topic_name="nowhere")
    assert missing.status == "no_data"
    assert [row["group"] for row in rows(await tools("list_kafka_consumers"))] == ["billing"]
    assert {row["topic"] for row in rows(await tools("list_topics"))} >= {"orders", "mails"}
    assert "nowhere" not in (await tools("list_topics")).text


async def test_several_clusters_and_one_that_is_not_there(broker: str) -> None:
    tools = opened(broker, f"127.0.0.1:{free_port()}")
    assert tools.toolset.health is not None
    said = await tools.toolset.health()
    assert said.startswith("c0: Kafka, 1 broker; not used: c1: Kafka at 127.0.0.1:")
    assert len(rows(await tools("list_kafka_clusters"))) == 2
    down = opened(f"127.0.0.1:{free_port()}")
    assert down.toolset.health is not None
    with pytest.raises(ToolFailure, match="no broker answers"):
        await down.toolset.health()


def test_a_cluster_without_a_broker_is_refused() -> None:
    section = Section(name="kafka/admin", config={"clusters": [{"name": "a"}]}, source="test")
    with pytest.raises(ToolsetFileError, match='the cluster "a" has no broker'):
        from_section(section, ToolContext(environment={}))
