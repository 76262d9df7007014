"""Sections as the peer's files have them, and what a cloud is sent."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from configured.prometheus.asking import context
from holmes.core.errors import ToolsetFileError
from holmes.tools import registry
from holmes.tools.function_tool import ToolFailure
from holmes.tools.section import Section
from holmes.toolsets.configured.prometheus import from_section, settings
from holmes.toolsets.configured.prometheus.authentication import Aws

pytestmark = [pytest.mark.anyio, pytest.mark.lab]

SEEN: list[tuple[str, dict[str, str], str]] = []


class _Cloud(BaseHTTPRequestHandler):
    """Records what it is sent; replies as the documents of the vendors have it."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        SEEN.append((self.path, headers, self.rfile.read(length).decode()))
        said: object = {"status": "success", "data": {"version": "9.9", "application": ""}}
        if "token" in self.path.partition("?")[0]:
            said = {"access_token": f"t{len(SEEN)}", "expires_in": "3600"}
        status = 200
        if self.path.startswith("/cloud/"):
            status = 404 if "buildinfo" in self.path else 200
            said = {"status": "success", "data": {"resultType": "vector", "result": []}}
        elif self.path.startswith("/tenants/"):
            status, said = 401, {"status": "error", "error": "no org id"}
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815  (the name that the base class calls)


@pytest.fixture
def cloud() -> Iterator[str]:
    SEEN.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Cloud)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def section(name: str = "prometheus/metrics", subtype: str = "", **config: object) -> Section:
    return Section(name=name, subtype=subtype, config=config, source="config.yaml")


async def asked(made: Section, **environment: str) -> str:
    """What `health` says."""
    toolset = from_section(made, context(**environment))
    assert toolset.health is not None
    assert toolset.lifespan is not None
    async with toolset.lifespan():
        return await toolset.health()


async def test_the_keys_of_the_peer_are_read(small: str) -> None:
    said = await asked(
        section(
            prometheus_url=small,
            additional_headers={"X-Team": "sre"},
            additional_labels={"cluster": "one"},
            verify_ssl=True,
            query_timeout_seconds_default=20,
            query_timeout_seconds_hard_max=180,
            metadata_timeout_seconds_default=20,
            metadata_timeout_seconds_hard_max=60,
            discover_metrics_from_last_hours=1,
            query_response_size_limit_pct=2,
            tool_calls_return_data=True,
            rules_cache_duration_seconds=600,
        )
    )
    assert said == f"Prometheus 2.42.0+ds at {small}"


async def test_the_url_may_come_from_the_environment(small: str) -> None:
    assert small in await asked(section(), PROMETHEUS_URL=small)


def test_a_key_that_is_not_known_is_named() -> None:
    with pytest.raises(ToolsetFileError, match='Did you mean "prometheus_url"'):
        from_section(section(prometheus_uri="http://x"), context())


def test_a_password_in_the_url_is_in_no_command() -> None:
    toolset = from_section(section(prometheus_url="http://ann:secret@prom:9090"), context())
    shown = [tool.preview({"query": "up", "about": "x"}) for tool in toolset.tools]
    assert any("http://prom:9090/api/v1/query?query=up" in each for each in shown)
    assert not any("secret" in each for each in shown)


async def test_each_call_names_its_tenant(cloud: str) -> None:
    made = section("prometheus/multi-tenant-metrics", prometheus_url=cloud)
    toolset = from_section(made, context())
    tool = next(t for t in toolset.tools if t.definition.name == "list_prometheus_rules")
    assert tool.definition.parameters["required"] == ["tenant"]
    assert toolset.lifespan is not None
    async with toolset.lifespan():
        await tool.run({"tenant": "shop"})
    assert SEEN[-1][1]["x-scope-orgid"] == "shop"


async def test_a_server_that_wants_a_tenant_is_there(cloud: str) -> None:
    made = section("prometheus/multi-tenant-metrics", prometheus_url=f"{cloud}/tenants")
    assert await asked(made) == f"Prometheus at {cloud}/tenants"
    with pytest.raises(ToolFailure, match="Prometheus: no org id"):
        await asked(section(prometheus_url=f"{cloud}/tenants"))


async def test_a_cloud_that_does_not_say_its_version_is_asked_a_query(cloud: str) -> None:
    assert await asked(section(prometheus_url=f"{cloud}/cloud")) == f"Prometheus at {cloud}/cloud"
    assert SEEN[1][0].startswith("/cloud/api/v1/query?query=vector%281%29")


