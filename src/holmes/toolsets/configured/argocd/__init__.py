"""Argo CD's applications, by its API: `argocd/core`."""

from collections.abc import Mapping

import msgspec

from holmes.core.errors import ToolsetFileError
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.changes import ChangeSource
from holmes.tools.http import HttpSettings
from holmes.tools.section import Section
from holmes.toolsets.configured.argocd.applications import Applications, tools

NAMES: Mapping[str, str] = {"argocd/core": "Argo CD applications: state, history, what differs"}


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The tools of one Argo CD.

    Without a URL or a key, ARGOCD_SERVER and ARGOCD_AUTH_TOKEN are read, as argocd reads them.
    """
    settings = section.settings(HttpSettings, context.environment)
    host = context.environment.get("ARGOCD_SERVER", "")
    url = settings.api_url or (host if "://" in host or not host else f"https://{host}")
    if not url:
        raise ToolsetFileError(
            f'{section.where}: "api_url" is missing.',
            hint="Write `config: {api_url: https://argocd.example.com}`, or set ARGOCD_SERVER.",
        )
    if not settings.api_key and not settings.bearer_token:
        token = context.environment.get("ARGOCD_AUTH_TOKEN", "")
        settings = msgspec.structs.replace(settings, bearer_token=token)
    server = settings.server("Argo CD", url=url)
    applications = Applications(server=server)
    return Toolset(
        name=section.name,
        tools=tools(applications),
        lifespan=server.open,
        health=applications.version,
        changes=ChangeSource(tell=applications.changes, show=applications.shown),
    )
