"""What toolsets get, for one cluster."""

from dataclasses import replace
from pathlib import Path

from holmes.kubernetes.target import SECTION, KubeTarget, section_of
from holmes.tools import registry
from holmes.tools.base import Mask, ToolContext, Toolset
from holmes.tools.permissions import NONE, Permissions
from holmes.toolsets.kubernetes import hooks


def tool_context(
    target: KubeTarget | None = None, permissions: Permissions = NONE, mask: Mask = str
) -> ToolContext:
    """As the registry hands it on."""
    section = section_of(target or KubeTarget())
    context = ToolContext(sections={SECTION: section}, permissions=permissions, mask=mask)
    return replace(context, hooks=hooks(context))


def from_file(path: Path, context: ToolContext) -> tuple[Toolset, ...]:
    """The toolsets of one file."""
    loaded = registry.load([path], {}, context)
    return tuple(item for item in loaded if item.source == str(path))
