"""The tools of RabbitMQ: state of a cluster, its queues, one queue."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from holmes.core.finding import NextCall
from holmes.core.messages import JsonObject, JsonValue
from holmes.core.tool_output import Json, ToolOutput
from holmes.tools.function_tool import FunctionTool, ToolFailure, tools_of
from holmes.tools.http import HttpServer, Parameters
from holmes.tools.problems import problem, problems_output
from holmes.tools.rows import answered, shown, taken

_QUEUES = 50
_QUEUE_COLUMNS = (
    "vhost", "name", "type", "state", "messages", "messages_ready", "messages_unacknowledged",
    "consumers", "message_stats.publish_details.rate", "message_stats.deliver_get_details.rate",
    "message_stats.ack_details.rate", "memory", "node",
)  # fmt: skip
_TITLES = (
    "vhost", "queue", "type", "state", "messages", "ready", "unacked", "consumers", "in_per_s",
    "out_per_s", "acked_per_s", "memory", "node",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class RabbitTools:
    """The tools of one cluster."""

    server: HttpServer

    def all(self) -> tuple[FunctionTool, ...]:
        """All of them."""
        text: JsonObject = {"type": "string"}
        return tools_of(
            (
                "rabbitmq_problems",
                "What is wrong with RabbitMQ. Call first.",
                {},
                (),
                self.problems,
            ),
            (
                "get_rabbitmq_cluster_status",
                "Nodes, alarms, partitions, message rates and connections of RabbitMQ.",
                {},
                (),
                self.status,
            ),
            (
                "rabbitmq_list_queues",
                "Queues with depth, consumers and rates, the deepest first.",
                {"name": {"type": "string", "description": "part of a name"}, "vhost": text},
                (),
                self.queues,
            ),
            (
                "rabbitmq_describe_queue",
                "Arguments, policy, consumers and bindings of a queue.",
                {"queue": text, "vhost": text},
                ("queue",),
                self.queue,
            ),
            show=self._show,
            timeout=120,
        )

    def _show(self, name: str, _: JsonObject) -> str:
        path = "api/nodes" if name == "get_rabbitmq_cluster_status" else "api/queues"
        return f"GET {self.server.url(path)}"

    async def version(self) -> str:
        """Product and version."""
        return f"RabbitMQ {(await self.server.json('api/overview')).get('rabbitmq_version', '')}"

    async def status(self, _: JsonObject) -> ToolOutput:
        """What is wrong first, then nodes and totals."""
        server = self.server
        overview = await server.json("api/overview")
        nodes = await server.json("api/nodes")
        connections = await server.json("api/connections", _page(500))
        items = _items(connections)
        states = Counter(str(each.get("state", "?")) for each in items)
        totals = overview.get("object_totals", {})
        queued = overview.get("queue_totals", {})
        rates = overview.get("message_stats", {})
        summary: dict[str, JsonValue] = {
            "cluster": overview.get("cluster_name"),
            "version": overview.get("rabbitmq_version"),
            "queues": totals.get("queues"),
            "consumers": totals.get("consumers"),
            "channels": totals.get("channels"),
            "connections": dict(states),
            "messages": queued.get("messages", 0),
            "ready": queued.get("messages_ready", 0),
            "unacked": queued.get("messages_unacknowledged", 0),
            "published_per_s": _rate(rates, "publish"),
            "delivered_per_s": _rate(rates, "deliver_get"),
        }
        problems = [each for node in nodes for each in _problems(node)]
        if blocked := states["blocked"] + states["blocking"]:
            problems.append(f"{blocked} connections are blocked: their publishers wait")
        if missing := overview.get("statistics_db_event_queue", 0):
            summary["statistics_behind"] = missing
        lines = [f"PROBLEM: {each}" for each in problems] or ["no alarm, no partition"]
        lines += [f"{key}: {value}" for key, value in summary.items()]
        rows = [_node(node) for node in nodes]
        text = "\n".join(lines) + "\n" + shown(taken(_NODE_TITLES, rows, 100))
        data: dict[str, JsonValue] = {
            **summary,
            "problems": list(problems),
            "nodes": [dict(zip(_NODE_TITLES, map(str, row), strict=True)) for row in rows],
        }
        command = f"GET {server.url('api/nodes')}; GET {server.url('api/overview')}"
        return ToolOutput(status="ok", text=text, command=command, data=Json(value=data))

    async def problems(self, _: JsonObject) -> ToolOutput:
        """Alarms and partitions of nodes, and queues with messages that nobody consumes."""
        server = self.server
        found = []
        for node in await server.json("api/nodes"):
            status = NextCall(
                tool="get_rabbitmq_cluster_status", arguments={},
                command=f"GET {server.url('api/overview')}",
            )  # fmt: skip
            name = str(node.get("name", "?"))
            found += [problem("nodes", "Node", name, said, status) for said in _problems(node)]
        deepest: Parameters = {**_page(_QUEUES), "sort": "messages", "sort_reverse": "true"}
        for queue in _items(await server.json("api/queues", deepest)):
            ready, name = queue.get("messages_ready", 0), str(queue["name"])
            if ready and not queue.get("consumers"):
                vhost = str(queue.get("vhost", "/"))
                confirm = NextCall(
                    tool="rabbitmq_describe_queue", arguments={"queue": name, "vhost": vhost},
                    command=f"GET {server.url(_path_of(vhost, name))}",
                )  # fmt: skip
                cause = f"{ready} messages wait in it, and it has no consumer"
                found.append(problem("queues", "Queue", name, cause, confirm))
        return problems_output(
            found,
            command=f"GET {server.url('api/queues', deepest)}",
            nothing="no alarm, no partition, and each of the deepest queues has a consumer",
        )

    async def queues(self, arguments: JsonObject) -> ToolOutput:
        """The deepest queues, sorted by the server."""
        server = self.server
        vhost, name = arguments.get("vhost"), arguments.get("name")
        path = f"api/queues/{quote(str(vhost), safe='')}" if vhost else "api/queues"
        parameters: Parameters = {
            **_page(_QUEUES),
            "sort": "messages",
            "sort_reverse": "true",
            "name": str(name) if name else None,
            "columns": ",".join(_QUEUE_COLUMNS),
        }
        reply = await server.json(path, parameters)
        items = _items(reply)
        rows = [[_at(item, column) for column in _QUEUE_COLUMNS] for item in items]
        whole = reply.get("filtered_count", len(rows)) if isinstance(reply, Mapping) else len(rows)
        note = f"the deepest {len(rows)} of {whole} queues" if whole > len(rows) else ""
        return answered(
            (_TITLES, rows, note),
            _QUEUES,
            of="queues",
            command=f"GET {server.url(path, parameters)}",
            nothing=f'no queue has "{name}" in its name' if name else "no queues",
        )

    async def queue(self, arguments: JsonObject) -> ToolOutput:
        """One queue, with who consumes it and what is bound to it."""
        server, name = self.server, str(arguments["queue"])
        vhost = str(arguments.get("vhost") or "/")
        path = _path_of(vhost, name)
        reply = await server.request(path)
        if reply.status == 404:
            raise ToolFailure(
                f'RabbitMQ has no queue "{name}" in vhost "{vhost}"; list the queues',
                status="no_data",
            )
        found = await server.json(path)
        bindings = await server.json(f"{path}/bindings")
        kept: dict[str, JsonValue] = {key: found[key] for key in _DETAILS if key in found}
        for rate in ("publish", "deliver_get", "ack", "redeliver"):
            kept[f"{rate}_per_s"] = _rate(found.get("message_stats", {}), rate)
        kept["consumers"] = [
            {
                "tag": each.get("consumer_tag"),
                "from": str(_at(each, "channel_details.connection_name")),
                "prefetch": each.get("prefetch_count"),
                "active": each.get("active"),
            }
            for each in found.get("consumer_details", [])[:20]
        ]
        kept["bindings"] = [
            f"{each['source']} -> {each.get('routing_key', '')}"
            for each in bindings[:50]
            if each.get("source")
        ]
        text = "".join(f"{key}: {value}\n" for key, value in kept.items())
        command = f"GET {server.url(path)}"
        return ToolOutput(status="ok", text=text, command=command, data=Json(value=kept))


_DETAILS = (
    "vhost", "name", "type", "state", "durable", "policy", "arguments",
    "effective_policy_definition", "messages", "messages_ready", "messages_unacknowledged",
    "memory", "node", "leader", "members", "online", "head_message_timestamp", "idle_since",
)  # fmt: skip
_NODE_TITLES = ("node", "running", "memory_percent", "disk_free_mb", "files", "sockets", "uptime_h")


def _path_of(vhost: str, queue: str) -> str:
    return f"api/queues/{quote(vhost, safe='')}/{quote(queue, safe='')}"


def _problems(node: Mapping[str, Any]) -> Sequence[str]:
    name = node.get("name", "?")
    found = []
    if not node.get("running", False):
        found.append(f"{name} does not run")
    if node.get("mem_alarm"):
        found.append(f"{name}: memory alarm, publishers are stopped")
    if node.get("disk_free_alarm"):
        found.append(f"{name}: disk alarm, publishers are stopped")
    if node.get("partitions"):
        found.append(f"{name} is cut off from {', '.join(node['partitions'])}")
    return found


def _node(node: Mapping[str, Any]) -> Sequence[object]:
    limit = node.get("mem_limit") or 0
    return (
        node.get("name", "?"),
        node.get("running", False),
        round(100 * node.get("mem_used", 0) / limit) if limit else "?",
        round(node.get("disk_free", 0) / 1e6) if isinstance(node.get("disk_free"), int) else "?",
        f"{node.get('fd_used', '?')}/{node.get('fd_total', '?')}",
        f"{node.get('sockets_used', '?')}/{node.get('sockets_total', '?')}",
        round(node.get("uptime", 0) / 3_600_000, 1),
    )


def _page(size: int) -> dict[str, "str | int | None"]:
    return {"page": 1, "page_size": size}


def _items(reply: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401  (JSON of the server)
    return list(reply.get("items", ())) if isinstance(reply, Mapping) else list(reply)


def _at(item: Any, path: str) -> object:  # noqa: ANN401
    for part in path.split("."):
        item = item.get(part) if isinstance(item, Mapping) else None
    return "" if item is None else item


def _rate(stats: Mapping[str, Any], what: str) -> float:
    rate = _at(stats, f"{what}_details.rate")
    return rate if isinstance(rate, float) else 0.0
