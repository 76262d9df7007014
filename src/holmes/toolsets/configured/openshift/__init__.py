"""OpenShift, by the oc of this machine: `openshift/core`."""

from collections.abc import Mapping
from dataclasses import replace

from holmes.tools.base import ToolContext, Toolset
from holmes.tools.program import Program, templates
from holmes.tools.section import Section

NAMES: Mapping[str, str] = {"openshift/core": "Projects, routes, builds and image streams"}


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The templates; the server says its version when it is asked for its health."""
    program = Program(name="oc", context=context)

    async def version() -> str:
        lines = (await program.output("version")).splitlines()
        return "; ".join(line for line in lines if line.startswith(("Server", "Kubernetes")))

    return replace(templates(__file__, section, context), health=version)
