"""Kafka: consumer groups and their lag, topics, brokers, configuration, the newest messages."""

from collections.abc import Mapping

from holmes.tools.base import ToolContext, Toolset
from holmes.tools.function_tool import definition, needing
from holmes.tools.instances import clusters
from holmes.tools.section import Section

NAMES: Mapping[str, str] = {"kafka/admin": "Kafka: consumer groups and lag, topics, brokers"}

_LIST = definition("list_kafka_clusters", "The Kafka clusters.", {})


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one or several clusters."""
    with needing("kafka"):
        from holmes.toolsets.configured.kafka.cluster import KafkaSettings  # noqa: PLC0415
        from holmes.toolsets.configured.kafka.tools import KafkaTools  # noqa: PLC0415
    settings = section.settings(KafkaSettings, context.environment)
    found = settings.all(section)
    made = {}
    for name, cluster in found.items():
        tools = KafkaTools(cluster=cluster)
        made[name] = Toolset(name=section.name, tools=tools.all(), health=tools.health)
    places = {name: cluster.settings.broker for name, cluster in found.items()}
    return clusters(made, "kafka_cluster_name", _LIST, places)
