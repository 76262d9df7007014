"""Attacks on what keeps a model's URLs away from this machine, its network and unlisted paths."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from configured.guards.corpus import INTERNAL
from configured.guards.inside import Inside, inside
from holmes.core.messages import JsonObject
from holmes.core.tool_output import ToolOutput
from holmes.tools.addresses import HostList, Reach
from holmes.tools.base import ToolContext
from holmes.tools.function_tool import ToolFailure
from holmes.tools.guarded import Guarded, Target
from holmes.tools.http import HttpServer
from holmes.tools.section import Section
from holmes.toolsets.configured import connectivity_check, http, internet

pytestmark = pytest.mark.anyio


@pytest.fixture
def server() -> Iterator[Inside]:
    with inside() as found:
        yield found


async def call(maker: Any, config: Mapping[str, Any], arguments: JsonObject) -> ToolOutput:  # noqa: ANN401
    section = Section(name="acme", config=config, source="test")
    (tool,) = maker.from_section(section, ToolContext(environment={})).tools
    output: ToolOutput = await tool.run(arguments)
    return output


@pytest.mark.parametrize("url", INTERNAL)
async def test_a_page_of_the_inside_is_not_fetched(server: Inside, url: str) -> None:
    output = await call(internet, {}, {"url": url.replace("{p}", str(server.port))})
    assert output.status in {"denied", "failed"}
    assert server.requests == []
    assert output.text == ""
    assert len(output.note.splitlines()) == 1


# The list has localhost, GET, /api/*; everything else is outside of it.
LISTED = {
    "endpoints": [
        {
            "hosts": ["localhost"],
            "paths": ["/api/*"],
            "auth": {"type": "bearer", "token": "t0ken"},
        }
    ]
}
UNLISTED = [
    "http://localhost:{p}/admin",
    "http://localhost:{p}/",
    "http://localhost:{p}",
    "http://localhost:{p}/api",
    "http://localhost:{p}/API/x",
    "http://localhost:{p}/api/../admin",
    "http://localhost:{p}/api/./../admin",
    "http://localhost:{p}/api/x/../../admin",
    "http://localhost:{p}/api/%2e%2e/admin",
    "http://localhost:{p}/api/%2E%2E/admin",
    "http://localhost:{p}/api/.%2e/admin",
    "http://localhost:{p}/api/%252e%252e/admin",
    "http://localhost:{p}/api/%25252e%25252e/admin",
    "http://localhost:{p}/api/%2525252525252e%2e/admin",
    "http://localhost:{p}/api/..%2fadmin",
    "http://localhost:{p}/api/..%252fadmin",
    "http://localhost:{p}/api/..%5cadmin",
    "http://localhost:{p}/api/..\\admin",
    "http://localhost:{p}/api%2f..%2fadmin",
    "http://localhost:{p}/api/..;/admin",
    "http://localhost:{p}/api/..;a=b/admin",
    "http://localhost:{p}/api/%2e%2e;/admin",
    "http://localhost:{p}/api/..%00/admin",
    "http://localhost:{p}/api/%c0%ae%c0%ae/admin",
    "http://localhost:{p}/api/%ef%bc%8e%ef%bc%8e/admin",
    "http://localhost:{p}/api/\uff0e\uff0e/admin",
    "http://localhost:{p}/api/..%20/admin",
    "http://localhost:{p}/api/%u002e%u002e/admin",
    "http://localhost:{p}/api/%25u002e%25u002e/admin",
    "http://localhost:{p}/api/%e2%88%95..%e2%88%95admin",
    "http://localhost:{p}/api/%e2%80%a5/admin",
    "http://localhost:{p}/api/%ef%bc%8fadmin",
    "http://localhost:{p}/api/..%c2%a0/admin",
    "http://localhost:{p}/api/%09../admin",
    "http://localhost:{p}/api/to?u=%2Fapi%2F..%2Fadmin",
    "http://localhost:{p}/api/to?u=http:/admin",
    "http://localhost:{p}/api/x%0d%0aX-Evil:1",
    "http://localhost:{p}//admin",
    "http://localhost:{p}/admin?/api/x",
    "http://localhost:{p}/admin#/api/x",
    "http://localhost:{p}/admin;/api/x",
    "http://127.0.0.1:{p}/api/x",
    "http://[::1]:{p}/api/x",
    "http://localhost.:{p}/../admin",
    "http://localhost.evil.example:{p}/api/x",
    "http://evil-localhost:{p}/api/x",
    "http://localhost@127.0.0.1:{p}/api/x",
    "http://127.0.0.1:{p}/http://localhost/api/x",
    "http://localhost%00.evil.example:{p}/api/x",
    "http://localhost:{p}/api/to?u=http://127.0.0.1:{p}/api/x",
    "http://localhost:{p}/api/to?u=/admin",
    "http://localhost:{p}/api/to?u=../admin",
    "http://localhost:{p}/api/to?u=%2e%2e/admin",
    "http://localhost:{p}/api/to?u=//127.0.0.1:{p}/api/x",
    "http://localhost:{p}/api/to?u=/api/%252e%252e/admin",
    "http://localhost:{p}/api/to?u=http://localhost:{p}/admin",
    "http://localhost:{p}/api/to?u=http://169.254.169.254/latest/meta-data/",
    "http://localhost:{p}/api/to?u=http://[::ffff:127.0.0.1]:{p}/api/x",
    "http://localhost:{p}/api/to?u=file:///etc/passwd",
    "http://localhost:{p}/api/to?u=%5C%5C127.0.0.1:{p}/api/x",
    "http://localhost:{p}/api/to?u=http://localhost@127.0.0.1:{p}/api/x",
    "http://localhost:{p}/api/to?u=/api/to%3Fu=/admin",
]


@pytest.mark.parametrize("url", UNLISTED)
async def test_what_the_list_does_not_have_is_not_asked(server: Inside, url: str) -> None:
    output = await call(http, LISTED, {"url": url.replace("{p}", str(server.port))})
    assert output.status in {"denied", "failed"}
    assert all(path.startswith("/api/to?u=") for path in server.paths)
    assert "inside" not in output.text
    assert "t0ken" not in output.note + output.command


UNLISTED_CALLS: list[JsonObject] = [
    {"method": "DELETE"},
    {"method": "delete"},
    {"method": "POST", "body": "{}"},
    {"method": "PUT"},
    {"method": "GET\r\nX: y"},
    {"method": "HEAD"},
    {"method": "*"},
    {"headers": {"X-HTTP-Method-Override": "DELETE"}},
    {"headers": '{"X-HTTP-Method": "DELETE"}'},
    {"headers": {"Authorization": "Bearer mine"}},
    {"headers": {"Host": "admin.internal"}},
    {"headers": {"Cookie": "a=b"}},
    {"headers": {"X-Forwarded-Host": "admin"}},
    {"headers": {"X-Original-URL": "/admin"}},
    {"headers": {"Transfer-Encoding": "chunked"}},
    {"headers": {"Content-Length": "0"}},
    {"headers": {"Accept": "a\r\nX-Evil: 1"}},
]


@pytest.mark.parametrize("more", UNLISTED_CALLS, ids=str)
async def test_a_call_can_not_change_what_is_asked(server: Inside, more: JsonObject) -> None:
    url = f"http://localhost:{server.port}/api/x"
    output = await call(http, LISTED, {"url": url, **more})
    assert output.status in {"denied", "failed", "invalid_arguments"}
    assert server.requests == []


RESOLVED = [
    ("127.0.0.1",),
    ("10.1.2.3",),
    ("169.254.169.254",),
    ("::1",),
    ("::ffff:10.0.0.1",),
    ("64:ff9b::a00:1",),
    ("93.184.216.34", "127.0.0.1"),
    ("2606:2800:220:1::1", "fd00::1"),
    ("fe80::1%2",),
    ("0.0.0.0",),  # noqa: S104
    ("100.100.100.200",),
]


@pytest.mark.parametrize("addresses", RESOLVED, ids=str)
@pytest.mark.parametrize("hosts", [[], ["*"], ["*.*"]], ids=str)
async def test_a_name_that_stands_for_the_inside_is_refused(
    addresses: Sequence[str], hosts: Sequence[str]
) -> None:
    async def resolve(_: str) -> Sequence[str]:
        return addresses

    reach = Reach(listed=HostList(entries=hosts), resolve=resolve)
    with pytest.raises(ToolFailure) as failure:
        await reach.address("pages.example.com", 80)
    assert failure.value.status == "denied"


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "fd00:ec2::254", "168.63.129.16"]
)
async def test_a_listed_name_does_not_open_the_metadata_of_a_cloud(address: str) -> None:
    async def resolve(_: str) -> Sequence[str]:
        return (address,)

    named = Reach(listed=HostList(entries=["api.example.com"]), resolve=resolve)
    with pytest.raises(ToolFailure, match="where clouds keep credentials"):
        await named.address("api.example.com", 80)


async def test_a_name_that_changes_its_address_is_asked_at_the_one_that_was_judged() -> None:
    answers = iter([("127.0.0.1",), ("127.0.0.2",), ("127.0.0.2",)])

    async def resolve(_: str) -> Sequence[str]:
        return next(answers)

    with inside() as judged, inside("127.0.0.2", judged.port) as other:
        reach = Reach(listed=HostList(entries=["127.0.0.1"]), resolve=resolve)

        def admit(target: Target, method: str) -> Mapping[str, str]:
            del target, method
            return {}

        pages = Guarded(
            admit=admit, server=lambda origin: HttpServer(product="x", base=origin, reach=reach)
        )
        url = f"http://rebind.example:{judged.port}/x"
        _, reply = await pages.request(url)
        assert reply.status == 200
        assert judged.requests[0][2]["host"] == f"rebind.example:{judged.port}"
        with pytest.raises(ToolFailure, match=r"127\.0\.0\.2, an internal address"):
            await pages.request(url)
        assert other.requests == []


async def test_a_redirect_in_a_page_does_not_lead_inside(server: Inside) -> None:
    listed = {"allowed_hosts": ["localhost"], "block_internal_ips": False,
              "additional_headers": {"X-Key": "k3y"}}  # fmt: skip
    for target in ("http://127.0.0.1:{p}/x", "http://169.254.169.254/x", "//[::1]:{p}/x"):
        url = f"http://localhost:{server.port}/to?u={target.replace('{p}', str(server.port))}"
        output = await call(internet, listed, {"url": url})
        assert output.status == "denied"
    assert all(path.startswith("/to") for path in server.paths)


async def test_what_is_listed_is_asked(server: Inside) -> None:
    url = f"http://localhost:{server.port}/api/things/a%20b/100%25;v=1?x=..%2F..&y=1"
    output = await call(http, LISTED, {"url": url, "headers": {"Accept": "application/json"}})
    assert output.status == "ok"
    ((method, path, headers),) = server.requests
    assert (method, path) == ("GET", "/api/things/a%20b/100%25;v=1?x=..%2F..&y=1")
    assert headers["authorization"] == "Bearer t0ken"
    assert headers["host"] == f"localhost:{server.port}"
    assert headers["accept"] == "application/json"


async def test_a_redirect_within_the_list_is_followed(server: Inside) -> None:
    url = f"http://localhost:{server.port}/api/to?u=things/"
    output = await call(http, LISTED, {"url": url})
    assert output.status == "ok"
    assert server.paths[-1] == "/api/things/"
    assert output.note == f"It redirected to http://localhost:{server.port}/api/things/."
    loop = f"http://localhost:{server.port}/api/to?u=/api/to?u=x"
    assert (await call(http, LISTED, {"url": loop.replace("=x", f"={'/api/to?u=' * 9}x")})).status


@pytest.mark.parametrize(
    ("host", "config", "status"),
    [
        ("127.0.0.1", {}, "denied"),
        ("localhost", {}, "denied"),
        ("127.1", {}, "denied"),
        ("0x7f.1", {}, "denied"),
        ("2130706433", {}, "denied"),
        ("::1", {}, "denied"),
        ("::ffff:127.0.0.1", {}, "denied"),
        ("0.0.0.0", {}, "denied"),  # noqa: S104
        ("169.254.169.254", {}, "denied"),
        ("169.254.169.254", {"allow_all_hosts": True}, "denied"),
        ("169.254.169.254", {"allowed_hosts": ["*"]}, "denied"),
        ("10.0.0.1", {}, "denied"),
        ("127.0.0.1", {"allow_all_hosts": True}, "denied"),
        ("localhost", {"allowed_hosts": ["localhost"]}, "denied"),
        ("localhost", {"allowed_hosts": ["localhost"], "block_internal_ips": False}, "denied"),
        ("127.0.0.1", {"allowed_hosts": ["10.0.0.0/8"], "block_internal_ips": False}, "denied"),
        ("127.0.0.1", {"allowed_hosts": ["127.0.0.0/8"], "block_private_ips": True,
                       "block_internal_ips": False}, "denied"),
        ("127.0.0.1", {"allowed_hosts": ["127.0.0.0/8"], "block_internal_ips": False}, "ok"),
    ],
)  # fmt: skip
async def test_a_port_is_tried_only_where_it_may_be(
    server: Inside, host: str, config: dict[str, Any], status: str
) -> None:
    output = await call(connectivity_check, config, {"host": host, "port": server.port})
    assert output.status == status, output.note


async def test_a_public_host_off_the_list_is_not_tried() -> None:
    config = {"allowed_hosts": ["10.0.0.0/8"]}
    output = await call(connectivity_check, config, {"host": "93.184.216.34", "port": 80})
    assert output.note == '"93.184.216.34" is not among the "allowed_hosts"'


async def test_ports_are_told_apart_and_probes_are_counted(server: Inside) -> None:
    config = {"allowed_hosts": ["127.0.0.1"], "block_internal_ips": False, "max_probes": 3}
    section = Section(name="connectivity_check", config=config)
    (tool,) = connectivity_check.from_section(section, ToolContext(environment={})).tools
    answers = await tool.run({"host": "127.0.0.1", "port": server.port})
    assert answers.text.startswith(f"127.0.0.1:{server.port} accepts connections, after ")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        refuses = await tool.run({"host": "127.0.0.1", "port": free.getsockname()[1]})
    assert refuses.status == "ok"
    assert "refuses the connection: nothing listens there" in refuses.text
    await tool.run({"host": "127.0.0.1", "port": server.port})
    output = await tool.run({"host": "127.0.0.1", "port": server.port})
    assert (output.status, output.note) == ("denied", "3 ports were tried within 60 s: wait")
