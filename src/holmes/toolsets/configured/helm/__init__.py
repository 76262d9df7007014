"""Helm releases, by the helm of this machine: `helm/core`."""

from collections.abc import Mapping
from dataclasses import replace

from holmes.tools.base import ToolContext, Toolset
from holmes.tools.changes import ChangeSource
from holmes.tools.program import Program, templates
from holmes.tools.section import Section
from holmes.toolsets.configured.helm.revisions import Helm, diff_tool

NAMES: Mapping[str, str] = {"helm/core": "Helm releases, revisions and what differs between them"}


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The templates, a diff of two revisions, and the revisions as changes."""
    made = templates(__file__, section, context)
    helm = Helm(program=Program(name="helm", context=context))
    return replace(
        made,
        tools=(*made.tools, diff_tool(helm)),
        health=helm.version,
        changes=ChangeSource(tell=helm.changes, show=helm.shown),
    )
