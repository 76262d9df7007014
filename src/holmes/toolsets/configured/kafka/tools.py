"""The tools of Kafka."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import anyio.to_thread

from holmes.core.messages import JsonObject, JsonValue
from holmes.core.tool_output import ToolOutput
from holmes.tools.function_tool import FunctionTool, ToolFailure, definition
from holmes.tools.rows import output_of, taken
from holmes.toolsets.configured.kafka.cluster import Cluster, Lag

_ROWS = 100
_MESSAGES = 100
Answer = tuple[Sequence[str], Sequence[Sequence[object]], str]
Ask = Callable[[Cluster, JsonObject], Answer]


@dataclass(frozen=True, kw_only=True, slots=True)
class KafkaTools:
    """The tools over all clusters; with several, each call names one."""

    clusters: Mapping[str, Cluster]

    def all(self) -> tuple[FunctionTool, ...]:
        """The tools; a list of clusters only where there are several."""
        text: JsonObject = {"type": "string"}
        kinds: JsonObject = {"type": "string", "enum": ["broker", "topic"]}
        number: JsonObject = {"type": "integer", "minimum": 1, "maximum": _MESSAGES}
        topic = {"topic_name": text}
        tools = [
            self._tool("cluster_overview", "Brokers, and partitions without all replicas.", _state),
            self._tool("list_kafka_consumers", "Consumer groups with state and lag.", _groups),
            self._tool(
                "describe_consumer_group",
                "Lag of a group by partition, and who reads it.",
                _group,
                {"group_id": text},
            ),
            self._tool("list_topics", "Topics with partitions and messages.", _topics),
            self._tool("describe_topic", "Partitions of a topic.", _topic, topic),
            self._tool(
                "find_consumer_groups_by_topic",
                "Groups that read a topic, with lag.",
                _readers,
                topic,
            ),
            self._tool(
                "describe_configs",
                "Settings of a broker (its number) or topic that are not the default.",
                _configuration,
                {"resource_type": kinds, "resource_name": text},
            ),
            self._tool(
                "consume_messages",
                "The newest messages of a topic; disturbs no group.",
                _messages,
                {**topic, "max_messages": number},
                required=("topic_name",),
            ),
        ]
        if len(self.clusters) > 1:
            tools.append(
                FunctionTool(
                    definition=definition("list_kafka_clusters", "The Kafka clusters.", {}),
                    call=self._list,
                    show=lambda _: "",
                )
            )
        return tuple(tools)

    def _tool(
        self,
        name: str,
        description: str,
        ask: Ask,
        parameters: Mapping[str, JsonObject] | None = None,
        *,
        required: tuple[str, ...] | None = None,
    ) -> FunctionTool:
        given = dict(parameters or {})
        needed = tuple(given) if required is None else required
        if len(self.clusters) > 1:
            names: list[JsonValue] = list(self.clusters)
            given["kafka_cluster_name"] = {"type": "string", "enum": names}
            needed = (*needed, "kafka_cluster_name")
        shown = partial(self._shown, name)

        async def call(arguments: JsonObject) -> ToolOutput:
            cluster = self._cluster(arguments)
            work = partial(ask, cluster, arguments)
            columns, rows, note = await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
            found = taken(columns, rows, _ROWS)
            command = shown(arguments)
            return output_of(found, of="rows", command=command, nothing="nothing found", note=note)

        return FunctionTool(
            definition=definition(name, description, given, required=needed),
            call=call,
            show=shown,
            timeout=90,
        )

    def _cluster(self, arguments: JsonObject) -> Cluster:
        first = next(iter(self.clusters.values()))
        return self.clusters.get(str(arguments.get("kafka_cluster_name")), first)

    def _shown(self, name: str, arguments: JsonObject) -> str:
        """The command of Kafka's own tools that asks for the same."""
        return _COMMANDS[name].format(
            at=f"--bootstrap-server {self._cluster(arguments).settings.broker}",
            group=arguments.get("group_id", ""),
            topic=arguments.get("topic_name", ""),
            kind=arguments.get("resource_type", ""),
            name=arguments.get("resource_name", ""),
        )

    async def _list(self, _: JsonObject) -> ToolOutput:
        rows = [(name, each.settings.broker) for name, each in self.clusters.items()]
        found = taken(("kafka_cluster_name", "broker"), rows, _ROWS)
        return output_of(found, of="clusters", command="", nothing="none")

    async def health(self) -> str:
        """How many brokers answer; Kafka does not tell clients its version."""
        said, failed = [], []
        for name, cluster in self.clusters.items():
            try:
                found = await anyio.to_thread.run_sync(cluster.metadata, abandon_on_cancel=True)
                count = len(found.brokers)
                text = f"Kafka, {count} broker{'s' if count != 1 else ''}"
                said.append(f"{name}: {text}" if len(self.clusters) > 1 else text)
            except ToolFailure as failure:
                failed.append(failure.message)
        if not said:
            raise ToolFailure("; ".join(failed))
        return "; ".join([*said, *(f"not used: {each}" for each in failed)])


