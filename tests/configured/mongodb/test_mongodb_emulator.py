"""MongoDB's tools against an emulator: they show the protocol, not what MongoDB answers."""

import gc
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from pymongo import MongoClient

from configured.servers.nx_27017 import mongodb_emulator
from configured.servers.process import free_port
from holmes.core.errors import ToolsetFileError
from holmes.core.messages import JsonValue
from holmes.core.tool_output import Json, Table, ToolOutput
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.function_tool import ToolFailure
from holmes.tools.section import Section
from holmes.toolsets.configured.mongodb import from_section

pytestmark = pytest.mark.anyio

PIPELINES: tuple[list[JsonValue], ...] = (
    [{"$out": "stolen"}],
    [{"$match": {}}, {"$out": {"db": "shop", "coll": "stolen"}}],
    [{"$merge": {"into": "stolen"}}],
    [{"$match": {}}, {"$merge": "stolen"}],
    [{"$facet": {"a": [{"$out": "stolen"}]}}],
    [{"$lookup": {"from": "orders", "pipeline": [{"$merge": "stolen"}], "as": "x"}}],
    [{"$unionWith": {"coll": "orders", "pipeline": [{"$out": "stolen"}]}}],
    [{"$match": {"$where": "sleep(3000) || true"}}],
    [{"$match": {"$expr": {"$function": {"body": "f", "args": [], "lang": "js"}}}}],
    [{"$addFields": {"x": {"$function": {"body": "f", "args": [], "lang": "js"}}}}],
    [{"$group": {"_id": 1, "x": {"$accumulator": {"init": "f"}}}}],
    [{"$project": {"x": {"$cond": [True, {"$function": {}}, 1]}}}],
    [{"$changeStream": {}}],
    [{"$currentOp": {"allUsers": True}}],
    [{"$listSessions": {}}],
    [{"$planCacheStats": {}}],
    [{"$listLocalSessions": {}}],
    [{"$match": {}, "$out": "stolen"}],
    [{"$unknown": 1}],
    ["$out"],
)
FILTERS: tuple[dict[str, JsonValue], ...] = (
    {"$where": "sleep(3000) || true"},
    {"$or": [{"id": 1}, {"$where": "1"}]},
    {"$expr": {"$function": {"body": "f", "args": [], "lang": "js"}}},
    {"$and": [{"$expr": {"$eq": [1, {"$function": {}}]}}]},
)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with mongodb_emulator(tmp_path_factory.mktemp("mongo")) as port:
        with client(port) as admin:
            admin["shop"]["orders"].insert_many(
                {"id": n, "state": "paid" if n % 2 else "open", "by": {"name": "ann"}}
                for n in range(30)
            )
        yield port


def client(port: int) -> "MongoClient[dict[str, object]]":
    return MongoClient(f"mongodb://127.0.0.1:{port}")


def state(port: int) -> object:
    with client(port) as admin:
        shop = admin["shop"]
        return {name: sorted(map(str, shop[name].find())) for name in shop.list_collection_names()}


class Tools:
    def __init__(self, toolset: Toolset) -> None:
        self.toolset = toolset

    async def __call__(self, tool: str, /, **arguments: JsonValue) -> ToolOutput:
        tools = {each.definition.name: each for each in self.toolset.tools}
        return await tools[f"store_{tool}"].run(arguments)


@asynccontextmanager
async def opened(port: int, **config: object) -> AsyncIterator[Tools]:
    section = Section(
        name="store",
        kind="mongodb",
        config={"connection_url": f"mongodb://127.0.0.1:{port}/shop", **config},
        source="test",
    )
    toolset = from_section(section, ToolContext(environment={}))
    assert toolset.lifespan is not None
    async with toolset.lifespan():
        yield Tools(toolset)


async def test_no_pipeline_and_no_filter_writes_or_runs_code(port: int) -> None:
    before = state(port)
    async with opened(port) as tools:
        outputs = [await tools("aggregate", collection="orders", pipeline=p) for p in PIPELINES]
        outputs += [await tools("find", collection="orders", filter=f) for f in FILTERS]
    assert state(port) == before
    assert [out for out in outputs if out.status not in {"denied", "invalid_arguments"}] == []


async def test_documents_are_found(port: int) -> None:
    async with opened(port) as tools:
        found = await tools(
            "find", collection="orders", filter={"state": "paid"}, projection={"_id": 0, "id": 1},
            sort={"id": -1}, limit=2,
        )  # fmt: skip
        none = await tools("find", collection="orders", filter={"id": 99})
        grouped = await tools(
            "aggregate",
            collection="orders",
            pipeline=[{"$group": {"_id": "$state", "n": {"$sum": 1}}}, {"$sort": {"_id": 1}}],
        )
    assert found.text == '{"id": 29}\n{"id": 27}\n'
    assert found.command == (
        f'mongosh 127.0.0.1:{port}/shop --eval \'db.getCollection("orders").find('
        '{"state": "paid"}, {"_id": 0, "id": 1}).sort({"id": -1})\''
    )
    assert found.note == "only the first 2 documents; narrow it down"
    assert none.status == "no_data"
    assert grouped.data == Json(value=[{"_id": "open", "n": 15}, {"_id": "paid", "n": 15}])


async def test_collections_fields_and_checks(port: int) -> None:
    async with opened(port) as tools:
        collections = await tools("list_collections")
        schema = await tools("collection_schema", collection="orders")
        missing = await tools("collection_schema", collection="nothing")
        status = await tools("check")
        databases = await tools("check", what="databases")
        operations = await tools("check", what="operations")
    assert isinstance(collections.data, Table)
    assert collections.data.rows[0][:2] == ("orders", "30")
    assert "by.name" in schema.text
    assert "_id_" in schema.note
    assert missing.status == "no_data"
    assert "connections.current" in status.text
    assert "shop" in databases.text
    assert operations.status in {"ok", "no_data"}


@pytest.fixture
def sockets_that_pymongo_leaves() -> Iterator[None]:
    """Collects them here, so that no other test is blamed for them.

    AsyncMongoClient.close cancels a connection that is being made without closing its socket
    (pymongo 4.20.1, 30 November 2026).
    """
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.usefixtures("sockets_that_pymongo_leaves")
async def test_what_goes_wrong_is_one_line(port: int) -> None:
    async with opened(port) as tools:
        assert tools.toolset.health is not None
        assert (await tools.toolset.health()).startswith("MongoDB")
    async with opened(free_port()) as tools:
        assert tools.toolset.health is not None
        with pytest.raises(ToolFailure, match="can't be reached: no server answers within 5 s"):
            await tools.toolset.health()
    with pytest.raises(ToolsetFileError, match='"read_only: false" is not supported'):
        async with opened(port, read_only=False):
            pass
    with pytest.raises(ToolsetFileError, match="is no mongodb://"):
        async with opened(port, connection_url="http://a"):
            pass
