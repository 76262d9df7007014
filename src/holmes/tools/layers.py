"""What the config file and toolset files say of toolsets, the later over the earlier.

Most runs have neither, so this is not imported before there is one: YAML, templates and the
reading of shell code come with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from holmes.tools import configured, toolset_file
from holmes.tools.base import ToolContext, Toolset, ToolsetStatus
from holmes.tools.from_file import from_specs
from holmes.tools.toolset_file import ToolsetSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class Layers:
    """Sections by name, and the file of each lot."""

    of_files: tuple[tuple[Mapping[str, ToolsetSpec], str], ...]

    @classmethod
    def read(cls, files: Sequence[Path], inline: Mapping[str, Any]) -> "Layers":
        """Of the config file and of toolset files; raises ToolsetFileError."""
        return cls(
            of_files=(
                (toolset_file.read_document(inline, "config file"), "config file"),
                *((toolset_file.read_file(path), str(path)) for path in files),
            )
        )

    def config(self, owns: Callable[[str], bool]) -> Mapping[str, Any]:
        """The `config` of the sections that are owned."""
        return {
            key: value
            for specs, _ in self.of_files
            for name, spec in specs.items()
            if owns(name)
            for key, value in (spec.config or {}).items()
        }

    def over(
        self,
        toolsets: Mapping[str, Toolset],
        groups: Mapping[str, Sequence[str]],
        context: ToolContext,
    ) -> tuple[dict[str, Toolset], set[str]]:
        """The toolsets with those that sections make or change, and the names of the latter.

        The name of a group stands for all of its toolsets.
        """
        said = [
            replace(item, name=name)
            for specs, source in self.of_files
            for item in from_specs(specs, source, context)
            for name in groups.get(item.name, [item.name])
        ]
        result = {**toolsets, **configured.made(self.of_files, context)}
        for item in said:
            result[item.name] = _laid_over(result.get(item.name), item)
        return result, {item.name for item in said}


def _laid_over(base: Toolset | None, item: Toolset) -> Toolset:
    """A toolset of a file over the one of that name: what the file does not say stays."""
    if item.tools or item.status.state != "enabled":
        tools, description = item.tools, item.description
        if base is not None and not tools:
            tools, description = base.tools, description or base.description
        return replace(item, tools=tools, description=description)
    if base is None:
        reason = "it has no tools, and no built-in toolset has this name"
        if item.kind not in configured.OWN_TYPES:
            there = ", ".join(configured.types())
            reason = f'toolsets of type "{item.kind}" are not supported; there are: {there}'
        return replace(item, status=ToolsetStatus(state="failed", reason=reason))
    return replace(
        base,
        description=item.description or base.description,
        instructions=item.instructions or base.instructions,
        source=item.source,
        asked=(*base.asked, *item.asked),
        guesses={**base.guesses, **item.guesses},
    )