def _state(cluster: Cluster, _: JsonObject) -> Answer:
    found = cluster.metadata()
    rows: list[Sequence[object]] = [
        (
            "broker",
            f"{broker.id} {broker.host}:{broker.port}",
            "controller" if broker.id == found.controller_id else "",
        )
        for broker in found.brokers.values()
    ]
    partitions = 0
    for topic in found.topics.values():
        for each in topic.partitions.values():
            partitions += 1
            if each.leader < 0:
                rows.append(("PROBLEM", f"{topic.topic}-{each.id}", "has no leader"))
            elif len(each.isrs) < len(each.replicas):
                behind = sorted(set(each.replicas) - set(each.isrs))
                said = f"replicas not in sync: {', '.join(map(str, behind))}"
                rows.append(("PROBLEM", f"{topic.topic}-{each.id}", said))
    rows.sort(key=lambda row: row[0] != "PROBLEM")
    return ("what", "name", "state"), rows, f"{len(found.topics)} topics, {partitions} partitions"


def _groups(cluster: Cluster, _: JsonObject) -> Answer:
    names = sorted(group.group_id for group in cluster.groups())
    described = cluster.describe(names[:_ROWS])
    rows = []
    for name, each in described.items():
        lags = cluster.lag(name)
        total = sum(lag.behind for lag in lags)
        topics = ", ".join(sorted({lag.topic for lag in lags}))
        rows.append((name, each.state.name, len(each.members), total, topics))
    rows.sort(key=lambda row: -row[3])
    note = f"{_ROWS} of {len(names)} groups" if len(names) > _ROWS else ""
    return ("group", "state", "members", "lag", "topics"), rows, note


def _group(cluster: Cluster, arguments: JsonObject) -> Answer:
    name = str(arguments["group_id"])
    if name not in {group.group_id for group in cluster.groups()}:
        raise ToolFailure(
            f'{cluster.place} has no group "{name}"; list the consumers', status="no_data"
        )
    described = cluster.describe([name])[name]
    readers = {
        (place.topic, place.partition): f"{member.client_id} {member.host}"
        for member in described.members
        for place in (member.assignment.topic_partitions if member.assignment else ())
    }
    lags = sorted(cluster.lag(name), key=lambda lag: -lag.behind)
    rows = [(*_lag_row(lag), readers.get((lag.topic, lag.partition), "nobody")) for lag in lags]
    total = sum(lag.behind for lag in lags)
    note = f"{described.state.name}, {len(described.members)} members, lag {total} in all"
    return ("topic", "partition", "committed", "end", "lag", "read_by"), rows, note


def _lag_row(lag: Lag) -> Sequence[object]:
    committed = lag.committed if lag.committed >= 0 else "never"
    return lag.topic, lag.partition, committed, lag.end, lag.behind


