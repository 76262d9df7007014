"""Containers of a Docker host, by the docker of this machine: `docker/core`."""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from holmes.tools.base import ToolContext, Toolset
from holmes.tools.changes import ChangeSource
from holmes.tools.program import Program, templates
from holmes.tools.section import Section
from holmes.toolsets.configured.docker.events import Events

NAMES: Mapping[str, str] = {"docker/core": "Containers and images of a Docker host"}


class DockerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which host: `unix:///run/docker.sock`; docker's own choice where it is left out."""

    host: str = ""


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The templates, with the events as changes; the host goes into the environment."""
    settings = section.settings(DockerSettings, context.environment)
    if settings.host:
        environment = {**context.environment, "DOCKER_HOST": settings.host}
        context = replace(context, environment=environment)
    events = Events(program=Program(name="docker", context=context))
    return replace(
        templates(__file__, section, context),
        health=events.version,
        changes=ChangeSource(tell=events.changes, show=events.shown),
    )
