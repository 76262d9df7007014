"""Whatever JSON stands at a configured address costs a call or a toolset, never the program."""

from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from holmes.core.messages import JsonValue
from holmes.tools import registry
from holmes.tools.base import Tool, ToolContext
from holmes.tools.changes import Window, joined
from holmes.tools.function_tool import ToolFailure

pytestmark = pytest.mark.anyio

REPLIES = (
    b'["a"]',
    b'{"data": [1, null, "x"], "hits": [1], "items": [null], "values": [1], "traces": [null]}',
    b'{"data": {"result": [null], "groups": [null]}, "hits": {"hits": [null]}, "nodes": [null]}',
)
_ARGUMENTS: dict[str, JsonValue] = {"query": "SELECT 1", "start": "-1h", "end": "", "since": "1h"}
_OF_TYPE: dict[str, JsonValue] = {"integer": 1, "number": 1, "boolean": True, "array": ["x"]}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    reply = b""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.reply)))
        self.end_headers()
        self.wfile.write(self.reply)

    def do_POST(self) -> None:
        self.do_GET()


@pytest.fixture(params=REPLIES, ids=bytes.decode)
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    handler = type("Handler", (_Handler,), {"reply": request.param})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def _sections(port: int) -> dict[str, Any]:
    address = f"http://127.0.0.1:{port}"
    by_key = {"prometheus/metrics": "prometheus_url", "rabbitmq/core": "management_url"}
    plain = (
        *("jaeger", "grafana/loki", "grafana/tempo", "grafana/dashboards", "victorialogs"),
        *("elasticsearch/data", "elasticsearch/cluster", "argocd/core"),
    )
    sections: dict[str, Any] = {
        name: {"config": {key: address}}
        for name, key in (by_key | dict.fromkeys(plain, "api_url")).items()
    }
    url = f"clickhouse://u:p@127.0.0.1:{port}/d"
    return sections | {"events": {"type": "database", "config": {"connection_url": url}}}


def _arguments(tool: Tool, *, all_of_them: bool) -> dict[str, JsonValue]:
    schema: Any = tool.definition.parameters
    return {
        name: _ARGUMENTS.get(name, each.get("enum", [_OF_TYPE.get(each.get("type"), "x")])[0])
        for name, each in schema.get("properties", {}).items()
        if all_of_them or name in schema.get("required", ())
    }


async def test_another_form_is_a_failed_call(port: int) -> None:
    context, sections = ToolContext(), _sections(port)
    loaded = [each for each in registry.load((), sections, context) if each.name in sections]
    assert {each.name for each in loaded} == set(sections)
    async with registry.opened(loaded, context, print) as opened:
        for item in await registry.check(opened):
            assert item.status.state in {"enabled", "failed"}
        for item in opened:
            for tool in item.tools:
                for all_of_them in (False, True):
                    arguments = _arguments(tool, all_of_them=all_of_them)
                    assert (await tool.run(arguments)).status, tool.definition.name
            if item.changes is not None:
                source = joined({item.name: item.changes})
                with suppress(ToolFailure):
                    await source.tell(Window())


async def test_it_is_said_what_may_be_wrong(port: int) -> None:
    section = {"jaeger": {"config": {"api_url": f"http://127.0.0.1:{port}"}}}
    context = ToolContext()
    loaded = [each for each in registry.load((), section, context) if each.name == "jaeger"]
    async with registry.opened(loaded, context, print) as opened:
        (item,) = await registry.check(opened)
    expected = "the answer is not in the form that was expected: is it the right product"
    assert item.status.state == "enabled" or item.status.reason.startswith(expected)
