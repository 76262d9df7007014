"""What metrics measure by their names: those that real programs export, as they were seen."""

import pytest

from holmes.toolsets.configured.prometheus.api import Description
from holmes.toolsets.configured.prometheus.signals import Asking, is_counter, is_error, probes

# Seen on /metrics of Prometheus 2.42 and VictoriaMetrics 1.79 (2026-11-30), and in the documents of
# node exporter, kube-state-metrics, Micrometer, RabbitMQ, Kafka's exporter, cert-manager, gRPC.
NAMES = {
    "prometheus_http_request_duration_seconds_bucket": "latency",
    "prometheus_http_requests_total": "traffic",
    "prometheus_notifications_queue_length": "use of what there is",
    "prometheus_rule_evaluation_failures_total": "failures",
    "vm_concurrent_insert_current": "use of what there is",
    "vm_promscrape_scrape_retries_total": "retries",
    "vm_pending_rows": "queue",
    "vm_available_memory_bytes": "memory",
    "process_open_fds": "use of what there is",
    "process_resident_memory_bytes": "memory",
    "process_cpu_seconds_total": "CPU",
    "go_goroutines": "value",
    "node_filesystem_avail_bytes": "use of what there is",
    "node_memory_MemAvailable_bytes": "use of what there is",
    "node_pressure_io_waiting_seconds_total": "waiting for the node",
    "kube_deployment_status_replicas_available": "availability",
    "kube_pod_container_status_restarts_total": "restarts",
    "tomcat_threads_busy_threads": "use of what there is",
    "rabbitmq_queue_messages_ready": "queue",
    "kafka_consumergroup_lag": "queue",
    "grpc_client_handling_seconds_bucket": "latency of calls",
    "grpc_server_handled_total": "rate",
    "redis_keyspace_misses_total": "cache misses",
    "x509_cert_not_after": "time left",
}
BESIDE = (
    "prometheus_notifications_queue_capacity", "vm_concurrent_insert_capacity", "process_max_fds",
    "node_filesystem_size_bytes", "node_memory_MemTotal_bytes", "tomcat_threads_config_max_threads",
    "redis_keyspace_hits_total",
)  # fmt: skip


@pytest.fixture(scope="module")
def kinds() -> dict[str, str]:
    asking = Asking(selector='namespace="x"', width=120)
    found = probes([*NAMES, *BESIDE, "kube_pod_info"], {}, asking)
    return {probe.metrics[0]: probe.kind.name for probe in found}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_says_what_is_measured(kinds: dict[str, str], name: str) -> None:
    assert kinds[name] == NAMES[name]


def test_what_there_is_of_something_is_not_asked_for_alone(kinds: dict[str, str]) -> None:
    assert not kinds.keys() & {*BESIDE[:6]}
    assert "kube_pod_info" not in kinds


def test_the_type_counts_where_it_is_known() -> None:
    described = {
        "envoy_rq_retry": Description(type="counter"),
        "x_total": Description(type="gauge"),
    }
    assert is_counter("envoy_rq_retry", described)
    assert not is_counter("envoy_rq_retry", {})
    assert is_counter("y_total", described)


@pytest.mark.parametrize("status", ["500", "503", "5xx", "SERVER_ERROR", "Unavailable", "failure"])
def test_a_status_that_is_an_error(status: str) -> None:
    assert is_error(status)


@pytest.mark.parametrize("status", ["200", "404", "OK", "success", "NotFound", "CLIENT_ERROR", ""])
def test_a_status_that_is_none(status: str) -> None:
    assert not is_error(status)
