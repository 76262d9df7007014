"""The tools that read indices."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from holmes.core.messages import JsonObject, JsonValue
from holmes.core.tool_output import Json, ToolOutput
from holmes.tools.base import Tool
from holmes.tools.data import listed
from holmes.tools.function_tool import FunctionTool, ToolFailure, definition
from holmes.tools.http import HttpServer
from holmes.tools.log_search import PARAMETERS, Clock, Entry, Wanted, searched
from holmes.tools.times import rfc3339
from holmes.toolsets.configured.elasticsearch.names import index_path

_WEEK = 7 * 86_400.0
_DOCUMENTS = 20  # shown where they are no log lines
_MOST_ROWS = 500
_TEXT: JsonObject = {"type": "string"}
_MESSAGES = ("message", "msg", "log", "body", "event.original", "log.original", "text")
"""Where shippers keep the line: ECS, JSON loggers, Fluent Bit, OpenTelemetry."""
_SOURCES = (
    "kubernetes.namespace", "kubernetes.namespace_name", "kubernetes.pod.name",
    "kubernetes.pod_name", "kubernetes.container.name", "kubernetes.container_name",
    "resource.attributes.k8s.pod.name", "service.name", "service", "host.name", "host", "hostname",
)  # fmt: skip
"""Where they say who wrote it."""

SEARCH = definition(
    "elasticsearch_search",
    "Search logs or documents, or aggregate them.",
    {
        "index": {"type": "string", "description": "name or pattern"},
        "query": {"type": "string", "description": "Lucene (level:error), or Query DSL as JSON"},
        "aggregations": {"type": "object", "description": "instead of documents"},
        **{("size" if name == "limit" else name): each for name, each in PARAMETERS.items()},
    },
    required=("index",),
)
MAPPINGS = definition(
    "elasticsearch_mappings", "Fields of an index.", {"index": _TEXT}, required=("index",)
)
INDICES = definition(
    "elasticsearch_list_indices", "Indices, largest first.", {"pattern": _TEXT}
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Data:
    """What the tools do."""

    server: HttpServer
    time_field: str
    now: Clock = time.time

    def tools(self) -> tuple[Tool, ...]:
        """All of them."""
        return (
            FunctionTool(definition=SEARCH, call=self.search, show=self._show_search),
            FunctionTool(definition=MAPPINGS, call=self.mappings, show=self._show_mappings),
            FunctionTool(definition=INDICES, call=self.indices, show=self._show_indices),
        )

    async def search(self, arguments: JsonObject) -> ToolOutput:
        """Log lines, what is new among them, documents, or aggregations."""
        path = f"{index_path(arguments['index'])}/_search"
        command = self._show_search(arguments)
        wanted = self._wanted(arguments)
        if arguments.get("aggregations"):
            return await self._aggregated(path, arguments, command)
        totals: list[str] = []
        documents: list[JsonObject] = []

        async def read(since: float, until: float, most: int, *, newest: bool) -> Sequence[Entry]:
            body = self._body(arguments, since, until, newest=newest)
            reply = await self.server.json(path, method="POST", body={**body, "size": most})
            totals.append(_partial(reply))
            hits = (reply.get("hits") or {}).get("hits") or []
            if not newest or _have_time(hits, self.time_field):
                found = [self._entry(hit) for hit in hits]
                return found[::-1] if newest else found
            documents.extend(hits)
            return ()

        output = await searched(wanted, read, command)
        note = " ".join(filter(None, dict.fromkeys([*totals, output.note])))
        return _documents(documents, command, note) if documents else replace(output, note=note)

    async def mappings(self, arguments: JsonObject) -> ToolOutput:
        """The fields of all indices that fit, with their types."""
        reply = await self.server.json(f"{index_path(arguments['index'])}/_mapping")
        fields: dict[str, set[str]] = {}
        for index in reply.values():
            for name, kind in _fields((index.get("mappings") or {}).get("properties") or {}):
                fields.setdefault(name, set()).add(kind)
        rows = tuple((name, "|".join(sorted(kinds))) for name, kinds in sorted(fields.items()))
        command = self._show_mappings(arguments)
        return listed("fields", ("FIELD", "TYPE"), rows, command, most=_MOST_ROWS)

    async def indices(self, arguments: JsonObject) -> ToolOutput:
        """The indices with health, documents and size."""
        found = await self.server.json(_indices_path(arguments), _INDICES)
        columns = ("index", "health", "status", "docs.count", "store.size", "pri", "rep")
        rows = tuple(tuple(str(each.get(name) or "") for name in columns) for each in found)
        titles = ("INDEX", "HEALTH", "STATE", "DOCUMENTS", "SIZE", "SHARDS", "REPLICAS")
        return listed("indices", titles, rows, self._show_indices(arguments), most=_MOST_ROWS)

    async def _aggregated(self, path: str, arguments: JsonObject, command: str) -> ToolOutput:
        wanted = self._wanted(arguments)
        body = self._body(arguments, wanted.start, wanted.end, newest=True)
        del body["sort"]
        body |= {"size": 0, "aggs": arguments["aggregations"]}
        reply = await self.server.json(path, method="POST", body=body)
        value: JsonValue = reply.get("aggregations") or {}
        note = _partial(reply)
        if not value:
            return ToolOutput(status="no_data", command=command, note=note or "nothing to count")
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return ToolOutput(
            status="ok", text=text, command=command, note=note, data=Json(value=value)
        )

    def _wanted(self, arguments: JsonObject) -> Wanted:
        given = {**arguments, "limit": arguments.get("size")}
        return Wanted.of(given, ago=_WEEK, now=self.now)

    def _body(
        self, arguments: JsonObject, since: float, until: float, *, newest: bool
    ) -> dict[str, JsonValue]:
        """A search; without any time in the arguments it is not limited to one."""
        conditions: list[JsonValue] = [_query(str(arguments.get("query") or ""))]
        if any(arguments.get(key) not in {None, ""} for key in ("start", "end", "new_since")):
            times: JsonObject = {"gte": rfc3339(since), "lt": rfc3339(until)}
            conditions.append({"range": {self.time_field: dict(times)}})
        order = "desc" if newest else "asc"
        return {
            "query": {"bool": {"filter": conditions}},
            "sort": [{self.time_field: {"order": order, "unmapped_type": "date"}}],
            "timeout": f"{self.server.seconds:g}s",
            "track_total_hits": True,
        }

    def _entry(self, hit: Mapping[str, Any]) -> Entry:
        source = hit.get("_source") or {}
        found = (_field(source, name) for name in _MESSAGES)
        text = next((str(each) for each in found if each), "")
        labels = {name: str(_field(source, name) or "") for name in _SOURCES}
        return Entry(
            time=str(_field(source, self.time_field) or ""),
            text=text or json.dumps(source, ensure_ascii=False),
            labels={name: each for name, each in labels.items() if each and each[0] != "{"},
        )

    def _show_search(self, arguments: JsonObject) -> str:
        wanted = self._wanted(arguments)
        body = self._body(arguments, wanted.start, wanted.end, newest=True)
        if aggregations := arguments.get("aggregations"):
            body |= {"size": 0, "aggs": aggregations}
        else:
            body["size"] = wanted.shown
        path = f"{index_path(arguments.get('index'), default='*')}/_search"
        return f"POST {self.server.url(path)} {json.dumps(body, ensure_ascii=False)}"

    def _show_mappings(self, arguments: JsonObject) -> str:
        return f"GET {self.server.url(str(arguments.get('index')) + '/_mapping')}"

    def _show_indices(self, arguments: JsonObject) -> str:
        return f"GET {self.server.url(_indices_path(arguments), _INDICES)}"


_INDICES = {"format": "json", "s": "store.size:desc", "bytes": "b"}


def _indices_path(arguments: JsonObject) -> str:
    return f"_cat/indices/{index_path(arguments.get('pattern'), default='*')}"


def _query(text: str) -> JsonValue:
    """Query DSL, or Lucene's syntax; all documents where nothing is said."""
    if not text.strip() or text.strip() == "*":
        return {"match_all": {}}
    if text.lstrip()[:1] != "{":
        return {"query_string": {"query": text, "lenient": True}}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ToolFailure(f'"query" is no JSON: {error}', status="invalid_arguments") from error
    query: JsonValue = found["query"] if set(found) == {"query"} else found
    return query


