"""One Kafka cluster: what is asked of it, and what it costs nobody.

Nothing here joins a consumer group, commits an offset, or makes a topic.
"""

import base64
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, OffsetSpec, ResourceType

from holmes.core.errors import ToolsetFileError
from holmes.tools.function_tool import ToolFailure
from holmes.tools.section import Section

_T = TypeVar("_T")


class ClusterSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a cluster is reached; `broker` is one address or several with commas between."""

    name: str = "kafka"
    broker: str = ""
    security_protocol: str = ""
    sasl_mechanism: str = ""
    username: str = ""
    password: str = ""
    client_id: str = "holmesgpt"
    ssl_ca_cert_path: str = ""
    ssl_client_cert_path: str = ""
    ssl_client_key_path: str = ""
    ssl_ca_cert: str = ""
    ssl_client_cert: str = ""
    ssl_client_key: str = ""
    verify_ssl: bool = True
    timeout_seconds: float = 20.0

    def options(self) -> dict[str, Any]:
        """The settings as librdkafka has them; those that are not given are left out."""
        said = {
            "bootstrap.servers": self.broker,
            "client.id": self.client_id,
            "security.protocol": self.security_protocol,
            "sasl.mechanism": self.sasl_mechanism,
            "sasl.username": self.username,
            "sasl.password": self.password,
            "ssl.ca.location": self.ssl_ca_cert_path,
            "ssl.certificate.location": self.ssl_client_cert_path,
            "ssl.key.location": self.ssl_client_key_path,
            "ssl.ca.pem": _decoded(self.ssl_ca_cert),
            "ssl.certificate.pem": _decoded(self.ssl_client_cert),
            "ssl.key.pem": _decoded(self.ssl_client_key),
        }
        options: dict[str, Any] = {key: value for key, value in said.items() if value}
        if not self.verify_ssl:
            options["enable.ssl.certificate.verification"] = False
        # librdkafka writes to stderr by itself, and what fails is said by each call.
        return {**options, "log_level": 0, "socket.timeout.ms": int(self.timeout_seconds * 1000)}


class KafkaSettings(ClusterSettings, frozen=True, kw_only=True):
    """Several clusters under `clusters`, or the keys of a single one."""

    clusters: list[ClusterSettings] = msgspec.field(default_factory=list)

    def all(self, section: Section) -> dict[str, "Cluster"]:
        """The clusters by name."""
        found: dict[str, Cluster] = {}
        for each in self.clusters or [self]:
            if not each.broker:
                raise ToolsetFileError(f'{section.where}: the cluster "{each.name}" has no broker.')
            if "@" in each.broker:  # or a password would stand in every command that is shown
                raise ToolsetFileError(
                    f'{section.where}: the "broker" of "{each.name}" holds a user or a password.',
                    hint='Put them into "username" and "password".',
                )
            found[each.name] = Cluster(settings=each)
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Lag:
    """How far a group is behind in one partition; -1 where it never committed."""

    topic: str
    partition: int
    committed: int
    end: int

    @property
    def behind(self) -> int:
        """Messages that were not read yet."""
        return max(0, self.end - self.committed) if self.committed >= 0 else self.end


@dataclass(kw_only=True, slots=True)
class Cluster:
    """A cluster and its client, made when it is first asked."""

    settings: ClusterSettings
    _admin: AdminClient | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """Product and address, as messages name them."""
        return f"Kafka at {self.settings.broker}"

    def ask(self, work: Callable[[AdminClient], _T]) -> _T:
        """What the client answers; ToolFailure in one line where it fails."""
        try:
            if self._admin is None:
                self._admin = AdminClient(self.settings.options())
            return work(self._admin)
        except KafkaException as error:
            raise self._failure(error) from error
        except (ValueError, TypeError) as error:
            raise ToolFailure(f"{self.place}: {error}") from error

    def metadata(self, topic: str | None = None) -> Any:  # noqa: ANN401  (librdkafka's type)
        """Brokers and topics."""
        seconds = min(self.settings.timeout_seconds, 5.0)
        # A broker may create a topic that is asked for by name, so all are listed.
        found = self.ask(lambda admin: admin.list_topics(timeout=seconds))
        if topic is not None and topic not in found.topics:
            raise ToolFailure(
                f'{self.place} has no topic "{topic}"; list the topics', status="no_data"
            )
        return found

    def groups(self) -> Sequence[Any]:
        """The consumer groups, as they are listed."""
        result = self.ask(lambda admin: self._done(admin.list_consumer_groups()))
        return list(result.valid)

    def describe(self, names: Sequence[str]) -> Mapping[str, Any]:
        """State and members of groups."""
        if not names:
            return {}
        futures = self.ask(lambda admin: admin.describe_consumer_groups(list(names)))
        return {name: self._result(future) for name, future in futures.items()}

    def lag(self, group: str) -> list[Lag]:
        """How far a group is behind, by partition."""
        asked = [ConsumerGroupTopicPartitions(group)]
        futures = self.ask(lambda admin: admin.list_consumer_group_offsets(asked))
        committed = list(self._result(futures[group]).topic_partitions or ())
        ends = self.ends([(each.topic, each.partition) for each in committed])
        return [
            Lag(
                topic=each.topic,
                partition=each.partition,
                committed=each.offset,
                end=ends.get((each.topic, each.partition), each.offset),
            )
            for each in committed
        ]

    def ends(
        self, partitions: Sequence[tuple[str, int]], *, earliest: bool = False
    ) -> dict[tuple[str, int], int]:
        """The offset after the newest message of partitions, or that of the oldest one."""
        if not partitions:
            return {}
        spec: OffsetSpec = OffsetSpec.earliest() if earliest else OffsetSpec.latest()  # type: ignore[no-untyped-call]
        asked = {TopicPartition(*each): spec for each in partitions}
        futures = self.ask(lambda admin: admin.list_offsets(asked))
        return {
            (place.topic, place.partition): self._result(future).offset
            for place, future in futures.items()
        }

    def configuration(self, kind: str, name: str) -> Mapping[str, Any]:
        """The configuration of a broker or topic."""
        resource = ConfigResource(ResourceType[kind.upper()], name)
        futures = self.ask(lambda admin: admin.describe_configs([resource]))
        found: Mapping[str, Any] = self._result(futures[resource])
        return found

    def newest(self, topic: str, count: int) -> list[Any]:
        """The newest messages of a topic, read beside its groups."""
        partitions = [(topic, number) for number in self.metadata(topic).topics[topic].partitions]
        first, ends = self.ends(partitions, earliest=True), self.ends(partitions)
        places = [
            TopicPartition(topic, number, max(first[topic, number], ends[topic, number] - count))
            for _, number in partitions
            if ends[topic, number] > first[topic, number]
        ]
        left = sum(ends[topic, place.partition] - place.offset for place in places)
        options = {"group.id": f"holmesgpt-{uuid.uuid4()}", "enable.auto.commit": False}
        consumer = Consumer({**self.settings.options(), **options})
        found: list[Any] = []
        try:
            # Assigned rather than subscribed: the broker hears of no group.
            consumer.assign(places)
            while len(found) < left:
                messages = consumer.consume(min(500, left - len(found)), timeout=3)
                if not messages:
                    break
                found += [message for message in messages if message.error() is None]
        except KafkaException as error:
            raise self._failure(error) from error
        finally:
            consumer.close()
        found.sort(key=lambda message: message.timestamp()[1])
        return found[-count:]

    def _result(self, future: "Future[Any]") -> Any:  # noqa: ANN401
        return self.ask(lambda _: self._done(future))

    def _done(self, future: "Future[Any]") -> Any:  # noqa: ANN401
        try:
            return future.result(self.settings.timeout_seconds)
        except TimeoutError as error:
            seconds = self.settings.timeout_seconds
            raise ToolFailure(
                f"{self.place} did not answer within {seconds:g} s", status="timeout"
            ) from error

    def _failure(self, error: KafkaException) -> ToolFailure:
        cause = error.args[0] if error.args else error
        said = cause.str() if hasattr(cause, "str") else str(cause)
        code = cause.name() if hasattr(cause, "name") else ""
        if code in {"_TRANSPORT", "_ALL_BROKERS_DOWN", "_TIMED_OUT", "_RESOLVE"}:
            said = "no broker answers; check the address, security_protocol and the network"
        return ToolFailure(f"{self.place}: {' '.join(said.split())}")


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode() if text else ""
