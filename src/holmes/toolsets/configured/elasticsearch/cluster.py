"""The tools that say how a cluster does."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from holmes.core.messages import JsonObject, JsonValue
from holmes.core.tool_output import Json, ToolOutput
from holmes.tools.base import Tool
from holmes.tools.data import listed
from holmes.tools.function_tool import FunctionTool, definition
from holmes.tools.http import HttpServer, Parameters
from holmes.toolsets.configured.elasticsearch.names import index_path

_TEXT: JsonObject = {"type": "string"}
_OF_INDICES = frozenset({"shards", "indices", "segments", "recovery", "count"})

CAT = definition(
    "elasticsearch_cat",
    "A table of the cluster.",
    {
        "endpoint": {
            "type": "string",
            "enum": [
                "nodes", "shards", "allocation", "thread_pool", "pending_tasks", "recovery",
                "segments", "indices", "aliases", "count", "master", "plugins",
            ],
        },
        "index": _TEXT,
    },
    required=("endpoint",),
)  # fmt: skip
HEALTH = definition(
    "elasticsearch_cluster_health", "Health: status, shards, pending tasks.", {"index": _TEXT}
)
STATS = definition(
    "elasticsearch_index_stats", "Load and size of indices.", {"index": _TEXT}, required=("index",)
)
EXPLAIN = definition(
    "elasticsearch_allocation_explain",
    "Why a shard is not assigned; without arguments the first such.",
    {"index": _TEXT, "shard": {"type": "integer"}, "primary": {"type": "boolean"}},
)
NODES = definition("elasticsearch_nodes_stats", "Heap, CPU, disk, rejections of nodes.", {})


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """What the tools do."""

    server: HttpServer

    def tools(self) -> tuple[Tool, ...]:
        """All of them."""
        return (
            FunctionTool(definition=CAT, call=self.cat, show=self._show(_cat_path, _CAT)),
            FunctionTool(definition=HEALTH, call=self.health, show=self._show(_health_path)),
            FunctionTool(definition=STATS, call=self.stats, show=self._show(_stats_path)),
            FunctionTool(definition=EXPLAIN, call=self.explain, show=self._show(_explain_path)),
            FunctionTool(definition=NODES, call=self.nodes, show=self._show(_nodes_path)),
        )

    def _show(
        self, path: Callable[[JsonObject], str], query: Parameters | None = None
    ) -> Callable[[JsonObject], str]:
        def show(arguments: JsonObject) -> str:
            return f"GET {self.server.url(path(arguments), query)}{_shown_body(arguments)}"

        return show

    async def cat(self, arguments: JsonObject) -> ToolOutput:
        """One of the `_cat` tables."""
        found = await self.server.json(_cat_path(arguments), _CAT)
        columns = tuple(dict.fromkeys(key for row in found for key in row))
        rows = [tuple(str(row.get(key) or "") for key in columns) for row in found]
        titles = tuple(column.upper() for column in columns)
        endpoint = str(arguments["endpoint"])
        return listed(endpoint, titles, rows, self._show(_cat_path, _CAT)(arguments))

    async def health(self, arguments: JsonObject) -> ToolOutput:
        """The cluster's status."""
        reply = await self.server.json(_health_path(arguments), {"timeout": "5s"})
        return _document(reply, self._show(_health_path)(arguments))

    async def stats(self, arguments: JsonObject) -> ToolOutput:
        """What was written to and read from each index, and its size."""
        reply = await self.server.json(_stats_path(arguments))
        rows = [_index_row(name, each) for name, each in (reply.get("indices") or {}).items()]
        rows.sort(key=lambda row: -int(row[2] or 0))
        columns = (
            "INDEX",
            "DOCUMENTS",
            "BYTES",
            "INDEXED",
            "FAILED",
            "QUERIES",
            "QUERY MS",
            "MERGING",
        )
        return listed("indices", columns, rows, self._show(_stats_path)(arguments))

    async def explain(self, arguments: JsonObject) -> ToolOutput:
        """Why a shard stays where it is, or nowhere."""
        body: dict[str, JsonValue] = {
            key: arguments[key] for key in ("index", "shard", "primary") if key in arguments
        }
        path = _explain_path(arguments)
        if body:
            index_path(body.get("index"))
        reply = await self.server.request(path, body=body or None)
        command = self._show(_explain_path)(arguments)
        if reply.status == 400 and not body:
            return ToolOutput(status="no_data", command=command, note="every shard is assigned")
        if reply.status != 200:
            raise self.server.refused(reply)
        return _document(self.server.read_json(reply), command)

    async def nodes(self, arguments: JsonObject) -> ToolOutput:
        """Each node's heap, CPU, disk, rejected requests and tripped breakers."""
        reply = await self.server.json(_nodes_path(arguments))
        rows = [_node_row(each) for each in (reply.get("nodes") or {}).values()]
        columns = ("NODE", "HEAP %", "CPU %", "DISK FREE", "REJECTED", "TRIPPED")
        return listed("nodes", columns, rows, self._show(_nodes_path)(arguments))


_CAT = {"format": "json"}


def _cat_path(arguments: JsonObject) -> str:
    endpoint = str(arguments.get("endpoint"))
    below = _below(arguments) if endpoint in _OF_INDICES else ""
    return f"_cat/{endpoint}{below}"


def _health_path(arguments: JsonObject) -> str:
    return f"_cluster/health{_below(arguments)}"


def _stats_path(arguments: JsonObject) -> str:
    return f"{index_path(arguments.get('index'))}/_stats"


def _explain_path(_: JsonObject) -> str:
    return "_cluster/allocation/explain"


def _nodes_path(_: JsonObject) -> str:
    return "_nodes/stats/jvm,os,fs,thread_pool,breaker"


def _below(arguments: JsonObject) -> str:
    return f"/{index_path(arguments['index'])}" if arguments.get("index") else ""


def _shown_body(arguments: JsonObject) -> str:
    return f" {json.dumps(dict(arguments))}" if "shard" in arguments else ""


def _document(value: JsonValue, command: str) -> ToolOutput:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return ToolOutput(status="ok", text=text, command=command, data=Json(value=value))


def _index_row(name: str, each: Mapping[str, Any]) -> tuple[str, ...]:
    total = each.get("total") or {}
    places = (
        ("docs", "count"), ("store", "size_in_bytes"), ("indexing", "index_total"),
        ("indexing", "index_failed"), ("search", "query_total"),
        ("search", "query_time_in_millis"), ("merges", "current"),
    )  # fmt: skip
    return name, *(str((total.get(part) or {}).get(key, "")) for part, key in places)


def _node_row(node: Mapping[str, Any]) -> tuple[str, ...]:
    heap = ((node.get("jvm") or {}).get("mem") or {}).get("heap_used_percent", "")
    cpu = ((node.get("os") or {}).get("cpu") or {}).get("percent", "")
    disk = (node.get("fs") or {}).get("total") or {}
    total, free = int(disk.get("total_in_bytes") or 0), int(disk.get("available_in_bytes") or 0)
    left = f"{free / 1e9:.1f} of {total / 1e9:.1f} GB" if total else ""
    return (
        str(node.get("name") or ""), str(heap), str(cpu), left,
        _nonzero(node.get("thread_pool") or {}, "rejected"),
        _nonzero(node.get("breakers") or {}, "tripped"),
    )  # fmt: skip


def _nonzero(parts: Mapping[str, Any], key: str) -> str:
    return ", ".join(f"{name} {each[key]}" for name, each in parts.items() if each.get(key))
