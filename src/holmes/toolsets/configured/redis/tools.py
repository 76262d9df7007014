"""The tools of Redis: its state, one key, and any command that only reads."""

import re
import shlex
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from holmes.core.finding import NextCall
from holmes.core.messages import JsonObject, JsonValue
from holmes.core.tool_output import ToolOutput
from holmes.tools.function_tool import FunctionTool, ToolFailure, tools_of
from holmes.tools.problems import problem, problems_output
from holmes.tools.rows import Answer, answered, least
from holmes.toolsets.configured.redis.server import RedisServer

_SAMPLE = 2000
"""Keys whose size is asked for: about 0.1 s of the server's time, in small portions."""

_SCANNED = 500  # keys that one SCAN looks at
_KINDS = 3  # of keys that take the memory
_FULL = 0.9
_TEXT = 2000  # characters of a string value
_SUMMARY = (
    "role", "uptime_in_seconds", "used_memory_human", "maxmemory_human", "maxmemory_policy",
    "mem_fragmentation_ratio", "connected_clients", "maxclients", "blocked_clients",
    "rejected_connections", "instantaneous_ops_per_sec", "keyspace_hits", "keyspace_misses",
    "evicted_keys", "expired_keys", "loading", "rdb_last_bgsave_status", "aof_last_write_status",
    "aof_enabled", "connected_slaves", "master_host", "master_link_status",
    "master_last_io_seconds_ago", "total_error_replies",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class RedisTools:
    """The tools of one server; their names begin with `prefix`."""

    prefix: str
    server: RedisServer

    def all(self) -> tuple[FunctionTool, ...]:
        """All of them."""
        whats: list[JsonValue] = list(self._checks)
        count: JsonObject = {"type": "integer", "minimum": 1}
        return tools_of(
            ("problems", "What is wrong with Redis. Call first.", {}, (), self.problems),
            (
                "check",
                "State of the Redis server; without `what` a summary.",
                {"what": {"type": "string", "enum": whats}},
                (),
                self.check,
            ),
            (
                "read_key",
                "Type, expiry, size and first elements of a key.",
                {"key": {"type": "string"}, "limit": count},
                ("key",),
                self.read_key,
            ),
            (
                "command",
                "Any Redis command that only reads, as in redis-cli.",
                {"command": {"type": "string"}},
                ("command",),
                self.command,
            ),
            show=self._show,
            prefix=f"{self.prefix}_",
            timeout=self.server.settings.timeout_seconds * 3,
        )

    def _show(self, name: str, given: JsonObject) -> str:
        if name == "read_key":
            return self._shown(f"TYPE {shlex.quote(str(given['key']))}")
        check = _CHECK_COMMANDS.get(str(given.get("what", "summary")), "INFO")
        return self._shown(str(given["command"]) if name == "command" else check)

    def _shown(self, command: str) -> str:
        return f"{shlex.join(self.server.client)} {command}"

    @property
    def _checks(self) -> Mapping[str, Callable[[], Awaitable[Answer]]]:
        return {
            "summary": self._summary,
            "slowlog": self._slowlog,
            "clients": self._clients,
            "big_keys": self._big_keys,
            "latency": self._latency,
            "replication": self._replication,
        }

    async def problems(self, _given: JsonObject) -> ToolOutput:
        """What the figures of the server say is wrong, and of full memory what takes it."""
        info = await self.server.info()
        command, place = self._shown("INFO"), self.server.place
        name = place.removeprefix("Redis at ")
        found = []
        for what, cause in troubles(info):
            kinds, note = (await self._big_keys())[1:] if what == "memory" else ((), "")
            takes = [f"{like} takes {size} bytes in {n} keys {note}" for like, n, size, *_ in kinds]
            shown_by = what if what in self._checks else "summary"
            confirm = NextCall(
                tool=f"{self.prefix}_check",
                arguments={"what": shown_by},
                command=self._shown(_CHECK_COMMANDS[shown_by]),
            )
            found.append(problem(what, "Redis", name, cause, confirm, takes[:_KINDS]))
        nothing = f"nothing is wrong with {place} itself: memory, clients, replication, saving"
        return problems_output(found, command=command, nothing=nothing)

    async def check(self, arguments: JsonObject) -> ToolOutput:
        """One check."""
        what = str(arguments.get("what") or "summary")
        answer, most = await self._checks[what](), self.server.settings.max_rows
        command = self._shown(_CHECK_COMMANDS[what])
        return answered(answer, most, of=what, command=command, nothing=f"{what}: none")

    async def _summary(self) -> Answer:
        info = await self.server.info()
        rows: list[Sequence[object]] = [(key, info[key]) for key in _SUMMARY if key in info]
        rows.insert(0, ("version", await self.server.version()))
        rows += [(key, value) for key, value in info.items() if key.startswith(("db", "errorstat"))]
        return ("what", "value"), rows, ""

    async def _slowlog(self) -> Answer:
        entries = await self.server.ask("SLOWLOG", "GET", 50)
        rows = [_slow(entry) for entry in entries]
        return ("at", "ms", "command", "client"), rows, ""

    async def _clients(self) -> Answer:
        lines = _client_lines(str(await self.server.ask("CLIENT", "LIST")))
        groups: dict[tuple[str, str], list[Mapping[str, str]]] = {}
        for line in lines:
            host = str(line.get("addr", "")).rpartition(":")[0]
            groups.setdefault((host, str(line.get("name", ""))), []).append(line)
        rows = [
            (
                host,
                name,
                len(of),
                max(int(each.get("idle", 0)) for each in of),
                max(int(each.get("omem", 0)) for each in of),
                ", ".join(cmd for cmd, _ in Counter(str(e.get("cmd")) for e in of).most_common(3)),
            )
            for (host, name), of in groups.items()
        ]
        rows.sort(key=lambda row: -row[2])
        columns = ("host", "name", "connections", "longest_idle_s", "most_output_bytes", "commands")
        return columns, rows, ""

    async def _big_keys(self) -> Answer:
        keys: list[str] = []
        cursor = "0"
        while len(keys) < _SAMPLE:
            cursor, found = await self.server.ask("SCAN", cursor, "COUNT", _SCANNED)
            cursor = str(cursor)
            keys += found
            if cursor == "0":
                break
        sample = list(dict.fromkeys(keys))[:_SAMPLE]
        sizes = await self._sizes(sample)
        kinds: dict[str, list[tuple[int, str]]] = {}
        for key, size in sizes:
            kinds.setdefault(re.sub(r"\d+", "*", key), []).append((size, key))
        rows = [
            (kind, len(of), sum(size for size, _ in of), max(of)[1], max(of)[0])
            for kind, of in kinds.items()
        ]
        rows.sort(key=lambda row: -row[2])
        total = await self.server.ask("DBSIZE")
        note = f"of {len(sample)} keys sampled, of {total}" if len(sample) < total else ""
        return ("keys_like", "keys", "bytes", "largest_key", "its_bytes"), rows[:20], note

    async def _sizes(self, keys: Sequence[str]) -> list[tuple[str, int]]:
        sizes: list[tuple[str, int]] = []
        for start in range(0, len(keys), _SCANNED):
            part = keys[start : start + _SCANNED]
            asked = [("MEMORY", "USAGE", key, "SAMPLES", 5) for key in part]
            found = await self.server.ask_all(asked)
            sizes += [(key, size or 0) for key, size in zip(part, found, strict=True)]
        return sizes

    async def _latency(self) -> Answer:
        rows = await self.server.ask("LATENCY", "LATEST")
        note = "" if rows else "recorded only with latency-monitor-threshold set"
        return ("event", "at", "latest_ms", "worst_ms"), [row[:4] for row in rows], note

    async def _replication(self) -> Answer:
        info = await self.server.info("replication")
        return ("what", "value"), list(info.items()), ""

    async def read_key(self, arguments: JsonObject) -> ToolOutput:
        """What a key holds, in part."""
        key = str(arguments["key"])
        limit = least(arguments.get("limit"), self.server.settings.max_rows, 20)
        kind, expiry, size = await self.server.ask_all(
            [
                ("TYPE", key),
                ("PTTL", key),
                ("MEMORY", "USAGE", key, "SAMPLES", 5),
            ]
        )
        if kind == "none":
            raise ToolFailure(f'{self.server.place} has no key "{key}"', status="no_data")
        if kind not in _READERS:
            raise ToolFailure(f'The key "{key}" is a {kind}, which is not read here.')
        length, reading = _READERS[kind]
        count = await self.server.ask(length, key)
        columns, rows = await self._elements(kind, key, reading, limit)
        lives = "no expiry" if expiry < 0 else f"expires in {expiry / 1000:.0f} s"
        note = f"{kind} of {count}, {size} bytes, {lives}"
        if kind == "string" and count > _TEXT:
            note += f"; the first {_TEXT} are shown"
        command, answer = self._shown(shlex.join([reading, key])), (columns, rows, note)
        return answered(answer, limit, of="elements", command=command, nothing="it is empty")

    async def _elements(
        self, kind: str, key: str, reading: str, limit: int
    ) -> tuple[Sequence[str], list[Sequence[object]]]:
        if kind == "string":
            return ("value",), [(await self.server.ask(reading, key, 0, _TEXT - 1),)]
        if kind == "list":
            found = await self.server.ask(reading, key, 0, limit)
            return ("index", "element"), list(enumerate(found))
        if kind == "zset":
            pairs = _paired(await self.server.ask(reading, key, 0, limit, "WITHSCORES"))
            return ("member", "score"), pairs
        if kind == "stream":
            entries = await self.server.ask(reading, key, "+", "-", "COUNT", limit + 1)
            return ("id", "fields"), [(entry[0], _flat(entry[1])) for entry in entries or ()]
        _, found = await self.server.ask(reading, key, 0, "COUNT", limit + 1)
        if kind == "hash":
            return ("field", "value"), _paired(found)
        return ("member",), [(member,) for member in found]

    async def command(self, arguments: JsonObject) -> ToolOutput:
        """What a reading command answers."""
        try:
            words = shlex.split(str(arguments["command"]))
        except ValueError as error:
            raise ToolFailure(f"The command is not complete: {error}.") from error
        if words and words[0].lower() == "redis-cli":
            words = words[1:]
        if not words:
            raise ToolFailure("There is no command in it.", status="invalid_arguments")
        answer = await self.server.run(words)
        lines: Answer = (("answer",), [(line,) for line in _lines(answer)], "")
        most, command = self.server.settings.max_rows, self._shown(shlex.join(words))
        return answered(lines, most, of="lines", command=command, nothing="nil")


_READERS: Mapping[str, tuple[str, str]] = {
    "string": ("STRLEN", "GETRANGE"),
    "list": ("LLEN", "LRANGE"),
    "hash": ("HLEN", "HSCAN"),
    "set": ("SCARD", "SSCAN"),
    "zset": ("ZCARD", "ZREVRANGE"),
    "stream": ("XLEN", "XREVRANGE"),
}
_CHECK_COMMANDS: Mapping[str, str] = {
    "summary": "INFO",
    "slowlog": "SLOWLOG GET 50",
    "clients": "CLIENT LIST",
    "big_keys": "--memkeys",
    "latency": "LATENCY LATEST",
    "replication": "INFO replication",
}


def troubles(info: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What INFO says is wrong: of what it is, by the name of a check where one shows more."""

    def number(name: str) -> int:
        return int(info.get(name) or 0)

    used, most, evicted = number("used_memory"), number("maxmemory"), number("evicted_keys")
    if most and used >= _FULL * most:
        full = f"its memory is full ({info['used_memory_human']} of {info['maxmemory_human']})"
        policy = info.get("maxmemory_policy")
        if policy == "noeviction":
            yield "memory", f"{full}, and it refuses writes ({policy})"
        elif evicted:
            yield "memory", f"{full}, and it evicts keys ({evicted} so far, {policy})"
    clients, room = number("connected_clients"), number("maxclients")
    if number("rejected_connections") and clients >= _FULL * room:
        yield "clients", f"{clients} of {room} clients are connected, and more are refused"
    if info.get("master_link_status") == "down":
        yield "replication", f"the link to its master {info.get('master_host')} is down"
    for key, name in (("rdb_last_bgsave_status", "RDB"), ("aof_last_write_status", "AOF")):
        if info.get(key, "ok") != "ok":
            yield "summary", f"the last write of its {name} file failed"


def _slow(entry: Sequence[Any]) -> Sequence[object]:
    _, started, micros, words, client = entry[:5]
    at = datetime.fromtimestamp(started, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return at, f"{micros / 1000:.1f}", " ".join(map(str, words))[:150], client


def _client_lines(text: str) -> list[Mapping[str, str]]:
    pairs = (line.split() for line in text.splitlines())
    return [dict(pair.split("=", 1) for pair in line if "=" in pair) for line in pairs]


def _paired(flat: Sequence[object]) -> list[Sequence[object]]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _flat(fields: Sequence[object]) -> str:
    return " ".join(f"{name}={value}" for name, value in _paired(fields))


def _lines(answer: Any, depth: int = 0) -> Sequence[str]:  # noqa: ANN401
    if isinstance(answer, list):
        return [line for each in answer for line in _lines(each, depth + 1)]
    if answer is None:
        return [] if depth == 0 else [f"{'  ' * (depth - 1)}nil"]
    pad = "  " * max(0, depth - 1)
    return [f"{pad}{line}" for line in str(answer).splitlines() or [""]]
