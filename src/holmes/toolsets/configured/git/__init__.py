"""What changed in the repositories from which a system is deployed: `git`."""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from holmes.core.errors import ToolsetFileError
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.changes import ChangeSource
from holmes.tools.section import Section
from holmes.toolsets.configured.git.clones import Clone, Clones
from holmes.toolsets.configured.git.tools import tools

NAMES: Mapping[str, str] = {"git": "Commits of the repositories that a system is deployed from"}


class _Repository(msgspec.Struct, frozen=True, kw_only=True):
    """One clone on this machine.

    path    its folder
    name    by which it is asked for; the folder's where it is left out
    branch  what is deployed; what is checked out where it is left out
    deploys what is made from it, as patterns of namespace/workload; everything where left out
    """

    path: str
    name: str = ""
    branch: str = "HEAD"
    deploys: list[str] = []


class GitSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The clones; nothing is fetched, so that something else is to keep them new."""

    repositories: list[_Repository] = []


def from_section(section: Section, context: ToolContext) -> Toolset:
    """Commits and diffs of the clones, and the commits as changes."""
    settings = section.settings(GitSettings, context.environment)
    if not settings.repositories:
        raise ToolsetFileError(
            f'{section.where}: "repositories" names no clone.',
            hint="Write `repositories: [{path: /srv/clones/shop}]`.",
        )
    clones = Clones(
        clones={
            name: Clone.of(each.path, name, each.branch, tuple(each.deploys), context)
            for each in settings.repositories
            for name in [each.name or each.path.rstrip("/").rpartition("/")[2]]
        }
    )
    made = Toolset(
        name=section.name,
        tools=tools(clones, context.now),
    )
    return replace(
        made,
        health=clones.version,
        changes=ChangeSource(tell=clones.changes, show=clones.shown),
    )
