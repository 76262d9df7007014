"""RabbitMQ over its management API: nodes, alarms, partitions, and queues. Only GET is sent."""

from collections.abc import Mapping

import msgspec

from holmes.core.errors import ToolsetFileError
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.function_tool import definition
from holmes.tools.http import HttpSettings
from holmes.tools.instances import clusters
from holmes.tools.section import Section
from holmes.toolsets.configured.rabbitmq.tools import RabbitTools

NAMES: Mapping[str, str] = {"rabbitmq/core": "RabbitMQ: nodes, alarms, partitions, queues"}

_LIST = definition("list_configured_clusters", "The RabbitMQ clusters.", {})


class ClusterSettings(HttpSettings, frozen=True, kw_only=True):
    """One cluster; `id` is how calls name it."""

    id: str = "rabbitmq"
    management_url: str = ""


class RabbitSettings(ClusterSettings, frozen=True, kw_only=True):
    """Several clusters under `clusters`, or the keys of a single one."""

    clusters: list[ClusterSettings] = msgspec.field(default_factory=list)


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one or several clusters."""
    settings = section.settings(RabbitSettings, context.environment)
    made, places = {}, {}
    for each in settings.clusters or [settings]:
        url = (each.api_url or each.management_url).rstrip("/").removesuffix("/api")
        if not url:
            raise ToolsetFileError(f'{section.where}: the cluster "{each.id}" has no api_url.')
        server = each.server("RabbitMQ", url=url)
        tools, places[each.id] = RabbitTools(server=server), url
        made[each.id] = Toolset(
            name=section.name,
            tools=tools.all(),
            lifespan=server.open,
            health=tools.version,
            opening="rabbitmq_problems",
        )
    return clusters(made, "cluster_id", _LIST, places)
