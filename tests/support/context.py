"""What toolsets get, for one cluster."""

from dataclasses import replace

from holmes.kubernetes.target import SECTION, KubeTarget, section_of
from holmes.tools.base import Mask, ToolContext
from holmes.tools.permissions import NONE, Permissions
from holmes.toolsets.kubernetes import hooks


def tool_context(
    target: KubeTarget | None = None, permissions: Permissions = NONE, mask: Mask = str
) -> ToolContext:
    """As the registry hands it on."""
    section = section_of(target or KubeTarget())
    context = ToolContext(sections={SECTION: section}, permissions=permissions, mask=mask)
    return replace(context, hooks=hooks(context))
