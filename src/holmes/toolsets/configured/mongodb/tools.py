"""The tools of MongoDB."""

import json
import shlex
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import json_util

from holmes.core.messages import JsonObject, JsonValue
from holmes.core.tool_output import Json, ToolOutput
from holmes.tools.function_tool import FunctionTool, ToolFailure, tools_of
from holmes.tools.rows import MOST_CHARACTERS, Answer, answered, least
from holmes.toolsets.configured.mongodb.guard import check_document, check_pipeline
from holmes.toolsets.configured.mongodb.server import Document, MongoServer

_SAMPLE = 100  # documents from which the fields of a collection are told
_DEEP = 4  # levels of fields that are told apart


@dataclass(frozen=True, kw_only=True, slots=True)
class MongoTools:
    """The tools of one server; their names begin with `prefix`."""

    prefix: str
    server: MongoServer

    def all(self) -> tuple[FunctionTool, ...]:
        """The five of them."""
        text: JsonObject = {"type": "string"}
        thing: JsonObject = {"type": "object"}
        collection = {"collection": text, "database": text}
        whats: list[JsonValue] = list(self._checks)
        return tools_of(
            (
                "find",
                "Documents of a collection that match a filter.",
                {
                    **collection,
                    "filter": thing,
                    "projection": thing,
                    "sort": thing,
                    "limit": {"type": "integer", "minimum": 1},
                },
                ("collection",),
                self.find,
            ),
            (
                "aggregate",
                "What an aggregation pipeline gives (stages that read).",
                {**collection, "pipeline": {"type": "array", "items": {"type": "object"}}},
                ("collection", "pipeline"),
                self.aggregate,
            ),
            (
                "list_collections",
                "Collections with documents and sizes.",
                {"database": text},
                (),
                self.list_collections,
            ),
            (
                "collection_schema",
                "Fields (from a sample) and indexes of a collection.",
                collection,
                ("collection",),
                self.collection_schema,
            ),
            (
                "check",
                "State of the MongoDB server; without `what` a summary.",
                {"what": {"type": "string", "enum": whats}},
                (),
                self.check,
            ),
            show=self._shown,
            prefix=f"{self.prefix}_",
            timeout=self.server.settings.timeout_seconds + 10,
        )

    def _shown(self, name: str, given: JsonObject) -> str:
        """The same in mongosh."""
        place = f"{self.server.address}/{given.get('database') or self.server.default}"
        asked = _EVALS.get(str(given.get("what", name)), "db.serverStatus()")
        if collection := given.get("collection"):
            of = f"db.getCollection({json.dumps(collection)})"
            asked = f"{of}.aggregate([{{$sample: {{size: {_SAMPLE}}}}}])"
            if name == "aggregate":
                asked = f"{of}.aggregate({_text(given.get('pipeline'))})"
            if name == "find":
                sort = f".sort({_text(given['sort'])})" if given.get("sort") else ""
                parts = (given.get("filter") or {}, given.get("projection") or {})
                asked = f"{of}.find({', '.join(map(_text, parts))}){sort}"
        return shlex.join(["mongosh", place.rstrip("/"), "--eval", asked])

    async def find(self, arguments: JsonObject) -> ToolOutput:
        """The documents that a filter matches."""
        wanted = {key: _typed(arguments.get(key)) for key in ("filter", "projection", "sort")}
        for part in ("filter", "projection"):
            check_document(arguments.get(part))
        database, most = self.server.database(arguments.get("database")), self._most(arguments)
        collection = str(arguments["collection"])
        found = await self.server.find(database, collection, wanted, most + 1)
        return self._documents(found, most, self._shown("find", arguments))

    async def aggregate(self, arguments: JsonObject) -> ToolOutput:
        """What a pipeline gives."""
        pipeline = arguments["pipeline"]
        if not isinstance(pipeline, list):
            raise ToolFailure("The pipeline is a list of stages.", status="invalid_arguments")
        check_pipeline(pipeline)
        database, most = self.server.database(arguments.get("database")), self._most(arguments)
        collection = str(arguments["collection"])
        found = await self.server.aggregate(database, collection, _typed(pipeline), most + 1)
        return self._documents(found, most, self._shown("aggregate", arguments))

    def _most(self, arguments: JsonObject) -> int:
        return least(arguments.get("limit"), self.server.settings.max_rows)

    def _documents(self, found: Sequence[Document], most: int, command: str) -> ToolOutput:
        if not found:
            return ToolOutput(status="no_data", command=command, note="no documents")
        lines: list[str] = []
        for document in found[:most]:
            lines.append(_text(document))
            if sum(map(len, lines)) > MOST_CHARACTERS:
                break
        left = len(found) > len(lines)
        note = f"only the first {len(lines)} documents; narrow it down" if left else ""
        data = Json(value=[json.loads(line) for line in lines])
        return ToolOutput(
            status="ok", text="\n".join(lines) + "\n", command=command, note=note, data=data
        )

    async def list_collections(self, arguments: JsonObject) -> ToolOutput:
        """The collections of a database, the largest first."""
        database = self.server.database(arguments.get("database"))
        rows = []
        for name in (await self.server.collections(database))[:200]:
            try:
                stats = await self.server.command(database, {"collStats": name})
            except ToolFailure:
                stats = {}  # a view has none
            sizes = [stats.get(key, "") for key in ("count", "size", "totalIndexSize")]
            rows.append((name, *sizes, len(stats.get("indexSizes", ()))))
        rows.sort(key=lambda row: -(row[2] or 0))
        columns = ("collection", "documents", "bytes", "index_bytes", "indexes")
        command = self._shown("list_collections", arguments)
        answer, most = (columns, rows, ""), self.server.settings.max_rows
        return answered(answer, most, of="collections", command=command, nothing="no collections")

    async def collection_schema(self, arguments: JsonObject) -> ToolOutput:
        """The fields that a sample of documents has, with their types, and the indexes."""
        database = self.server.database(arguments.get("database"))
        collection = str(arguments["collection"])
        if collection not in await self.server.collections(database):
            raise ToolFailure(
                f'{self.server.place}: "{database}" has no collection "{collection}"; list them',
                status="no_data",
            )
        documents = await self.server.aggregate(
            database, collection, [{"$sample": {"size": _SAMPLE}}], _SAMPLE
        )
        kinds: dict[str, Counter[str]] = defaultdict(Counter)
        for document in documents:
            for path, kind in set(_fields(document)):
                kinds[path][kind] += 1
        rows = [
            (
                path,
                "/".join(kind for kind, _ in of.most_common(3)),
                f"{of.total()}/{len(documents)}",
            )
            for path, of in kinds.items()
        ]
        listed = await self.server.command(database, {"listIndexes": collection})
        indexes = [
            f"{each['name']} ({', '.join(map(str, each['key']))})"
            for each in listed["cursor"]["firstBatch"]
        ]
        answer = ("field", "type", "in_documents"), rows, f"indexes: {'; '.join(indexes)}"
        most, command = self.server.settings.max_rows, self._shown("collection_schema", arguments)
        return answered(answer, most, of="fields", command=command, nothing="no fields")

    @property
    def _checks(self) -> Mapping[str, Callable[[], Awaitable[Answer]]]:
        return {
            "status": self._status,
            "operations": self._operations,
            "replication": self._replication,
            "databases": self._databases,
        }

    async def check(self, arguments: JsonObject) -> ToolOutput:
        """One check."""
        what = str(arguments.get("what") or "status")
        answer, most = await self._checks[what](), self.server.settings.max_rows
        command = self._shown("check", {"what": what})
        return answered(answer, most, of=what, command=command, nothing=f"{what}: none")

    async def _status(self) -> Answer:
        status = await self.server.command("admin", {"serverStatus": 1})
        rows = [(path, value) for path in _STATUS if (value := _at(status, path)) is not None]
        return ("what", "value"), rows, ""

    async def _operations(self) -> Answer:
        current = await self.server.command("admin", {"currentOp": 1, "active": True})
        rows = [
            (
                each.get("opid", ""),
                each.get("secs_running", 0),
                each.get("op", ""),
                each.get("ns", ""),
                "waits for a lock" if each.get("waitingForLock") else "",
                each.get("planSummary", ""),
                each.get("appName") or each.get("client", ""),
                _text(each.get("command", {}))[:200],
            )
            for each in current.get("inprog", ())
            if each.get("appName") != "holmesgpt"
        ]
        rows.sort(key=lambda row: -(row[1] or 0))
        columns = ("opid", "seconds", "op", "on", "lock", "plan", "client", "command")
        return columns, rows, ""

    async def _replication(self) -> Answer:
        status = await self.server.command("admin", {"replSetGetStatus": 1})
        members = status.get("members", ())
        newest = max((each["optimeDate"] for each in members if "optimeDate" in each), default=None)
        rows = [
            (
                each.get("name", ""),
                each.get("stateStr", ""),
                "up" if each.get("health") else "DOWN",
                (newest - each["optimeDate"]).total_seconds()
                if newest is not None and "optimeDate" in each
                else "",
                each.get("lastHeartbeatMessage", ""),
            )
            for each in members
        ]
        return ("member", "state", "health", "behind_s", "message"), rows, ""

    async def _databases(self) -> Answer:
        listed = await self.server.command("admin", {"listDatabases": 1})
        rows = [(each["name"], each.get("sizeOnDisk", "")) for each in listed["databases"]]
        return ("database", "bytes"), rows, ""