def test_a_file_of_the_peer_loads_unchanged(small: str) -> None:
    inline = {"prometheus/metrics": {"enabled": True, "subtype": "prometheus",
              "config": {"prometheus_url": small,
                         "headers": {"Authorization": "Basic Zm9v"}}}}  # fmt: skip
    loaded = {item.name: item for item in registry.load([], inline, context())}
    assert loaded["prometheus/metrics"].status.state == "enabled"
    assert len(loaded["prometheus/metrics"].tools) == 6


@pytest.mark.parametrize(
    ("url", "subtype"),
    [
        ("https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/w", "aws-managed-prometheus"),
        ("https://x.eastus.prometheus.monitor.azure.com", "azure-managed-prometheus"),
        ("https://monitoring.googleapis.com/v1/projects/p", "google-managed-prometheus"),
        ("https://ng-api-http.eu2.coralogix.com/metrics", "coralogix"),
        ("http://prometheus:9090", ""),
    ],
)
def test_a_cloud_is_known_by_its_host(url: str, subtype: str) -> None:
    assert settings.read(section(prometheus_url=url), {}).subtype == subtype


def test_the_signature_is_that_of_the_published_example() -> None:
    """AWS' test suite for signature version 4, case get-vanilla."""
    aws = Aws(
        region="us-east-1",
        service="service",
        key="AKIDEXAMPLE",
        secret="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",  # noqa: S106  (AWS' published one)
    )
    at = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    headers = aws.signed("GET", "https://example.amazonaws.com/", b"", at)
    assert headers["x-amz-date"] == "20150830T123600Z"
    assert headers["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=host;x-amz-date, "
        "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    )


async def test_replayed_a_request_to_amazon_is_signed(cloud: str) -> None:
    key = {"aws_access_key": "AKID", "aws_secret_access_key": "k", "aws_region": "eu-west-1"}
    made = section(prometheus_url=cloud, subtype="aws-managed-prometheus", **key)
    assert await asked(made) == f"Amazon Managed Prometheus 9.9 at {cloud}"
    ((_, headers, _),) = SEEN
    assert "/eu-west-1/aps/aws4_request, SignedHeaders=host;x-amz-date" in headers["authorization"]


async def test_amazon_without_a_key_is_one_line(cloud: str) -> None:
    made = section(prometheus_url=cloud, subtype="aws-managed-prometheus", aws_region="eu-west-1")
    with pytest.raises(ToolFailure, match="the AWS access key is not set"):
        await asked(made)


async def test_replayed_a_token_of_azure_is_asked_for_once(cloud: str) -> None:
    made = section(
        prometheus_url=cloud,
        subtype="azure-managed-prometheus",
        azure_client_id="c",
        azure_client_secret="s",  # noqa: S106
        azure_tenant_id="t",
        azure_token_endpoint=f"{cloud}/t/oauth2/token",
    )
    toolset = from_section(made, context())
    assert toolset.health is not None
    assert toolset.lifespan is not None
    async with toolset.lifespan():
        await toolset.health()
        await toolset.health()
    assert [path for path, *_ in SEEN] == ["/t/oauth2/token", *["/api/v1/status/buildinfo"] * 2]
    assert SEEN[0][2].startswith(
        "grant_type=client_credentials&client_id=c&client_secret=s&resource="
    )
    assert SEEN[2][1]["authorization"] == "Bearer t1"


async def test_replayed_the_machines_own_identity_is_used(cloud: str) -> None:
    azure = section(
        prometheus_url=cloud,
        subtype="azure-managed-prometheus",
        azure_use_managed_id=True,
        azure_metadata_endpoint=f"{cloud}/identity/oauth2/token",
    )
    google = section(
        prometheus_url=cloud,
        subtype="google-managed-prometheus",
        google_metadata_endpoint=f"{cloud}/computeMetadata/token",
    )
    await asked(azure)
    await asked(google)
    assert SEEN[0][0].startswith("/identity/oauth2/token?api-version=2018-02-01&resource=https")
    assert SEEN[0][1]["metadata"] == "true"
    assert (SEEN[2][0], SEEN[2][1]["metadata-flavor"]) == ("/computeMetadata/token", "Google")


async def test_replayed_coralogix_gets_its_token_header(cloud: str) -> None:
    await asked(section(prometheus_url=cloud, subtype="coralogix", api_key="key1"))
    assert SEEN[0][1]["token"] == "key1"  # noqa: S105
    assert "authorization" not in SEEN[0][1]


async def test_what_is_no_prometheus_is_one_line(cloud: str) -> None:
    toolset = from_section(section(prometheus_url=f"{cloud}/token"), context())
    tool = next(t for t in toolset.tools if t.definition.name == "get_label_values")
    assert toolset.lifespan is not None
    async with toolset.lifespan():
        output = await tool.run({"label": "job"})
    assert output.status == "failed"
    assert "does not answer as Prometheus' API does" in output.note
