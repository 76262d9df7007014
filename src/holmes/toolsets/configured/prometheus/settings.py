"""The section of a Prometheus, and of what speaks its API: settings, and the server they mean."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec

from holmes.tools.function_tool import ToolFailure
from holmes.tools.http import HttpServer, HttpSettings, Sign
from holmes.tools.section import Section
from holmes.toolsets.configured.prometheus import authentication

Subtype: TypeAlias = Literal[
    "",
    "prometheus",
    "victoriametrics",
    "thanos",
    "mimir",
    "grafana-cloud",
    "coralogix",
    "google-managed-prometheus",
    "aws-managed-prometheus",
    "azure-managed-prometheus",
]

_OLD = {
    "prometheus_ssl_enabled": "verify_ssl",
    "default_query_timeout_seconds": "query_timeout_seconds_default",
    "max_query_timeout_seconds": "query_timeout_seconds_hard_max",
    "default_metadata_timeout_seconds": "metadata_timeout_seconds_default",
    "max_metadata_timeout_seconds": "metadata_timeout_seconds_hard_max",
}
"""Names of earlier releases, which are in people's files."""

_PRODUCTS = {
    "victoriametrics": "VictoriaMetrics",
    "thanos": "Thanos",
    "mimir": "Mimir",
    "grafana-cloud": "Grafana Cloud",
    "coralogix": "Coralogix",
    "google-managed-prometheus": "Google Managed Prometheus",
    "aws-managed-prometheus": "Amazon Managed Prometheus",
    "azure-managed-prometheus": "Azure Managed Prometheus",
}


class Settings(HttpSettings, frozen=True, kw_only=True):
    """What a section may say.

    Without effect: `additional_labels`, `query_response_size_limit_pct`,
    `tool_calls_return_data`, `rules_cache_duration_seconds`; results are kept small in other ways.
    """

    subtype: Subtype = ""
    prometheus_url: str = ""
    query_timeout_seconds_default: float = 20.0
    query_timeout_seconds_hard_max: float = 180.0
    metadata_timeout_seconds_default: float = 20.0
    metadata_timeout_seconds_hard_max: float = 60.0
    discover_metrics_from_last_hours: float = 1.0
    tenant_header: str = "X-Scope-OrgID"
    tenant_label: str = "productline"
    additional_labels: Mapping[str, str] = msgspec.field(default_factory=dict)
    query_response_size_limit_pct: float | None = None
    tool_calls_return_data: bool = True
    rules_cache_duration_seconds: float | None = None
    aws_region: str = ""
    aws_access_key: str = ""
    aws_secret_access_key: str = ""
    aws_session_token: str = ""
    aws_service_name: str = "aps"
    assume_role_arn: str = ""
    refresh_interval_seconds: float = 900.0
    azure_client_id: str = ""
    azure_client_secret: str = ""
    azure_tenant_id: str = ""
    azure_use_managed_id: bool = False
    azure_resource: str = "https://prometheus.monitor.azure.com"
    azure_metadata_endpoint: str = authentication.AZURE_METADATA
    azure_token_endpoint: str = ""
    google_metadata_endpoint: str = authentication.GOOGLE_METADATA

    @property
    def query_seconds(self) -> float:
        """How long a query may take."""
        return min(self.query_timeout_seconds_default, self.query_timeout_seconds_hard_max)

    @property
    def metadata_seconds(self) -> float:
        """How long a list of names may take."""
        return min(self.metadata_timeout_seconds_default, self.metadata_timeout_seconds_hard_max)


def read(section: Section, environment: Mapping[str, str]) -> Settings:
    """The settings of a section, with what the environment says where the section does not."""
    config = {_OLD.get(key, key): value for key, value in section.config.items()}
    config.setdefault("subtype", section.subtype)
    said = replace(section, config=config).settings(Settings, environment)
    url = said.prometheus_url or said.api_url
    if not url:
        url = environment.get("PROMETHEUS_URL", "")
        if header := environment.get("PROMETHEUS_AUTH_HEADER", ""):
            said = msgspec.structs.replace(said, headers={"Authorization": header, **said.headers})
    return msgspec.structs.replace(said, prometheus_url=url, subtype=said.subtype or _guess(url))


def server(settings: Settings, environment: Mapping[str, str], url: str = "") -> HttpServer:
    """The server that the settings mean, at their URL unless another is given."""
    url = url or settings.prometheus_url
    product = _PRODUCTS.get(settings.subtype, "Prometheus")
    more = {}
    if settings.subtype == "coralogix" and settings.api_key:
        more = {"token": settings.api_key}
        settings = msgspec.structs.replace(settings, api_key="")
    made = settings.server(product, url=url, **more)
    made.sign = _sign(settings, environment)
    return made


def _guess(url: str) -> Subtype:
    """The vendor that a host name stands for."""
    host = urlsplit(url).hostname or ""
    if host.startswith("aps-workspaces."):
        return "aws-managed-prometheus"
    if host.endswith(".prometheus.monitor.azure.com"):
        return "azure-managed-prometheus"
    if host == "monitoring.googleapis.com":
        return "google-managed-prometheus"
    return "coralogix" if "coralogix" in host else ""


def _sign(settings: Settings, environment: Mapping[str, str]) -> Sign | None:
    match settings.subtype:
        case "aws-managed-prometheus":
            if settings.assume_role_arn:
                raise ToolFailure(
                    '"assume_role_arn" is not supported: give the credentials of the role itself, '
                    "in the config or as AWS_ACCESS_KEY_ID and its companions"
                )
            return authentication.Aws(
                region=settings.aws_region or environment.get("AWS_REGION", ""),
                service=settings.aws_service_name,
                key=settings.aws_access_key or environment.get("AWS_ACCESS_KEY_ID", ""),
                secret=settings.aws_secret_access_key
                or environment.get("AWS_SECRET_ACCESS_KEY", ""),
                session=settings.aws_session_token or environment.get("AWS_SESSION_TOKEN", ""),
            ).sign
        case "azure-managed-prometheus":
            return authentication.azure(
                client=settings.azure_client_id or environment.get("AZURE_CLIENT_ID", ""),
                secret=settings.azure_client_secret or environment.get("AZURE_CLIENT_SECRET", ""),
                tenant=settings.azure_tenant_id or environment.get("AZURE_TENANT_ID", ""),
                resource=settings.azure_resource,
                metadata=settings.azure_metadata_endpoint,
                endpoint=settings.azure_token_endpoint,
                managed=settings.azure_use_managed_id,
            ).sign
        case "google-managed-prometheus":
            said = {name.lower() for name in {**settings.headers, **settings.additional_headers}}
            if settings.bearer_token or settings.api_key or "authorization" in said:
                return None
            return authentication.google(settings.google_metadata_endpoint).sign
    return None
