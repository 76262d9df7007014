"""The tools that the texts of the corpus were written against."""

from typing import cast

from holmes.core.messages import JsonObject, ToolDefinition


def tool(name: str, description: str, *required: str, **properties: object) -> ToolDefinition:
    """A tool whose parameters are strings where no schema is given."""
    schemas = {**{k: {"type": "string"} for k in required}, **properties}
    parameters = {"type": "object", "properties": schemas, "required": list(required)}
    return ToolDefinition(
        name=name, description=description, parameters=cast("JsonObject", parameters)
    )


TEXT = {"type": "string"}
COUNT = {"type": "integer"}

TOOLS = (
    tool("list_pods", "List pods in a Kubernetes namespace", "namespace"),
    tool(
        "get_logs",
        "Get logs of a pod",
        "namespace",
        "pod",
        "level",
        level={"type": "string", "enum": ["info", "warn", "error"]},
        tail=COUNT,
    ),
    tool("query_metrics", "Run a PromQL query", "query", labels={"type": "object"}),
    tool("cluster_info", "Version and nodes of the cluster"),
)

TWENTY = (
    *TOOLS,
    tool("describe", "Describe one object, with its events", "kind", "name", namespace=TEXT),
    tool("get_events", "Events of a namespace, newest first.", namespace=TEXT, kind=TEXT),
    tool("list_nodes", "List nodes with conditions and capacity. Includes taints.", selector=TEXT),
    tool("top_pods", "CPU and memory in use by pods", "namespace", sort_by=TEXT),
    tool("top_nodes", "CPU and memory in use by nodes"),
    tool("rollout_history", "Revisions of a deployment", "namespace", "deployment"),
    tool("get_yaml", "One object as YAML", "kind", "name", namespace=TEXT),
    tool("list_services", "List services and their endpoints", "namespace"),
    tool("list_ingresses", "List ingresses with hosts and backends", "namespace"),
    tool("get_config_map", "Data of a config map", "namespace", "name"),
    tool("list_helm_releases", "List Helm releases and their status", namespace=TEXT),
    tool("get_helm_values", "Values of a Helm release", "release", namespace=TEXT),
    tool("list_alerts", "Firing Prometheus alerts", severity=TEXT),
    tool("query_range", "Run a PromQL range query", "query", "start", "end", step=TEXT),
    tool("search_logs", "Search logs in Loki with LogQL", "query", since=TEXT, limit=COUNT),
    tool("list_pvcs", "List volume claims with phase and size", "namespace"),
)
