"""Which toolsets there are, and which of them can be used here."""

import importlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import anyio

from holmes.core.errors import ToolsetFileError
from holmes.core.messages import JsonValue, ToolDefinition
from holmes.kubernetes.kubectl import kubectl_status
from holmes.kubernetes.preparations import PREPARATIONS
from holmes.kubernetes.target import KubeTarget
from holmes.tools import toolset_file
from holmes.tools.approval import with_questions
from holmes.tools.base import Toolset, ToolsetStatus
from holmes.tools.command import CommandTool
from holmes.tools.permissions import NONE, Permissions
from holmes.tools.process import run_process
from holmes.tools.template import TemplateError, render_text, variables_of
from holmes.tools.toolset_file import (
    ParameterSpec,
    PrerequisiteSpec,
    ToolsetSpec,
    ToolSpec,
)
from holmes.tools.transformers import BY_NAME

_BUILTIN = Path(__file__).parents[1] / "toolsets"
_BUILTIN_SOURCE = "built-in"
_ENABLED = ToolsetStatus(state="enabled")
# Known to the format; a summary by a second model is not made here.
_IGNORED_TRANSFORMERS = frozenset({"llm_summarize"})
_PREREQUISITE_SECONDS = 10.0
_Named = TypeVar("_Named")


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedToolset(Toolset):
    """A toolset with commands that `check` runs before it counts as usable."""

    commands: tuple[PrerequisiteSpec, ...] = ()


def load(
    files: Sequence[Path],
    inline: Mapping[str, Any],
    target: KubeTarget,
    permissions: Permissions = NONE,
) -> tuple[Toolset, ...]:
    """The built-in toolsets with those of a config file and of toolset files laid over them.

    An optional one is on where a file names it, or where `permissions` hold what it is for.
    Starts no process: see `check`. Raises ToolsetFileError.
    """
    layers = [_from_specs(toolset_file.read_document(inline, "config file"), "config file", target)]
    layers += [load_file(path, target) for path in files]
    named = {item.name for layer in layers for item in layer}
    toolsets = {
        item.name: _off_unless_named(item, named, permissions)
        for item in load_builtin(target, permissions)
    }
    for layer in layers:
        for item in layer:
            toolsets[item.name] = _laid_over(toolsets.get(item.name), item)
    asked = (with_questions(item, permissions.ask) for item in toolsets.values())
    return _without_twins(tuple(asked))


def load_builtin(target: KubeTarget, permissions: Permissions = NONE) -> tuple[Toolset, ...]:
    """The toolsets of `builtin/`: YAML files, and modules with `toolset(target, permissions)`."""
    toolsets: list[Toolset] = []
    for path in sorted(_BUILTIN.iterdir()):
        if path.suffix == ".yaml":
            specs = toolset_file.read_file(path)
            toolsets += _from_specs(specs, _BUILTIN_SOURCE, target, builtin=True)
        elif path.suffix == ".py" and not path.stem.startswith("_"):
            module = importlib.import_module(f"holmes.toolsets.{path.stem}")
            toolsets.append(replace(module.toolset(target, permissions), source=_BUILTIN_SOURCE))
    return tuple(toolsets)


def load_file(path: Path, target: KubeTarget) -> tuple[Toolset, ...]:
    """The toolsets of one file. Raises ToolsetFileError."""
    return _from_specs(toolset_file.read_file(path), str(path), target)


async def check(toolsets: Sequence[Toolset]) -> tuple[Toolset, ...]:
    """The toolsets with the commands among their prerequisites run, all at once."""
    checked: dict[int, Toolset] = {}

    async def one(index: int, item: Toolset) -> None:
        checked[index] = await _check_one(item)

    async with anyio.create_task_group() as group:
        for index, item in enumerate(toolsets):
            group.start_soon(one, index, item)
    return tuple(checked[index] for index in range(len(toolsets)))


async def _check_one(item: Toolset) -> Toolset:
    if not isinstance(item, CheckedToolset) or item.status.state != "enabled":
        return item
    for prerequisite in item.commands:
        if reason := await _unmet(prerequisite):
            return replace(item, status=ToolsetStatus(state="failed", reason=reason))
    return item


