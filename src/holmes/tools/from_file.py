"""From the sections of a toolset file to toolsets whose tools are command templates."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from holmes.core.errors import ToolsetFileError
from holmes.core.messages import JsonValue, ToolDefinition
from holmes.tools.base import ToolContext, Toolset, ToolsetStatus
from holmes.tools.command import CommandTool
from holmes.tools.function_tool import ToolFailure
from holmes.tools.process import ProcessResult, run_process
from holmes.tools.template import (
    CodeError,
    TemplateError,
    check_code,
    render_text,
    variables_of,
)
from holmes.tools.toolset_file import (
    ParameterSpec,
    PrerequisiteSpec,
    ToolsetSpec,
    ToolSpec,
)

# Known to the format; a summary by a second model is not made here.
_IGNORED_TRANSFORMERS = frozenset({"llm_summarize"})
_PREREQUISITE_SECONDS = 9.0
"""Less than `registry.check` waits for a toolset, so that its message names the command."""
_Named = TypeVar("_Named")


def from_specs(
    specs: Mapping[str, ToolsetSpec], source: str, context: ToolContext
) -> tuple[Toolset, ...]:
    """The toolsets of a file by their sections; raises ToolsetFileError."""
    return tuple(_toolset(name, spec, source, context) for name, spec in specs.items())


def _toolset(name: str, spec: ToolsetSpec, source: str, context: ToolContext) -> Toolset:
    where = f'{source}: toolset "{name}"'
    tools = tuple(
        _tool(tool, spec.config or {}, f'{where}, tool "{tool.name}"', context)
        for tool in spec.tools or ()
    )
    names = [tool.definition.name for tool in tools]
    try:
        instructions = render_text(
            spec.llm_instructions or "", {"config": spec.config or {}, "tool_names": names}
        )
    except TemplateError as error:
        raise ToolsetFileError(f"{where}, llm_instructions: {error}.") from error
    commands = [item for item in spec.prerequisites or () if item.command]
    return Toolset(
        name=name,
        description=spec.description or "",
        tools=tools,
        status=_status(spec, context),
        instructions=instructions,
        source=source,
        health=partial(_met, commands) if commands else None,
        kind=spec.type or "",
        asked=tuple(spec.approval_required_tools or ()),
        guesses=spec.guesses or {},
    )


async def _met(prerequisites: Sequence[PrerequisiteSpec]) -> str:
    """Run their commands; raises ToolFailure with the first that is not met."""
    for each in prerequisites:
        result = await _ran(each.command or "")
        if each.expected_output and each.expected_output not in result.stdout:
            raise ToolFailure(
                f'the prerequisite `{each.command}` did not print "{each.expected_output}"'
            )
    return ""


async def _ran(command: str) -> ProcessResult:
    said = f"the prerequisite `{command}`"
    try:
        result = await run_process(("/bin/bash", "-c", command), timeout=_PREREQUISITE_SECONDS)
    except OSError as error:
        raise ToolFailure(f"{said} could not be started: {error.strerror}") from error
    if result.timed_out:
        raise ToolFailure(f"{said} did not end within {_PREREQUISITE_SECONDS:.0f} s")
    if result.exit_code != 0:
        last = (result.stderr.strip() or result.stdout.strip()).splitlines()[-1:]
        raise ToolFailure(f"{said} ended with {result.exit_code}: {' '.join(last)}")
    return result


def _status(spec: ToolsetSpec, context: ToolContext) -> ToolsetStatus:
    if not spec.enabled:
        return ToolsetStatus(state="disabled", reason="switched off by its file")
    for prerequisite in spec.prerequisites or ():
        if prerequisite.enabled is False:
            reason = prerequisite.disabled_reason or "switched off by its file"
            return ToolsetStatus(state="disabled", reason=reason)
        for key, status in context.hooks.prerequisites.items():
            if getattr(prerequisite, key, False) and (found := status()).state != "enabled":
                return found
        if unset := [name for name in prerequisite.env or () if not context.environment.get(name)]:
            names = ", ".join(f'"{name}"' for name in unset)
            return ToolsetStatus(state="failed", reason=f"set the environment variable {names}")
    return ToolsetStatus(state="enabled")


def _tool(
    spec: ToolSpec, config: Mapping[str, Any], where: str, context: ToolContext
) -> CommandTool:
    parameters = {name: item or ParameterSpec() for name, item in (spec.parameters or {}).items()}
    try:
        inferred = variables_of(spec.template)
        check_code(spec.template, [name for name, item in parameters.items() if item.typed])
    except CodeError as error:
        raise ToolsetFileError(
            f"{where}: {error}.", hint="See docs/toolsets.md, Values are never code."
        ) from error
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
        context=context,
        seconds=spec.timeout,
        transformers=tuple(
            _known(context.hooks.transformers, name, where)
            for name in named
            if name not in _IGNORED_TRANSFORMERS
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
        "pattern": None if parameter.pattern is None else f"^(?:{parameter.pattern})$",
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
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
