"""Redis: what its tools show, and that no command of the list of attacks changes anything."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import redis

from configured.servers.process import free_port
from configured.servers.redis import redis_server
from holmes.core.messages import JsonValue
from holmes.core.tool_output import Table, ToolOutput
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.function_tool import ToolFailure
from holmes.tools.section import Section
from holmes.toolsets.configured.redis import from_section
from holmes.toolsets.configured.redis.tools import troubles

pytestmark = [pytest.mark.anyio, pytest.mark.lab]

ATTACKS = (Path(__file__).parent / "commands/attacks.txt").read_text().splitlines()
HONEST = (Path(__file__).parent / "commands/honest.txt").read_text().splitlines()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with redis_server(tmp_path_factory.mktemp("redis")) as port:
        with redis.Redis(port=port) as client:
            client.set("greeting", "hello", ex=3600)
            client.set("counter", 1)
            client.rpush("jobs", *(f"job-{n}" for n in range(300)))
            client.sadd("tags", "a", "b")
            client.hset("user", mapping={"name": "ann", "age": "7"})
            client.zadd("scores", {"ann": 3, "bob": 5})
            client.xadd("events", {"kind": "start"})
            client.geoadd("places", (1.0, 1.0, "here"))
            client.pfadd("h", "a")
            client.execute_command("CONFIG", "SET", "requirepass", "secret-pw")
        yield port


def client(port: int) -> redis.Redis:
    return redis.Redis(port=port, password="secret-pw")  # noqa: S106


def state(port: int) -> object:
    with client(port) as admin:
        keys = sorted(admin.scan_iter())
        config: dict[str, str] = admin.config_get("*")
        dumps = {key: (admin.dump(key), admin.ttl(key) > 0) for key in keys}
        return dumps, config, admin.acl_list(), admin.role()


class Tools:
    def __init__(self, toolset: Toolset) -> None:
        self.toolset = toolset

    async def __call__(self, name: str, **arguments: JsonValue) -> ToolOutput:
        tools = {tool.definition.name: tool for tool in self.toolset.tools}
        return await tools[f"redis_{name}"].run(arguments)


@asynccontextmanager
async def opened(port: int, password: str = "secret-pw") -> AsyncIterator[Tools]:  # noqa: S107
    config = {"connection_url": f"redis://:{password}@127.0.0.1:{port}/0"}
    toolset = from_section(
        Section(name="redis", config=config, source="test"), ToolContext(environment={})
    )
    assert toolset.lifespan is not None
    async with toolset.lifespan():
        yield Tools(toolset)


async def test_no_command_changes_anything(port: int) -> None:
    """First run, 30 Nov 2026: 1 of 85 did (PFCOUNT, which stores what it counted)."""
    before = state(port)
    async with opened(port) as tools:
        found = {command: await tools("command", command=command) for command in ATTACKS}
    assert state(port) == before
    assert [command for command, out in found.items() if out.status in {"ok", "no_data"}] == []


async def test_what_reads_runs(port: int) -> None:
    async with opened(port) as tools:
        found = {command: await tools("command", command=command) for command in HONEST}
    bad = {c: out.note for c, out in found.items() if out.status not in {"ok", "no_data"}}
    assert bad == {}
    assert found["HGETALL user"].text.split() == ["answer", "name", "ann", "age", "7"]


@pytest.mark.parametrize("what", ["summary", "slowlog", "clients", "big_keys", "replication"])
async def test_the_checks(port: int, what: str) -> None:
    async with opened(port) as tools:
        output = await tools("check", what=what)
    assert output.status == "ok", output
    expected = {
        "summary": "connected_clients",
        "slowlog": "127.0.0.1:",
        "clients": "holmesgpt",
        "big_keys": "jobs",
        "replication": "master",
    }
    assert expected[what] in output.text
    assert "secret-pw" not in output.command


async def test_keys_that_differ_in_numbers_alone_are_added_up(port: int) -> None:
    with client(port) as admin:
        for number in range(50):
            admin.set(f"page:{number}", "x" * 500)
    async with opened(port) as tools:
        output = await tools("check", what="big_keys")
        latency = await tools("check", what="latency")
    assert isinstance(output.data, Table)
    assert output.data.rows[0][:2] == ("page:*", "50")
    assert latency.status == "no_data"
    assert "latency-monitor-threshold" in latency.note


@pytest.mark.parametrize(
    ("key", "kind", "first"),
    [
        ("greeting", "string of 5", ("hello",)),
        ("jobs", "list of 300", ("0", "job-0")),
        ("user", "hash of 2", ("name", "ann")),
        ("scores", "zset of 2", ("bob", "5")),
    ],
)
async def test_keys_are_read_in_part(
    port: int, key: str, kind: str, first: tuple[str, ...]
) -> None:
    async with opened(port) as tools:
        output = await tools("read_key", key=key, limit=5)
        other = [await tools("read_key", key=key) for key in ("tags", "events")]
    assert isinstance(output.data, Table)
    assert output.data.rows[0] == first
    assert len(output.data.rows) <= 5
    assert output.note.startswith(kind)
    assert [each.status for each in other] == ["ok", "ok"]


async def test_a_large_key_is_not_walked_through(port: int) -> None:
    with client(port) as admin:
        admin.rpush("large", *("x" * 100_000 for _ in range(80)))
    async with opened(port) as tools:
        refused = await tools("command", command="LRANGE large 0 -1")
        part = await tools("read_key", key="large", limit=2)
    with client(port) as admin:
        admin.delete("large")
    assert refused.status == "denied"
    assert "holds up the server" in refused.note
    assert part.note.startswith("list of 80")


FULL = {"used_memory": "99", "maxmemory": "100", "used_memory_human": "99B",
        "maxmemory_human": "100B", "maxmemory_policy": "allkeys-lru"}  # fmt: skip


@pytest.mark.parametrize(
    ("info", "said"),
    [
        ({}, []),
        (FULL, []),  # a cache that fits
        (
            {**FULL, "evicted_keys": "7"},
            ["its memory is full (99B of 100B), and it evicts keys (7 so far, allkeys-lru)"],
        ),
        (
            {**FULL, "maxmemory_policy": "noeviction"},
            ["its memory is full (99B of 100B), and it refuses writes (noeviction)"],
        ),
        ({"rejected_connections": "3", "connected_clients": "1", "maxclients": "10"}, []),
        (
            {"rejected_connections": "3", "connected_clients": "10", "maxclients": "10"},
            ["10 of 10 clients are connected, and more are refused"],
        ),
        (
            {"master_link_status": "down", "master_host": "a", "rdb_last_bgsave_status": "err"},
            ["the link to its master a is down", "the last write of its RDB file failed"],
        ),
    ],
)
def test_what_the_figures_say_is_wrong(info: dict[str, str], said: list[str]) -> None:
    assert [cause for _, cause in troubles(info)] == said


async def test_a_server_that_is_well_has_no_problem(port: int) -> None:
    async with opened(port) as tools:
        output = await tools("problems")
    assert (output.status, output.text) == ("no_data", "")
    assert output.note.startswith("nothing is wrong with Redis at 127.0.0.1:")


async def test_failures_are_one_line(port: int) -> None:
    async with opened(port) as tools:
        assert tools.toolset.health is not None
        assert (await tools.toolset.health()).startswith("Redis 7.")
        missing = await tools("read_key", key="nothing")
        assert (missing.status, missing.note) == (
            "no_data",
            f'Redis at 127.0.0.1:{port} has no key "nothing"',
        )
        assert (await tools("command", command='GET "a')).note.startswith("The command is not")
    for other, password, said in (
        (port, "wrong-pw", "refuses the user"),
        (free_port(), "wrong-pw", "refuses the connection: nothing listens there"),
    ):
        async with opened(other, password) as tools:
            assert tools.toolset.health is not None
            with pytest.raises(ToolFailure, match=said) as failure:
                await tools.toolset.health()
        assert "wrong-pw" not in failure.value.message
