"""The tools of one VictoriaLogs."""

import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from holmes.core.messages import JsonObject
from holmes.core.tool_output import Series, Table, ToolOutput
from holmes.tools.base import Tool
from holmes.tools.data import listed, rendered
from holmes.tools.function_tool import FunctionTool, ToolFailure, definition
from holmes.tools.http import HttpServer, Parameters
from holmes.tools.log_result import counts_output
from holmes.tools.log_search import PARAMETERS, Clock, Entry, Wanted, searched
from holmes.tools.times import START, moment, rfc3339, seconds_of, span

_TEXT: JsonObject = {"type": "string"}
_QUERY: JsonObject = {"type": "string", "description": 'LogsQL: {app="web"} error'}
_HOUR = 3_600.0
_POINTS = 60
_LABEL = re.compile(r'([^{,=\s]+)="((?:[^"\\]|\\.)*)"')
_VERSION = re.compile(r'vm_app_version\{[^}]*short_version="([^"]+)"')
_OWN = frozenset({"_msg", "_time", "_stream", "_stream_id"})

_DEFINITIONS = (
    definition(
        "victorialogs_query", "Search logs.", {"query": _QUERY, **PARAMETERS}, required=("query",)
    ),
    definition(
        "victorialogs_hits",
        "Count matching log lines over time.",
        {"query": _QUERY, "start": START, "end": _TEXT, "step": _TEXT, "field": _TEXT},
        required=("query",),
    ),
    definition("victorialogs_field_names", "Fields of the logs.", {"query": _TEXT}),
    definition(
        "victorialogs_field_values",
        "Values of a field, with counts; _stream: the streams.",
        {"field": _TEXT, "query": _TEXT},
        required=("field",),
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class VictoriaLogs:
    """What the tools do."""

    server: HttpServer
    now: Clock = time.time

    def tools(self) -> tuple[Tool, ...]:
        """All of them."""
        calls = (self.query, self.hits, self.names, self.values)
        return tuple(
            FunctionTool(definition=each, call=call, show=partial(self._show, each.name))
            for each, call in zip(_DEFINITIONS, calls, strict=True)
        )

    async def health(self) -> str:
        """The version; that it can be asked is tried first."""
        await self._json("field_names", {"query": "_time:1m *"})
        metrics = await self.server.request("metrics")
        found = _VERSION.search(metrics.text) if metrics.status == 200 else None
        version = f" {found[1]}" if found else ""
        return f"VictoriaLogs{version} at {self.server.base}"

    async def query(self, arguments: JsonObject) -> ToolOutput:
        """Lines, what is new among them, or the table that a query with `stats` gives."""
        command = self._show("victorialogs_query", arguments)
        wanted = self._wanted(arguments)
        query = str(arguments["query"])
        tables: list[Table] = []

        async def read(since: float, until: float, most: int, *, newest: bool) -> Sequence[Entry]:
            ordered = query if newest else f"{query} | sort by (_time) limit {most}"
            rows = await self._rows(ordered, since, until, most)
            if rows and not any("_msg" in row or "_time" in row for row in rows):
                tables.append(_table(rows))
                return ()
            return sorted(map(_entry, rows), key=lambda entry: seconds_of(entry.time))

        output = await searched(wanted, read, command)
        if tables:
            return ToolOutput(
                status="ok", text=rendered(tables[0]), command=command, data=tables[0]
            )
        return output

    async def hits(self, arguments: JsonObject) -> ToolOutput:
        """How many lines match, over time, by the values of a field where one is named."""
        command = self._show("victorialogs_hits", arguments)
        said = await self._json("hits", self._hits(arguments))
        series = tuple(
            Series(
                labels={str(key): str(value) for key, value in hit.get("fields", {}).items()},
                points=tuple(
                    (moment(at, base=0, name="timestamp"), float(value))
                    for at, value in zip(hit["timestamps"], hit["values"], strict=True)
                ),
            )
            for hit in sorted(said.get("hits") or (), key=lambda hit: -hit.get("total", 0))
        )
        return counts_output(series, command)

    async def names(self, arguments: JsonObject) -> ToolOutput:
        """The fields that the logs have."""
        parameters = self._of_fields(arguments)
        return self._values("field_names", await self._json("field_names", parameters), parameters)

    async def values(self, arguments: JsonObject) -> ToolOutput:
        """The values of a field."""
        parameters = self._of_fields(arguments)
        said = await self._json("field_values", parameters)
        return self._values("field_values", said, parameters)

    def _values(self, path: str, said: Any, parameters: Parameters) -> ToolOutput:  # noqa: ANN401
        found = sorted(said.get("values") or (), key=lambda each: -int(each["hits"]))
        rows = [(str(each["value"]), str(each["hits"])) for each in found]
        return listed("values", ("VALUE", "LINES"), rows, self._at(path, parameters))

    def _wanted(self, arguments: JsonObject) -> Wanted:
        return Wanted.of(arguments, ago=_HOUR, now=self.now)

    def _hits(self, arguments: JsonObject) -> dict[str, str]:
        start, end = span(arguments.get("start"), arguments.get("end"), now=self.now())
        step = str(arguments.get("step") or f"{max(1, round((end - start) / _POINTS))}s")
        field = {"field": str(arguments["field"])} if arguments.get("field") else {}
        return {**_times(str(arguments["query"]), start, end), "step": step, **field}

    def _of_fields(self, arguments: JsonObject) -> dict[str, str]:
        field = {"field": str(arguments["field"])} if arguments.get("field") else {}
        query = str(arguments.get("query") or "*")
        now = self.now()
        return {
            **_times(query, now - 24 * _HOUR, now),
            **field,
            **({"limit": "200"} if field else {}),
        }

    async def _rows(self, query: str, since: float, until: float, most: int) -> list[JsonObject]:
        form = {**_times(query, since, until), "limit": str(most), "timeout": self._seconds}
        reply = await self.server.request("select/logsql/query", method="POST", form=form)
        if reply.status != 200:
            raise self.server.refused(reply)
        return list(self._lines(reply.text))

    def _lines(self, text: str) -> Iterator[JsonObject]:
        for line in text.splitlines():
            try:
                yield json.loads(line)
            except ValueError as error:
                # A query that fails after its first lines says so in the middle of them.
                raise ToolFailure(f"VictoriaLogs broke off: {line[:300]}") from error

    async def _json(self, path: str, parameters: dict[str, str]) -> Any:  # noqa: ANN401
        form = {**parameters, "timeout": self._seconds}
        return await self.server.json(f"select/logsql/{path}", method="POST", form=form)

    @property
    def _seconds(self) -> str:
        return f"{self.server.seconds:g}s"

    def _at(self, path: str, parameters: Parameters) -> str:
        return f"GET {self.server.url(f'select/logsql/{path}', parameters)}"

    def _show(self, name: str, arguments: JsonObject) -> str:
        path = name.removeprefix("victorialogs_")
        if path == "hits":
            return self._at(path, self._hits(arguments))
        if path != "query":
            return self._at(path, self._of_fields(arguments))
        wanted = self._wanted(arguments)
        times = _times(str(arguments.get("query")), wanted.start, wanted.end)
        return self._at(path, {**times, "limit": wanted.shown})


def _times(query: str, since: float, until: float) -> dict[str, str]:
    return {"query": query, "start": rfc3339(since), "end": rfc3339(until)}


def _entry(row: JsonObject) -> Entry:
    labels = dict(_LABEL.findall(str(row.get("_stream") or "")))
    text = row.get("_msg")
    if not text:
        text = json.dumps({key: row[key] for key in row if key not in _OWN}, ensure_ascii=False)
    return Entry(time=str(row.get("_time") or ""), text=str(text), labels=labels)


def _table(rows: Sequence[JsonObject]) -> Table:
    columns = tuple(dict.fromkeys(key for row in rows for key in row))
    return Table(
        columns=columns, rows=tuple(tuple(str(row.get(key, "")) for key in columns) for row in rows)
    )
