"""What the guarded toolsets give: pages as markdown, replies, authentication, health."""

import base64
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from configured.guards.inside import Inside, inside
from holmes.core.errors import ToolsetFileError
from holmes.core.messages import JsonObject
from holmes.core.tool_output import Json, ToolOutput
from holmes.tools import registry
from holmes.tools.addresses import HostList, Reach
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.function_tool import ToolFailure
from holmes.tools.guarded import Guarded, Headers, Target
from holmes.tools.http import HttpServer
from holmes.tools.section import Section
from holmes.toolsets.configured import http, internet
from support.context import tool_context

pytestmark = pytest.mark.anyio


@pytest.fixture
def server() -> Iterator[Inside]:
    with inside() as found:
        yield found


def pages(**config: Any) -> Toolset:  # noqa: ANN401
    config = {"allowed_hosts": ["localhost"], "block_internal_ips": False, **config}
    section = Section(name="internet", config=config, source="test")
    return internet.from_section(section, ToolContext(environment={}))


def api(**config: Any) -> Toolset:  # noqa: ANN401
    section = Section(name="acme/orders", config=config, source="test")
    return http.from_section(section, ToolContext(environment={"TOKEN": "t0ken"}))


async def ask(made: Toolset, arguments: JsonObject) -> ToolOutput:
    (tool,) = made.tools
    return await tool.run(arguments)


async def test_a_page_is_markdown_without_scripts_and_menus(server: Inside) -> None:
    output = await ask(pages(), {"url": f"http://localhost:{server.port}/page"})
    assert output.text.splitlines() == [
        "# Queue is full",
        "",
        "Scale the **consumer** first.",
        "",
        "* check `lag`",
        "* see [lag](https://example.com/lag)",
        "",
        "| alert | action |",
        "| --- | --- |",
        "| LagHigh | scale |",
        "",
        "```",
        "kubectl scale deploy/consumer --replicas=4",
        "```",
    ]


async def test_headers_of_a_page_go_to_listed_hosts_only(server: Inside) -> None:
    made = pages(additional_headers={"X-Key": "k3y"}, allowed_hosts=["localhost", "127.0.0.0/8"])
    await ask(
        made, {"url": f"http://localhost:{server.port}/to?u=http://127.0.0.1:{server.port}/x"}
    )
    (_, _, first), (_, _, second) = server.requests
    assert first["x-key"] == "k3y"
    assert "x-key" not in second


async def test_a_page_that_is_too_large_or_no_text_is_one_line(server: Inside) -> None:
    large = await ask(
        pages(max_response_bytes=50_000), {"url": f"http://localhost:{server.port}/large"}
    )
    assert "answered with more than 0.05 MB: ask for less" in large.note


@pytest.mark.parametrize(
    ("auth", "header", "expected"),
    [
        ({"type": "basic", "username": "ann", "password": "p:1"}, "authorization",
         "Basic " + base64.b64encode(b"ann:p:1").decode()),
        ({"type": "bearer", "token": "{{ env.TOKEN }}"}, "authorization", "Bearer t0ken"),
        ({"type": "header", "name": "X-Api-Key", "value": "k"}, "x-api-key", "k"),
    ],
)  # fmt: skip
async def test_each_kind_of_authentication(
    server: Inside, auth: dict[str, str], header: str, expected: str
) -> None:
    made = api(endpoints=[{"hosts": ["localhost"], "auth": auth}])
    url = f"http://localhost:{server.port}/orders/7"
    output = await ask(made, {"url": url})
    assert server.requests[0][2][header] == expected
    assert output.data == Json(value={"secret": "inside", "path": "/orders/7"})
    assert output.command == f"GET {url}"


async def test_a_login_is_not_sent_to_another_host_of_the_list(server: Inside) -> None:
    made = api(
        endpoints=[
            {"hosts": ["localhost"], "auth": {"type": "bearer", "token": "secret1"}},
            {"hosts": ["127.0.0.1"]},
        ]
    )
    url = f"http://localhost:{server.port}/to?u=http://127.0.0.1:{server.port}/x"
    await ask(made, {"url": url})
    assert server.requests[0][2]["authorization"] == "Bearer secret1"
    assert "authorization" not in server.requests[1][2]