async def _unmet(prerequisite: PrerequisiteSpec) -> str:
    """Why a command prerequisite is not met, or nothing."""
    command = prerequisite.command or ""
    try:
        result = await run_process(("/bin/bash", "-c", command), timeout=_PREREQUISITE_SECONDS)
    except OSError as error:
        return f"the prerequisite `{command}` could not be started: {error.strerror}"
    if result.timed_out:
        return f"the prerequisite `{command}` did not end within {_PREREQUISITE_SECONDS:.0f} s"
    if result.exit_code != 0:
        said = (result.stderr.strip() or result.stdout.strip()).splitlines()[-1:]
        return f"the prerequisite `{command}` ended with {result.exit_code}: {' '.join(said)}"
    expected = prerequisite.expected_output
    if expected and expected not in result.stdout:
        return f'the prerequisite `{command}` did not print "{expected}"'
    return ""


def _from_specs(
    specs: Mapping[str, ToolsetSpec], source: str, target: KubeTarget, *, builtin: bool = False
) -> tuple[Toolset, ...]:
    return tuple(
        _toolset(name, spec, source, target, builtin=builtin) for name, spec in specs.items()
    )


def _toolset(
    name: str, spec: ToolsetSpec, source: str, target: KubeTarget, *, builtin: bool
) -> Toolset:
    where = f'{source}: toolset "{name}"'
    tools = tuple(
        _tool(tool, spec.config or {}, f'{where}, tool "{tool.name}"', target, builtin=builtin)
        for tool in spec.tools or ()
    )
    names = [tool.definition.name for tool in tools]
    try:
        instructions = render_text(
            spec.llm_instructions or "", {"config": spec.config or {}, "tool_names": names}
        )
    except TemplateError as error:
        raise ToolsetFileError(f"{where}, llm_instructions: {error}.") from error
    return CheckedToolset(
        name=name,
        description=spec.description or "",
        tools=tools,
        status=_status(spec, target),
        instructions=instructions,
        source=source,
        commands=tuple(item for item in spec.prerequisites or () if item.command),
        asked=tuple(spec.approval_required_tools or ()),
        guesses=spec.guesses or {},
    )


def _status(spec: ToolsetSpec, target: KubeTarget) -> ToolsetStatus:
    if not spec.enabled:
        return ToolsetStatus(state="disabled", reason="switched off by its file")
    if spec.type in {"mcp", "http", "database", "mongodb"}:
        reason = f'toolsets of type "{spec.type}" are not supported'
        return ToolsetStatus(state="failed", reason=reason)
    for prerequisite in spec.prerequisites or ():
        if prerequisite.enabled is False:
            reason = prerequisite.disabled_reason or "switched off by its file"
            return ToolsetStatus(state="disabled", reason=reason)
        if prerequisite.kubernetes and (status := kubectl_status(target)).state != "enabled":
            return status
        if unset := [name for name in prerequisite.env or () if not os.environ.get(name)]:
            names = ", ".join(f'"{name}"' for name in unset)
            return ToolsetStatus(state="failed", reason=f"set the environment variable {names}")
    return _ENABLED


def _tool(
    spec: ToolSpec, config: Mapping[str, Any], where: str, target: KubeTarget, *, builtin: bool
) -> CommandTool:
    parameters = {name: item or ParameterSpec() for name, item in (spec.parameters or {}).items()}
    if not builtin:  # a built-in declares all of them (a test checks), and loads without jinja2
        try:
            inferred = variables_of(spec.template)
        except TemplateError as error:
            raise ToolsetFileError(f"{where}: {error}.") from error
        parameters |= {name: ParameterSpec() for name in sorted(inferred - parameters.keys())}
    named = [item.name for item in spec.transformers or ()]
    return CommandTool(
        definition=ToolDefinition(
            name=spec.name,
            description=spec.description.strip(),
            parameters=_object_schema(parameters),
        ),
        template=spec.template,
        target=target,
        seconds=spec.timeout,
        builtin=builtin,
        prepare=_known(PREPARATIONS, spec.prepare, where) if spec.prepare else None,
        transformers=tuple(
            _known(BY_NAME, name, where) for name in named if name not in _IGNORED_TRANSFORMERS
        ),
        config=config,
    )