def _topics(cluster: Cluster, _: JsonObject) -> Answer:
    topics = cluster.metadata().topics
    places = [(name, number) for name, topic in topics.items() for number in topic.partitions]
    first, ends = cluster.ends(places, earliest=True), cluster.ends(places)
    rows = [
        (
            name,
            len(topic.partitions),
            max((len(each.replicas) for each in topic.partitions.values()), default=0),
            sum(ends[name, number] - first[name, number] for number in topic.partitions),
        )
        for name, topic in topics.items()
    ]
    rows.sort(key=lambda row: -row[3])
    return ("topic", "partitions", "replicas", "offsets_held"), rows, ""


def _topic(cluster: Cluster, arguments: JsonObject) -> Answer:
    name = str(arguments["topic_name"])
    topic = cluster.metadata(name).topics[name]
    places = [(name, number) for number in topic.partitions]
    first, ends = cluster.ends(places, earliest=True), cluster.ends(places)
    rows = [
        (
            number,
            each.leader,
            ",".join(map(str, each.replicas)),
            ",".join(map(str, each.isrs)),
            first[name, number],
            ends[name, number],
        )
        for number, each in sorted(topic.partitions.items())
    ]
    return ("partition", "leader", "replicas", "in_sync", "first", "end"), rows, ""


def _readers(cluster: Cluster, arguments: JsonObject) -> Answer:
    topic = str(arguments["topic_name"])
    cluster.metadata(topic)
    rows = []
    for group in cluster.groups():
        lags = [lag for lag in cluster.lag(group.group_id) if lag.topic == topic]
        if lags:
            rows.append((group.group_id, len(lags), sum(lag.behind for lag in lags)))
    rows.sort(key=lambda row: -row[2])
    return ("group", "partitions", "lag"), rows, ""


def _configuration(cluster: Cluster, arguments: JsonObject) -> Answer:
    kind, name = str(arguments["resource_type"]), str(arguments["resource_name"])
    if kind == "topic":
        cluster.metadata(name)
    found = cluster.configuration(kind, name)
    rows = [
        (key, "(hidden)" if each.is_sensitive else each.value)
        for key, each in sorted(found.items())
        if not each.is_default
    ]
    if not rows:
        rows = [(key, each.value) for key, each in sorted(found.items()) if not each.is_sensitive]
        return ("key", "value"), rows, "nothing differs from the default"
    return ("key", "value"), rows, f"{len(found) - len(rows)} more at their default"


def _messages(cluster: Cluster, arguments: JsonObject) -> Answer:
    wanted = arguments.get("max_messages")
    count = min(wanted, _MESSAGES) if isinstance(wanted, int) else 10
    rows = [
        (
            datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC).isoformat(" ", "seconds"),
            f"{message.partition()}:{message.offset()}",
            (message.key() or b"").decode("utf-8", "backslashreplace"),
            (message.value() or b"").decode("utf-8", "backslashreplace"),
        )
        for message in cluster.newest(str(arguments["topic_name"]), count)
    ]
    return ("time", "offset", "key", "value"), rows, ""


_COMMANDS: Mapping[str, str] = {
    "cluster_overview": "kafka-topics.sh {at} --describe --under-replicated-partitions",
    "list_kafka_consumers": "kafka-consumer-groups.sh {at} --describe --all-groups",
    "describe_consumer_group": "kafka-consumer-groups.sh {at} --describe --group {group}",
    "list_topics": "kafka-get-offsets.sh {at}",
    "describe_topic": "kafka-topics.sh {at} --describe --topic {topic}",
    "find_consumer_groups_by_topic": "kafka-consumer-groups.sh {at} --describe --all-groups",
    "describe_configs": "kafka-configs.sh {at} --describe --{kind} {name}",
    "consume_messages": "kafka-console-consumer.sh {at} --topic {topic}",
}
