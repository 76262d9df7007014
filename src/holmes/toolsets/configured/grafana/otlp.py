"""Spans out of OTLP's JSON, as Tempo gives it."""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from holmes.tools.traces import Span

_ERROR = frozenset({"STATUS_CODE_ERROR", 2})
_TELLING = (
    "http.request.method", "http.method", "url.full", "http.url", "http.route", "http.target",
    "url.path", "http.response.status_code", "http.status_code", "rpc.service", "rpc.method",
    "rpc.grpc.status_code", "db.system", "db.system.name", "db.query.text", "db.statement",
    "messaging.destination.name", "server.address", "peer.service",
)  # fmt: skip
"""Attributes of OpenTelemetry's conventions, earlier and later, that say what a span did."""

_POD = ("k8s.namespace.name", "k8s.pod.name")


def spans_of(document: Mapping[str, Any]) -> list[Span]:
    """All spans of a trace; of Tempo's v2 reply, of its v1 reply, or of OTLP itself."""
    trace = document.get("trace") or document
    resources = trace.get("resourceSpans") or trace.get("batches") or ()
    return [
        _span(span, attributes_of(each.get("resource") or {}))
        for each in resources
        for scope in each.get("scopeSpans") or each.get("instrumentationLibrarySpans") or ()
        for span in scope.get("spans") or ()
    ]


def attributes_of(item: Mapping[str, Any]) -> dict[str, str]:
    """The attributes of a resource, span or event as texts."""
    return {
        str(each.get("key")): _value(each.get("value") or {})
        for each in item.get("attributes") or ()
    }


def _span(span: Mapping[str, Any], resource: Mapping[str, str]) -> Span:
    attributes = attributes_of(span)
    details = {key: attributes[key] for key in _TELLING if attributes.get(key)}
    details |= {key: resource[key] for key in _POD if resource.get(key)}
    return Span(
        id=hexadecimal(str(span.get("spanId") or "")),
        parent=hexadecimal(str(span.get("parentSpanId") or "")),
        name=str(span.get("name") or ""),
        service=resource.get("service.name", "") or "unknown",
        start=int(span.get("startTimeUnixNano") or 0) / 1e9,
        end=int(span.get("endTimeUnixNano") or 0) / 1e9,
        failed=_failure(span, attributes),
        details=details,
    )


def _failure(span: Mapping[str, Any], attributes: Mapping[str, str]) -> str:
    status = span.get("status") or {}
    if status.get("code") not in _ERROR:
        return ""
    said = [str(status.get("message") or ""), *_exceptions(span.get("events") or ())]
    if not any(said):
        said = [attributes.get("error.type", ""), attributes.get("exception.message", "")]
    return "; ".join(dict.fromkeys(filter(None, said))) or "status error"


def _exceptions(events: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for event in events:
        attributes = attributes_of(event)
        kind, text = attributes.get("exception.type", ""), attributes.get("exception.message", "")
        yield ": ".join(filter(None, (kind, text)))


def _value(value: Mapping[str, Any]) -> str:
    if items := value.get("arrayValue"):
        return ", ".join(_value(each) for each in items.get("values") or ())
    return str(next(iter(value.values()), ""))


def hexadecimal(identifier: str) -> str:
    """An identifier as people and URLs have it; Tempo gives base64 in JSON."""
    if len(identifier) in {16, 32} and all(c in "0123456789abcdefABCDEF" for c in identifier):
        return identifier.lower()
    try:
        return base64.b64decode(identifier, validate=True).hex()
    except binascii.Error:
        return identifier
