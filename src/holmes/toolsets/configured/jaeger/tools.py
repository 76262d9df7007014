"""The tools of one Jaeger."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from urllib.parse import quote

from holmes.core.messages import JsonObject
from holmes.core.tool_output import ToolOutput
from holmes.tools.base import Tool
from holmes.tools.data import listed
from holmes.tools.function_tool import FunctionTool, definition
from holmes.tools.http import HttpServer
from holmes.tools.log_search import Clock
from holmes.tools.times import START, rfc3339, said_seconds, span
from holmes.tools.traces import Span, first_failures, trace_output

_TEXT: JsonObject = {"type": "string"}
_LIMIT = 20

SERVICES = definition(
    "jaeger_services", "Services; of one service, its operations.", {"service": _TEXT}
)
SEARCH = definition(
    "jaeger_search_traces",
    "Find traces, slowest first, with what failed in them.",
    {
        "service": _TEXT,
        "operation": _TEXT,
        "tags": {"type": "object", "description": 'e.g. {"error": "true"}'},
        "min_duration": {"type": "string", "description": "e.g. 500ms"},
        "start": START,
        "end": _TEXT,
        "limit": {"type": "integer"},
    },
    required=("service",),
)
TRACE = definition(
    "jaeger_trace",
    "One trace: critical path, slowest and failed span.",
    {"trace_id": _TEXT},
    required=("trace_id",),
)

_TELLING = frozenset({
    "http.method", "http.request.method", "http.url", "url.full", "http.route", "http.target",
    "http.status_code", "http.response.status_code", "rpc.service", "rpc.method",
    "rpc.grpc.status_code", "db.system", "db.statement", "db.query.text", "peer.service",
    "server.address", "messaging.destination.name", "sql.query", "component",
})  # fmt: skip
"""Tags of the OpenTracing and OpenTelemetry conventions that say what a span did."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Jaeger:
    """What the tools do."""

    server: HttpServer
    now: Clock = time.time

    def tools(self) -> tuple[Tool, ...]:
        """All of them."""
        return (
            FunctionTool(
                definition=SERVICES,
                call=self.services,
                show=lambda given: self._show(_services_path(given), {}),
            ),
            FunctionTool(
                definition=SEARCH,
                call=self.search,
                show=lambda given: self._show("api/traces", self._search(given)),
            ),
            FunctionTool(
                definition=TRACE, call=self.trace, show=lambda given: self._show(_path(given), {})
            ),
        )

    async def health(self) -> str:
        """How many services there are; Jaeger's API does not tell its version."""
        services = await self._data("api/services", {})
        return f"Jaeger with {len(services)} services at {self.server.base}"

    async def services(self, arguments: JsonObject) -> ToolOutput:
        """The names of services, or of the operations of one."""
        found = sorted(map(str, await self._data(_services_path(arguments), {})))
        of = "operation" if arguments.get("service") else "service"
        command = self._show(_services_path(arguments), {})
        return listed(f"{of}s", (of.upper(),), [(each,) for each in found], command)

    async def search(self, arguments: JsonObject) -> ToolOutput:
        """The traces that match, slowest first."""
        parameters = self._search(arguments)
        traces = [
            (str(trace.get("traceID")), spans_of(trace))
            for trace in await self._data("api/traces", parameters)
        ]
        rows = sorted(
            ((_length(spans), trace, spans) for trace, spans in traces if spans),
            key=lambda row: -row[0],
        )
        more = len(rows) >= int(parameters["limit"])
        note = f"The latest {len(rows)} that match; there may be more." if more else ""
        columns = ("TRACE", "STARTED", "TOOK", "SPANS", "BEGINS WITH", "FAILED FIRST")
        command, shown = self._show("api/traces", parameters), [_row(*row) for row in rows]
        return listed("traces that match", columns, shown, command, note=note)

    async def trace(self, arguments: JsonObject) -> ToolOutput:
        """The critical path of one trace."""
        command = self._show(_path(arguments), {})
        reply = await self.server.request(_path(arguments))
        trace = str(arguments["trace_id"])
        if reply.status == 404:
            return ToolOutput(status="no_data", command=command, note=f'no trace "{trace}"')
        if reply.status != 200:
            raise self.server.refused(reply)
        found = self.server.read_json(reply).get("data") or ()
        spans = [each for document in found for each in spans_of(document)]
        return trace_output(trace, spans, command=command)

    async def _data(self, path: str, parameters: Mapping[str, str]) -> Any:  # noqa: ANN401
        return (await self.server.json(path, parameters)).get("data") or []

    def _search(self, arguments: JsonObject) -> dict[str, str]:
        start, end = span(arguments.get("start"), arguments.get("end"), now=self.now())
        limit, tags = arguments.get("limit"), arguments.get("tags")
        said = {
            "operation": arguments.get("operation"),
            "minDuration": arguments.get("min_duration"),
            "tags": json.dumps(tags) if tags else None,
        }
        return {
            "service": str(arguments.get("service")),
            **{key: str(value) for key, value in said.items() if value},
            "start": str(round(start * 1e6)),
            "end": str(round(end * 1e6)),
            "limit": str(limit if isinstance(limit, int) and limit > 0 else _LIMIT),
        }

    def _show(self, path: str, parameters: Mapping[str, str]) -> str:
        return f"GET {self.server.url(path, parameters)}"


