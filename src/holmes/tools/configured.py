"""Toolsets that need a section of the configuration, by the sections that there are.

The first part of a section's name, or its `type`, names the package in `toolsets/configured` that
makes it: `grafana/loki` and `type: grafana` are made by `grafana`. Nothing else is imported.
"""

import importlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, cast

from holmes.tools.base import ToolContext, Toolset, ToolsetStatus
from holmes.tools.function_tool import ToolFailure
from holmes.tools.instances import instances_of, joined
from holmes.tools.section import Section
from holmes.tools.toolset_file import ToolsetSpec

_FOLDER = Path(__file__).parents[1] / "toolsets" / "configured"

OWN_TYPES = frozenset({"", "custom", "customized", "built-in", "builtin"})
"""Types that say nothing: the name decides."""


class Maker(Protocol):
    """What a package in `toolsets/configured` has.

    NAMES  the sections that it can make, with what each is for, one line
    """

    NAMES: Mapping[str, str]

    def from_section(self, section: Section, context: ToolContext, /) -> Toolset:
        """The toolset of one server; its description, where it gives none, is that of NAMES.

        Raises ToolsetFileError where the section is wrong, ToolFailure where the toolset can't be
        used here (its extra is not installed).
        """


def made(
    layers: Sequence[tuple[Mapping[str, ToolsetSpec], str]], context: ToolContext
) -> dict[str, Toolset]:
    """The toolsets of all sections that a package of ours makes, by name."""
    sections: dict[str, Section] = {}
    for specs, source in layers:
        for name, spec in specs.items():
            section = Section(
                name=name,
                kind=spec.type or "",
                subtype=str(spec.subtype or ""),
                config=spec.config or {},
                source=source,
            )
            if name in sections:
                section = section.over(sections[name])
            if spec.enabled and not spec.tools:
                sections[name] = section
            else:
                sections.pop(name, None)
    found = ((each, _package_of(each)) for each in sections.values())
    return {each.name: _toolset(each, package, context) for each, package in found if package}


def unused(items: Collection[Toolset]) -> Iterator[tuple[str, str]]:
    """What can be configured besides these, with what it is for; imports all packages."""
    names = {item.name for item in items}
    kinds = {item.kind for item in items}
    for package in types():
        sections = _maker(package).NAMES
        # What makes but one toolset makes it under any name: `type: database`, an MCP server.
        if len(sections) > 1 or package not in kinds:
            yield from (each for each in sections.items() if each[0] not in names)


def types() -> list[str]:
    """What `type` can be."""
    return sorted(path.name for path in _FOLDER.iterdir() if _is_package(path.name))


def _package_of(section: Section) -> str:
    first = section.name.partition("/")[0] if section.kind in OWN_TYPES else section.kind
    package = first.replace("-", "_")
    return package if _is_package(package) else ""


def _is_package(name: str) -> bool:
    return name.isidentifier() and not name.startswith("_") and (_FOLDER / name).is_dir()


def _maker(package: str) -> Maker:
    return cast("Maker", importlib.import_module(f"holmes.toolsets.configured.{package}"))


def _toolset(section: Section, package: str, context: ToolContext) -> Toolset:
    maker = _maker(package)
    try:
        servers = {
            name: maker.from_section(each, context) for name, each in instances_of(section).items()
        }
        made = joined(servers)
    except ToolFailure as failure:
        status = ToolsetStatus(state="failed", reason=failure.message)
        made = Toolset(name=section.name, tools=(), status=status)
    about = made.description or maker.NAMES.get(section.name) or next(iter(maker.NAMES.values()))
    return replace(made, name=section.name, description=about, source=section.source, kind=package)
