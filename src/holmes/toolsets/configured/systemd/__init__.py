"""Units and the journal of a host: `systemd`."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from holmes.tools.base import ToolContext, Toolset
from holmes.tools.changes import ChangeSource
from holmes.tools.function_tool import ToolFailure
from holmes.tools.program import Program, templates
from holmes.tools.section import Section
from holmes.toolsets.configured.systemd.journal import Journal, journal_tool

NAMES: Mapping[str, str] = {"systemd": "Units and journal of a host, or a folder of journal files"}
_BOOTED = Path("/run/systemd/system")  # there where systemd is the init; sd_booted(3)


class SystemdSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of journal files, of this host or copied from another; this host where left out."""

    journal_directory: str = ""


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The journal, and the units where it is this host that is asked about."""
    settings = section.settings(SystemdSettings, context.environment)
    folder = settings.journal_directory
    words = (f"--directory={folder}",) if folder else ()
    program = Program(name="journalctl", context=context, words=words)
    here = bool(folder) or _BOOTED.is_dir()
    journal = Journal(program=program, mask=context.mask)

    async def version() -> str:
        if not here:
            raise ToolFailure(
                "systemd does not run here: name a folder of journal files as journal_directory"
            )
        return await journal.version()

    made = templates(__file__, section, context)
    return replace(
        made,
        tools=(journal_tool(journal), *(() if folder else made.tools)),
        health=version,
        changes=ChangeSource(tell=journal.changes, show=journal.shown),
    )
