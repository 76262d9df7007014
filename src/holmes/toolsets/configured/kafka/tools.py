"""The tools of Kafka."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import anyio.to_thread

from holmes.core.messages import JsonObject
from holmes.core.tool_output import ToolOutput
from holmes.tools.function_tool import FunctionTool, Part, ToolFailure, tools_of
from holmes.tools.rows import Answer, answered, least
from holmes.toolsets.configured.kafka.cluster import Cluster, Lag

_ROWS = 100
_MESSAGES = 100
Ask = Callable[[Cluster, JsonObject], Answer]


@dataclass(frozen=True, kw_only=True, slots=True)
class KafkaTools:
    """The tools of one cluster."""

    cluster: Cluster

    def all(self) -> tuple[FunctionTool, ...]:
        """The eight of them."""
        text: JsonObject = {"type": "string"}
        kinds: JsonObject = {"type": "string", "enum": ["broker", "topic"]}
        number: JsonObject = {"type": "integer", "minimum": 1, "maximum": _MESSAGES}
        topic = {"topic_name": text}
        return tools_of(
            self._part("cluster_overview", "Brokers, and partitions without all replicas.", _state),
            self._part("list_kafka_consumers", "Consumer groups with state and lag.", _groups),
            self._part(
                "describe_consumer_group",
                "Lag of a group by partition, and who reads it.",
                _group,
                {"group_id": text},
            ),
            self._part("list_topics", "Topics with partitions and messages.", _topics),
            self._part("describe_topic", "Partitions of a topic.", _topic, topic),
            self._part(
                "find_consumer_groups_by_topic",
                "Groups that read a topic, with lag.",
                _readers,
                topic,
            ),
            self._part(
                "describe_configs",
                "Settings of a broker (its number) or topic that are not the default.",
                _configuration,
                {"resource_type": kinds, "resource_name": text},
            ),
            self._part(
                "consume_messages",
                "The newest messages of a topic; disturbs no group.",
                _messages,
                {**topic, "max_messages": number},
            ),
            show=self._shown,
            timeout=90,
        )

    def _part(
        self, name: str, about: str, ask: Ask, given: Mapping[str, JsonObject] | None = None
    ) -> Part:
        async def call(arguments: JsonObject) -> ToolOutput:
            work, command = partial(ask, self.cluster, arguments), self._shown(name, arguments)
            answer = await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
            return answered(answer, _ROWS, of="rows", command=command, nothing="nothing found")

        needed = tuple(key for key in given or () if key != "max_messages")
        return name, about, given or {}, needed, call

    def _shown(self, name: str, arguments: JsonObject) -> str:
        """The command of Kafka's own tools that asks for the same."""
        return _COMMANDS[name].format(
            at=f"--bootstrap-server {self.cluster.settings.broker}",
            group=arguments.get("group_id", ""),
            topic=arguments.get("topic_name", ""),
            kind=arguments.get("resource_type", ""),
            name=arguments.get("resource_name", ""),
        )

    async def health(self) -> str:
        """How many brokers answer; Kafka does not tell clients its version."""
        found = await anyio.to_thread.run_sync(self.cluster.metadata, abandon_on_cancel=True)
        count = len(found.brokers)
        return f"Kafka, {count} broker{'s' if count != 1 else ''}"


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
    count = least(arguments.get("max_messages"), _MESSAGES, 10)
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