def _known(table: Mapping[str, _Named], name: str, where: str) -> _Named:
    if name not in table:
        raise ToolsetFileError(
            f'{where}: there is no "{name}".', hint=f"There are: {', '.join(table)}."
        )
    return table[name]


def _object_schema(parameters: Mapping[str, ParameterSpec]) -> dict[str, JsonValue]:
    schema: dict[str, JsonValue] = {
        "type": "object",
        "properties": {name: _schema(item) for name, item in parameters.items()},
    }
    if required := [name for name, item in parameters.items() if item.required]:
        schema["required"] = list[JsonValue](required)
    return schema


def _schema(parameter: ParameterSpec) -> dict[str, JsonValue]:
    parts: dict[str, Any] = {
        "type": None if parameter.any_of else parameter.type,
        "anyOf": parameter.any_of,
        "description": parameter.description,
        "enum": parameter.enum,
        "items": parameter.items,
        "properties": parameter.properties,
        "additionalProperties": parameter.additional_properties,
        "default": parameter.default,
    }
    return _as_json_schema({name: part for name, part in parts.items() if part is not None})


def _as_json_schema(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter as JSON Schema: `required: true` on each property becomes a list above them."""
    schema = {name: part for name, part in parameter.items() if not isinstance(part, bool)}
    if isinstance(extra := parameter.get("additionalProperties"), bool):
        schema["additionalProperties"] = extra
    if isinstance(items := schema.get("items"), Mapping):
        schema["items"] = _as_json_schema(items)
    if isinstance(properties := schema.get("properties"), Mapping):
        parts = {name: part for name, part in properties.items() if isinstance(part, Mapping)}
        schema["properties"] = {name: _as_json_schema(part) for name, part in parts.items()}
        if required := [name for name, part in parts.items() if part.get("required") is True]:
            schema.setdefault("required", required)
    return schema


def _off_unless_named(item: Toolset, named: set[str], permissions: Permissions) -> Toolset:
    if not item.optional or item.name in named or permissions.grants:
        return item
    reason = (
        f"off unless asked for: put `toolsets: {{{item.name}: {{enabled: true}}}}` into the config"
    )
    return replace(item, status=ToolsetStatus(state="disabled", reason=reason))


def _laid_over(base: Toolset | None, item: Toolset) -> Toolset:
    """A toolset of a file over the one of that name: what the file does not say stays."""
    if item.tools or item.status.state != "enabled":
        tools, description = item.tools, item.description
        if base is not None and not tools:
            tools, description = base.tools, description or base.description
        return replace(item, tools=tools, description=description)
    if base is None:
        reason = "it has no tools, and no built-in toolset has this name"
        return replace(item, status=ToolsetStatus(state="failed", reason=reason))
    return replace(
        base,
        description=item.description or base.description,
        instructions=item.instructions or base.instructions,
        source=item.source,
        asked=(*base.asked, *item.asked),
        guesses={**base.guesses, **item.guesses},
    )


def _without_twins(toolsets: Sequence[Toolset]) -> tuple[Toolset, ...]:
    """One tool of each name: a user's stands for the built-in one; two of users' are refused."""
    owners: dict[str, Toolset] = {}
    usable = [item for item in toolsets if item.status.state == "enabled"]
    for item in (item for item in usable if item.source != _BUILTIN_SOURCE):
        for tool in item.tools:
            name = tool.definition.name
            if name in owners:
                raise ToolsetFileError(
                    f'{item.source}: the tool "{name}" of "{item.name}" is also in '
                    f'"{owners[name].name}" ({owners[name].source}).',
                    hint="Rename it, or switch one toolset off with `enabled: false`.",
                )
            owners[name] = item
    return tuple(
        item
        if item.source != _BUILTIN_SOURCE
        else replace(
            item, tools=tuple(tool for tool in item.tools if tool.definition.name not in owners)
        )
        for item in toolsets
    )
