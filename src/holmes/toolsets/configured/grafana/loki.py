"""The tools of one Loki."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from holmes.core.messages import JsonObject
from holmes.core.tool_output import Series, ToolOutput
from holmes.tools.base import Tool
from holmes.tools.data import listed
from holmes.tools.function_tool import FunctionTool, ToolFailure, definition
from holmes.tools.http import HttpServer, Parameters
from holmes.tools.log_result import counts_output
from holmes.tools.log_search import PARAMETERS, Clock, Entry, Wanted, searched
from holmes.tools.times import rfc3339

_AGO = 3_600.0
_RANGE = "loki/api/v1/query_range"
_POINTS = 60

QUERY = definition(
    "grafana_loki_query",
    "Search logs, or count them over time.",
    {
        "query": {"type": "string", "description": 'LogQL: {namespace="web"} |= "error"'},
        **PARAMETERS,
    },
    required=("query",),
)
LABELS = definition(
    "grafana_loki_labels", "Labels of the logs; of one label, its values.",
    {"label": {"type": "string"}},
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Loki:
    """What the tools do."""

    server: HttpServer
    now: Clock = time.time

    def tools(self) -> tuple[Tool, ...]:
        """All of them."""
        return (
            FunctionTool(definition=QUERY, call=self.query, show=self._show_query),
            FunctionTool(definition=LABELS, call=self.labels, show=self._show_labels),
        )

    async def health(self) -> str:
        """The version; that it can be asked is tried first."""
        await self.server.json("loki/api/v1/labels", self._recent())
        version = ""
        with suppress(ToolFailure):
            # Loki's own; a gateway before it may not let it through.
            version = (await self.server.json("loki/api/v1/status/buildinfo")).get("version", "")
        return f"Loki {version}".strip() + f" at {self.server.base}"

    async def query(self, arguments: JsonObject) -> ToolOutput:
        """Lines, what is new among them, or the counts that a metric query gives."""
        command = self._show_query(arguments)
        wanted = Wanted.of(arguments, ago=_AGO, now=self.now)
        counts: list[Series] = []

        async def read(since: float, until: float, most: int, *, newest: bool) -> Sequence[Entry]:
            direction = "backward" if newest else "forward"
            parameters = _parameters(str(arguments["query"]), since, until, most)
            reply = await self.server.json(_RANGE, {**parameters, "direction": direction})
            data = reply.get("data") or {}
            if data.get("resultType") == "matrix":
                counts.extend(map(_series, data.get("result") or ()))
                return ()
            return _entries(data.get("result") or ())

        output = await searched(wanted, read, command)
        if not counts:
            return output
        counts.sort(key=lambda series: -sum(value or 0 for _, value in series.points))
        return counts_output(counts, command)

    async def labels(self, arguments: JsonObject) -> ToolOutput:
        """The labels of the last day, or the values of one."""
        label = str(arguments.get("label") or "")
        reply = await self.server.json(_labels_path(label), self._recent())
        found = [str(each) for each in reply.get("data") or ()]
        of, title = (f"values of {label}", "VALUE") if label else ("labels", "LABEL")
        return listed(of, (title,), [(each,) for each in found], self._show_labels(arguments))

    def _recent(self) -> dict[str, str]:
        now = self.now()
        return {"start": _nanoseconds(now - 24 * 3600), "end": _nanoseconds(now)}

    def _show_query(self, arguments: JsonObject) -> str:
        wanted = Wanted.of(arguments, ago=_AGO, now=self.now)
        said: Parameters = {
            "query": str(arguments.get("query")),
            "start": rfc3339(wanted.start),
            "end": rfc3339(wanted.end),
            "limit": wanted.shown,
        }
        return f"GET {self.server.url(_RANGE, said)}"

    def _show_labels(self, arguments: JsonObject) -> str:
        return f"GET {self.server.url(_labels_path(str(arguments.get('label') or '')))}"


def _labels_path(label: str) -> str:
    path = "loki/api/v1/label"
    return f"{path}/{quote(label, safe='')}/values" if label else f"{path}s"


def _parameters(query: str, since: float, until: float, most: int) -> dict[str, str]:
    return {
        "query": query,
        "start": _nanoseconds(since),
        "end": _nanoseconds(until),
        "limit": str(most),
        "step": f"{max(1, round((until - since) / _POINTS))}s",
    }


def _nanoseconds(at: float) -> str:
    return str(round(at * 1000) * 1_000_000)


def _entries(streams: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """The lines of all streams, by time."""
    found = [
        (int(value[0]), str(value[1]), stream.get("stream") or {})
        for stream in streams
        for value in stream.get("values") or ()
    ]
    found.sort(key=lambda each: each[0])
    return [Entry(time=_time(at), text=text, labels=labels) for at, text, labels in found]


def _time(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return rfc3339(seconds + rest // 1_000_000 / 1000)


def _series(item: Mapping[str, Any]) -> Series:
    points = tuple((float(at), float(value)) for at, value in item.get("values") or ())
    return Series(labels=item.get("metric") or {}, points=points)