def _field(source: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401
    """A field by its path; documents nest it, or have the path as its name."""
    if name in source:
        return source[name]
    head, dot, rest = name.partition(".")
    inner = source.get(head) if dot else None
    return _field(inner, rest) if isinstance(inner, Mapping) else None


def _fields(properties: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, each in properties.items():
        if inner := each.get("properties"):
            yield from _fields(inner, f"{above}{name}.")
        else:
            kind = str(each.get("type") or "object")
            parts = [f".{sub}" for sub in each.get("fields") or ()]
            yield f"{above}{name}", " ".join([kind, *parts])


def _have_time(hits: Sequence[Mapping[str, Any]], field: str) -> bool:
    return all(_field(hit.get("_source") or {}, field) for hit in hits)


def _partial(reply: Mapping[str, Any]) -> str:
    """How many match, and what is missing of them."""
    hits = reply.get("hits") or {}
    total = hits.get("total")
    count = total.get("value") if isinstance(total, Mapping) else total
    said = [f"Matching documents: {count:,}." if isinstance(count, int) else ""]
    failed = (reply.get("_shards") or {}).get("failed")
    said.append(f"{failed} shards failed: the result is not whole." if failed else "")
    said.append("The time ran out: the result is not whole." if reply.get("timed_out") else "")
    return " ".join(filter(None, said))


def _documents(hits: Sequence[JsonObject], command: str, note: str) -> ToolOutput:
    shown: list[JsonValue] = [
        {"_index": hit.get("_index"), "_id": hit.get("_id"), "_source": hit.get("_source")}
        for hit in hits[:_DOCUMENTS]
    ]
    text = "\n".join(json.dumps(each, ensure_ascii=False) for each in shown)
    if len(hits) > len(shown):
        note = f"{note.partition('no line')[0]} Shown: {len(shown)}.".strip()
    else:
        note = note.partition("no line")[0].strip()
    return ToolOutput(status="ok", text=text, command=command, note=note, data=Json(value=shown))