_STATUS = (
    "version", "process", "uptime", "connections.current", "connections.available",
    "connections.active", "globalLock.currentQueue.total", "globalLock.currentQueue.readers",
    "globalLock.currentQueue.writers", "globalLock.activeClients.total", "mem.resident",
    "wiredTiger.cache.bytes currently in the cache",
    "wiredTiger.cache.maximum bytes configured",
    "wiredTiger.cache.tracked dirty bytes in the cache", "opcounters.query", "opcounters.insert",
    "opcounters.update", "opcounters.delete", "asserts.user", "metrics.cursor.timedOut",
    "metrics.queryExecutor.collectionScans.total", "repl.setName", "repl.primary",
)  # fmt: skip
_EVALS: Mapping[str, str] = {
    "status": "db.serverStatus()",
    "operations": "db.currentOp({active: true})",
    "replication": "rs.status()",
    "databases": "show dbs",
    "list_collections": "db.getCollectionNames()",
}


def _typed(value: JsonValue) -> Any:  # noqa: ANN401  (whatever the JSON holds)
    """A value with MongoDB's own types in it: {"$oid": …}, {"$date": …}."""
    try:
        return json_util.loads(json.dumps(value))
    except (ValueError, TypeError) as error:
        raise ToolFailure(f"No MongoDB document: {error}", status="invalid_arguments") from error


def _text(value: object) -> str:
    return json_util.dumps(value, json_options=json_util.RELAXED_JSON_OPTIONS, ensure_ascii=False)


def _at(value: Any, path: str) -> object:  # noqa: ANN401
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _fields(document: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in document.items():
        path = f"{before}{key}"
        yield path, type(value).__name__
        if isinstance(value, Mapping) and path.count(".") < _DEEP:
            yield from _fields(value, f"{path}.")