async def test_a_listed_post_is_sent_as_json_and_becomes_get_when_redirected(
    server: Inside,
) -> None:
    made = api(endpoints=[{"hosts": ["localhost"], "methods": ["get", "POST"]}])
    url = f"http://localhost:{server.port}"
    body = '{"query": "x"}'
    await ask(made, {"url": f"{url}/search", "method": "post", "body": body})
    await ask(made, {"url": f"{url}/to?u=/done", "method": "POST", "body": body})
    await ask(made, {"url": f"{url}/to307?u=/done", "method": "POST", "body": body})
    assert [method for method, _, _ in server.requests] == ["POST", "POST", "GET", "POST", "POST"]
    wrong = await ask(made, {"url": url, "method": "POST", "body": "x=1"})
    assert (wrong.status, wrong.note) == ("invalid_arguments", '"body" is no JSON')


async def test_a_certificate_is_checked_by_name_though_the_address_is_asked() -> None:
    pem = Path(__file__).parents[2] / "models" / "untrusted.pem"  # of localhost, signed by itself
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)

    async def resolve(_: str) -> Sequence[str]:
        return ("127.0.0.1",)

    reach = Reach(listed=HostList(entries=["127.0.0.1"]), resolve=resolve)

    def asked(origin: str) -> HttpServer:
        return HttpServer(product="x", base=origin, ca=str(pem), reach=reach)

    def admit(target: Target, method: str) -> Headers:
        del target, method
        return {}

    with inside(tls=tls) as server:
        made = Guarded(admit=admit, server=asked)
        _, reply = await made.request(f"https://localhost:{server.port}/x")
        assert reply.status == 200
        with pytest.raises(ToolFailure, match="by TLS: CERTIFICATE_VERIFY_FAILED"):
            await made.request(f"https://other.example:{server.port}/x")
        with pytest.raises(ToolFailure, match="a redirect to a connection without TLS"):
            await made.request(f"https://localhost:{server.port}/to?u=http://localhost/x")
    assert server.paths == ["/x", "/to?u=http://localhost/x"]


async def test_health_is_asked_where_the_config_says_so(server: Inside) -> None:
    url = f"http://localhost:{server.port}/health"
    made = api(endpoints=[{"hosts": ["localhost"], "health_check_url": url}])
    assert made.health is not None
    assert await made.health() == f"answers at {url}"
    outside = api(endpoints=[{"hosts": ["localhost"], "health_check_url": "http://127.0.0.1/x"}])
    assert outside.health is not None
    with pytest.raises(ToolFailure, match="is not allowed by the config"):
        await outside.health()


def test_a_section_without_endpoints_is_refused() -> None:
    with pytest.raises(ToolsetFileError, match='"endpoints" is empty'):
        api(endpoints=[])


def test_sections_as_the_peer_has_them_are_read() -> None:
    sections = {
        "orders-api": {
            "type": "http",
            "config": {
                "endpoints": [{"hosts": ["*.example.com"], "paths": ["/v1/*"], "methods": ["GET"],
                               "auth": {"type": "basic", "username": "u", "password": "p"}}],
                "default_headers": {"Accept": "application/json"},
                "verify_ssl": True, "timeout_seconds": 30,
            },
        },
        "internet": {"enabled": True, "config": {"additional_headers": {"A": "b"}}},
        "connectivity_check": {"config": {"allowed_hosts": ["db.example.com", "10.0.0.0/8"]}},
        "grafana/loki": {"config": {
            "api_url": "http://grafana", "api_key": "k", "grafana_datasource_uid": "P8",
            "additional_headers": {"X-Scope-OrgID": "1"}, "verify_ssl": False}},
        "grafana/tempo": {"config": {"api_url": "http://tempo", "labels": {"pod": "k8s.pod.name"}}},
        "grafana/dashboards": {"config": {"api_url": "http://grafana", "api_key": "k"}},
        "elasticsearch/data": {"config": {
            "api_url": "http://es", "username": "u", "password": "p", "timeout_seconds": 10}},
        "elasticsearch/cluster": {"config": {"api_url": "http://es", "api_key": "k"}},
        "victorialogs": {"config": {
            "api_url": "http://vl", "bearer_token": "t", "headers": {"AccountID": "1"},
            "external_url": "http://x"}},
        "jaeger": {"config": {"api_url": "http://jaeger:16686"}},
    }  # fmt: skip
    made = {each.name: each for each in registry.load((), sections, tool_context())}
    assert {name: made[name].status.state for name in sections} == dict.fromkeys(
        sections, "enabled"
    )
    tools = {name: [tool.definition.name for tool in made[name].tools] for name in sections}
    assert tools["orders-api"] == ["orders-api_request"]
    assert tools["grafana/loki"] == ["grafana_loki_query", "grafana_loki_labels"]
