"""The tools of one Tempo."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from holmes.core.messages import JsonObject
from holmes.core.tool_output import Series, Table, ToolOutput
from holmes.tools.base import Tool
from holmes.tools.data import listed, rendered
from holmes.tools.function_tool import FunctionTool, ToolFailure, definition
from holmes.tools.http import HttpServer
from holmes.tools.log_result import counts_output
from holmes.tools.times import START, rfc3339, said_seconds, span
from holmes.tools.traces import Span, compared, trace_output
from holmes.toolsets.configured.grafana.otlp import attributes_of, spans_of

_TEXT: JsonObject = {"type": "string"}
_QUERY: JsonObject = {
    "type": "string",
    "description": 'TraceQL: {resource.service.name="cart" && status=error && duration>1s}',
}
_TIMES = {"start": START, "end": _TEXT}
_SAMPLED = 1000  # traces of which the comparison takes the fastest, the middle and the slowest
_LIMIT = 20
_POINTS = 60

LABELS = {
    "service": "service.name",
    "pod": "k8s.pod.name",
    "namespace": "k8s.namespace.name",
    "deployment": "k8s.deployment.name",
    "node": "k8s.node.name",
}
"""Resource attributes by what is meant, where the config says nothing else."""

COMPARE = definition(
    "tempo_fetch_traces_comparative_sample",
    "How long traces take, and where slow ones lose time. Call first.",
    {
        "service_name": _TEXT, "namespace_name": _TEXT,
        "base_query": {"type": "string", "description": "TraceQL conditions"}, **_TIMES,
    },
)  # fmt: skip
SEARCH = definition(
    "tempo_search_traces_by_query",
    "Find traces.",
    {"q": _QUERY, "limit": {"type": "integer"}, "start": _TEXT, "end": _TEXT},
    required=("q",),
)
TRACE = definition(
    "tempo_query_trace_by_id",
    "One trace: critical path, slowest and failed span.",
    {"trace_id": _TEXT},
    required=("trace_id",),
)
TAGS = definition(
    "tempo_search_tag_values", "Attributes of traces, or the values of one.",
    {"tag": {"type": "string", "description": "e.g. resource.service.name"}},
)  # fmt: skip
METRICS = definition(
    "tempo_query_metrics_range",
    "TraceQL metrics over time.",
    {
        "q": {"type": "string", "description": "{status=error} | rate()"},
        "start": _TEXT,
        "end": _TEXT,
    },
    required=("q",),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tempo:
    """What the tools do; `labels` as LABELS."""

    server: HttpServer
    labels: Mapping[str, str]
    now: Any = time.time

    def tools(self) -> tuple[Tool, ...]:
        """All of them."""
        made = (
            (COMPARE, self.compare, lambda given: self._show("search", self._sample(given))),
            (SEARCH, self.search, lambda given: self._show("search", self._search(given))),
            (TRACE, self.trace, lambda given: self._show(_trace_path(given), {})),
            (TAGS, self.tags, lambda given: self._show(_tag_path(given), {})),
            (METRICS, self.metrics, lambda given: self._show(_METRICS, self._range(given))),
        )
        return tuple(
            FunctionTool(definition=each, call=call, show=show) for each, call, show in made
        )

    async def health(self) -> str:
        """The version; that it can be asked is tried first."""
        await self.server.json("api/v2/search/tags", {"limit": 1})
        version = ""
        with suppress(ToolFailure):
            version = (await self.server.json("api/status/buildinfo")).get("version", "")
        return f"Tempo {version}".strip() + f" at {self.server.base}"

    async def compare(self, arguments: JsonObject) -> ToolOutput:
        """How long traces take; and the own times of the fastest, a usual and the slowest one."""
        parameters = self._sample(arguments)
        command = self._show("search", parameters)
        found = await self._found(parameters)
        if not found:
            return ToolOutput(status="no_data", command=command, note="no trace matches")
        found.sort(key=_milliseconds)
        picked = {
            "FASTEST": found[0], "MEDIAN": found[len(found) // 2], "SLOWEST": found[-1],
        }  # fmt: skip
        traces = {
            name: await self._spans(str(trace["traceID"]))
            for name, trace in picked.items()
            if name == "SLOWEST" or trace is not found[-1]
        }
        said = [f"{len(found)} traces: {_spread(found)}"]
        said += [f"{name.lower()}: {trace['traceID']}" for name, trace in picked.items()]
        output = compared(traces, said, command=command)
        more = len(found) >= _SAMPLED
        note = f"Of {_SAMPLED} traces that were found; there are more. " if more else ""
        return ToolOutput(
            status=output.status, text=output.text, command=command, note=note + output.note,
            data=output.data,
        )  # fmt: skip

    async def search(self, arguments: JsonObject) -> ToolOutput:
        """The traces that match, slowest first."""
        parameters = self._search(arguments)
        found = sorted(await self._found(parameters), key=_milliseconds, reverse=True)
        command = self._show("search", parameters)
        if not found:
            return ToolOutput(status="no_data", command=command, note="no trace matches")
        table = Table(
            columns=("TRACE", "STARTED", "TOOK", "SERVICE", "SPAN"),
            rows=tuple(
                (
                    str(each["traceID"]),
                    rfc3339(int(each.get("startTimeUnixNano") or 0) / 1e9),
                    said_seconds(_milliseconds(each) / 1000),
                    str(each.get("rootServiceName") or ""),
                    str(each.get("rootTraceName") or ""),
                )
                for each in found
            ),
            of="traces",
        )
        more = len(found) >= int(parameters["limit"])
        note = f"Any {len(found)} that match; there may be more." if more else ""
        text = rendered(table)
        return ToolOutput(status="ok", text=text, command=command, note=note, data=table)

    async def trace(self, arguments: JsonObject) -> ToolOutput:
        """The critical path of one trace."""
        trace = str(arguments["trace_id"])
        command = self._show(_trace_path(arguments), {})
        return trace_output(trace, await self._spans(trace), command=command)

    async def tags(self, arguments: JsonObject) -> ToolOutput:
        """The attributes by scope, or the values of one."""
        reply = await self.server.json(_tag_path(arguments))
        rows = [
            (str(scope.get("name")), str(tag))
            for scope in reply.get("scopes") or ()
            for tag in scope.get("tags") or ()
        ]
        rows += [(str(v.get("type")), str(v.get("value"))) for v in reply.get("tagValues") or ()]
        of, *columns = ("values", "TYPE", "VALUE")
        if not arguments.get("tag"):
            of, *columns = ("attributes", "SCOPE", "ATTRIBUTE")
        return listed(of, columns, rows, self._show(_tag_path(arguments), {}))

    async def metrics(self, arguments: JsonObject) -> ToolOutput:
        """What a metric query gives over time."""
        parameters = self._range(arguments)
        reply = await self.server.json(_METRICS, parameters)
        series = tuple(
            Series(
                labels=attributes_of({"attributes": each.get("labels")}),
                points=tuple(
                    (int(point["timestampMs"]) / 1000, float(point.get("value") or 0))
                    for point in each.get("samples") or ()
                ),
            )
            for each in reply.get("series") or ()
        )
        return counts_output(series, self._show(_METRICS, parameters), "no span matches")

    async def _found(self, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
        return list((await self.server.json("api/search", parameters)).get("traces") or ())

    async def _spans(self, trace: str) -> list[Span]:
        arguments = {"trace_id": trace}
        reply = await self.server.request(_trace_path(arguments))
        if reply.status == 404:  # of Tempo before 2.6, or there is no such trace
            reply = await self.server.request(_trace_path(arguments, "api/traces"))
        if reply.status == 404:
            return []
        if reply.status != 200:
            raise self.server.refused(reply)
        return spans_of(self.server.read_json(reply))

    def _search(self, arguments: JsonObject) -> dict[str, str]:
        limit = arguments.get("limit")
        most = limit if isinstance(limit, int) and limit > 0 else _LIMIT
        return {"q": str(arguments.get("q")), "limit": str(most), **self._times(arguments)}

    def _sample(self, arguments: JsonObject) -> dict[str, str]:
        said = [
            f'resource.{attribute}="{_quoted(str(arguments[f"{name}_name"]))}"'
            for name, attribute in self.labels.items()
            if arguments.get(f"{name}_name")
        ]
        base = str(arguments.get("base_query") or "").strip().removeprefix("{").removesuffix("}")
        query = f"{{{' && '.join([*said, *([base.strip()] if base.strip() else [])])}}}"
        return {"q": query, "limit": str(_SAMPLED), **self._times(arguments)}

    def _range(self, arguments: JsonObject) -> dict[str, str]:
        times = self._times(arguments)
        step = max(1, round((int(times["end"]) - int(times["start"])) / _POINTS))
        return {"q": str(arguments.get("q")), **times, "step": f"{step}s"}

    def _times(self, arguments: JsonObject) -> dict[str, str]:
        start, end = span(arguments.get("start"), arguments.get("end"), now=self.now())
        return {"start": str(int(start)), "end": str(int(end) + 1)}

    def _show(self, path: str, parameters: Mapping[str, str]) -> str:
        path = f"api/{path}" if path == "search" else path
        return f"GET {self.server.url(path, parameters)}"


_METRICS = "api/metrics/query_range"


def _trace_path(arguments: JsonObject, under: str = "api/v2/traces") -> str:
    return f"{under}/{quote(str(arguments.get('trace_id')), safe='')}"


def _tag_path(arguments: JsonObject) -> str:
    tag = str(arguments.get("tag") or "")
    return f"api/v2/search/tag/{quote(tag, safe='')}/values" if tag else "api/v2/search/tags"


def _milliseconds(trace: Mapping[str, Any]) -> float:
    return float(trace.get("durationMs") or 0)


def _spread(found: Sequence[Mapping[str, Any]]) -> str:
    """How long they take; `found` is sorted by that."""
    places = (("fastest", 0.0), ("median", 0.5), ("90 %", 0.9), ("99 %", 0.99), ("slowest", 1.0))
    last = len(found) - 1
    return ", ".join(
        f"{name} {said_seconds(_milliseconds(found[round(place * last)]) / 1000)}"
        for name, place in places
    )


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