def _services_path(arguments: JsonObject) -> str:
    service = str(arguments.get("service") or "")
    return f"api/services/{quote(service, safe='')}/operations" if service else "api/services"


def _path(arguments: JsonObject) -> str:
    return f"api/traces/{quote(str(arguments.get('trace_id')), safe='')}"


def _length(spans: list[Span]) -> float:
    return max(each.end for each in spans) - min(each.start for each in spans)


def _row(seconds: float, trace: str, spans: list[Span]) -> tuple[str, ...]:
    first = min(spans, key=attrgetter("start"))
    failed = "; ".join(f"{each.service} {each.name}" for each in first_failures(spans)[:2])
    began = rfc3339(first.start)
    name = f"{first.service} {first.name}"
    return trace, began, said_seconds(seconds), str(len(spans)), name, failed


def spans_of(trace: Mapping[str, Any]) -> list[Span]:
    """The spans of one trace as Jaeger's query service gives it."""
    processes = trace.get("processes") or {}
    return [
        _span(span, processes.get(span.get("processID")) or {}) for span in trace.get("spans") or ()
    ]


def _span(span: Mapping[str, Any], process: Mapping[str, Any]) -> Span:
    tags = _tags(span.get("tags"))
    about = _tags(process.get("tags"))
    start = float(span.get("startTime") or 0) / 1e6
    details = {key: value for key, value in tags.items() if key in _TELLING}
    details |= {key: about[key] for key in ("k8s.pod.name", "hostname") if about.get(key)}
    return Span(
        id=str(span.get("spanID")),
        parent=_parent(span),
        name=str(span.get("operationName") or ""),
        service=str(process.get("serviceName") or "unknown"),
        start=start,
        end=start + float(span.get("duration") or 0) / 1e6,
        failed=_failure(span, tags),
        details=details,
    )


def _parent(span: Mapping[str, Any]) -> str:
    """The parent; a span that only follows from another has that one."""
    references = span.get("references") or ()
    kinds = {each.get("refType"): str(each.get("spanID")) for each in reversed(references)}
    return kinds.get("CHILD_OF") or kinds.get("FOLLOWS_FROM") or ""


def _failure(span: Mapping[str, Any], tags: Mapping[str, str]) -> str:
    if tags.get("error", "").lower() != "true" and tags.get("otel.status_code") != "ERROR":
        return ""
    said = [tags.get("otel.status_description", "")]
    for log in span.get("logs") or ():
        fields = _tags(log.get("fields"))
        kind = fields.get("exception.type") or fields.get("error.kind", "")
        text = fields.get("exception.message") or fields.get("error.object", "")
        text = text or (fields.get("message", "") if fields.get("event") == "error" else "")
        said.append(": ".join(filter(None, (kind, text))))
    return "; ".join(dict.fromkeys(filter(None, said))) or "error=true"


def _tags(items: Any) -> dict[str, str]:  # noqa: ANN401
    return {str(each.get("key")): _text(each.get("value")) for each in items or ()}


def _text(value: Any) -> str:  # noqa: ANN401
    return str(value).lower() if isinstance(value, bool) else str(value)
