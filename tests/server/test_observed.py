"""/metrics as Prometheus reads it, and traces as a collector gets them."""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from server.served import Served, with_model
from servers.raw_server import RawServer, RecordedRequest, Step, json_response


def samples(served: Served) -> dict[str, float]:
    """Values by name and labels."""
    families = text_string_to_metric_families(served.get("/metrics").text)
    return {
        f"{each.name}{sorted(each.labels.items())}": each.value
        for family in families
        for each in family.samples
    }


def attributes(span: Any) -> dict[str, Any]:  # noqa: ANN401  (a message of protobuf)
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes
    }


def test_metrics_and_traces(tmp_path: Path) -> None:
    bodies: list[bytes] = []
    lock = threading.Lock()

    def collect(request: RecordedRequest) -> Iterable[Step]:
        with lock:
            if request.path == "/v1/traces":
                bodies.append(request.body)
        return [json_response({})]

    with RawServer(respond=collect) as collector:
        address = collector.base_url.removesuffix("/v1")
        env = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_SERVICE_NAME": "desk"}
        with with_model(tmp_path, env=env) as (served, _, _):
            looked = served.ask("please look")
            served.events(looked)
            failed = served.ask("forbidden")
            served.events(failed)
            served.get("/nowhere/secret-path")
            counted = samples(served)
            assert served.stop() == 0
    _check_metrics(counted)
    spans = [
        span
        for body in bodies
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    _check_traces(spans, looked, failed)
    assert b"web is fine" not in b"".join(bodies)


def _check_metrics(counted: dict[str, float]) -> None:
    cluster, model = ("cluster", "default"), ("model", "scripted")
    for state in ("answered", "failed"):
        assert counted[f"holmes_questions_total{[cluster, model, ('state', state)]}"] == 1
    calls = [("status", "ok"), ("tool", "look")]
    assert counted[f"holmes_tool_call_seconds_count{calls}"] == 2
    assert counted[f"holmes_tokens_total{[('kind', 'completion'), model]}"] == 20
    assert counted["holmes_investigations[('state', 'running')]"] == 0
    assert not any("secret-path" in name for name in counted)
    assert any("/api/investigations/{id}/events" in name for name in counted)


def _check_traces(spans: list[Any], looked: str, failed: str) -> None:
    roots = {
        attributes(span)["gen_ai.conversation.id"]: span
        for span in spans
        if span.name == "invoke_agent holmes"
    }
    assert set(roots) == {looked, failed}
    assert attributes(roots[failed])["error.type"] == "ServerRefused"
    below = [span for span in spans if span.parent_span_id == roots[looked].span_id]
    names = sorted(span.name for span in below)
    assert names == ["chat scripted"] * 2 + ["execute_tool look"] * 2
    assert {span.trace_id for span in below} == {roots[looked].trace_id}
    for span in below:
        known = attributes(span)
        assert known["gen_ai.operation.name"] == span.name.split()[0]
        if span.name.startswith("chat"):
            assert known["gen_ai.usage.output_tokens"] == 10
            assert known["server.address"] == "127.0.0.1"
