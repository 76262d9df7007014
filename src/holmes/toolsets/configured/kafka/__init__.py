"""Kafka: consumer groups and their lag, topics, brokers, configuration, the newest messages."""

from collections.abc import Mapping

from holmes.tools.base import ToolContext, Toolset, ToolsetStatus
from holmes.tools.function_tool import missing_extra
from holmes.tools.section import Section

NAMES: Mapping[str, str] = {"kafka/admin": "Kafka: consumer groups and lag, topics, brokers"}


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one or several clusters."""
    try:
        from holmes.toolsets.configured.kafka.cluster import KafkaSettings  # noqa: PLC0415
        from holmes.toolsets.configured.kafka.tools import KafkaTools  # noqa: PLC0415
    except ImportError as error:
        raise missing_extra("kafka", error) from error
    settings = section.settings(KafkaSettings, context.environment)
    tools = KafkaTools(clusters=settings.all(section))
    return Toolset(
        name=section.name,
        description=NAMES["kafka/admin"],
        tools=tools.all(),
        status=ToolsetStatus(state="enabled"),
        health=tools.health,
    )
