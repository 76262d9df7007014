"""Containers of a Docker host, by the docker of this machine: `docker/core`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from holmes.tools.base import Aim, Aimed, Hooks, ToolContext, Toolset, assignments
from holmes.tools.changes import ChangeSource
from holmes.tools.program import Program, templates
from holmes.tools.section import Section
from holmes.toolsets.configured.docker.events import Events

NAMES: Mapping[str, str] = {"docker/core": "Containers and images of a Docker host"}


class DockerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which host: `unix:///run/docker.sock`; docker's own choice where it is left out."""

    host: str = ""


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The templates, with the events as changes."""
    settings = section.settings(DockerSettings, context.environment)
    if settings.host:
        hooks = Hooks(aim=(_aimed_at(settings.host),))
        context = replace(context, hooks=hooks + context.hooks)
    events = Events(program=Program(name="docker", context=context))
    return replace(
        templates(__file__, section, context),
        health=events.version,
        changes=ChangeSource(tell=events.changes, show=events.shown),
    )


def _aimed_at(host: str) -> Aim:
    variables = {"DOCKER_HOST": host}

    def hook(argv: Sequence[str], shown: Sequence[str]) -> Aimed:
        return Aimed(
            argv=tuple(argv),
            display=" ".join(shown),
            variables=variables,
            prefix=assignments(variables),
        )

    return hook
