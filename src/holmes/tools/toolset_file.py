"""The YAML format of toolset files: what is in one, checked key by key.

The format is the one that HolmesGPT's users have files in. Keys of it that this program has no use
for are accepted; a key that nobody knows is refused with its place and the nearest known one.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from holmes.core.errors import ToolsetFileError
from holmes.files import read_bounded

_Spec = TypeVar("_Spec", bound=msgspec.Struct)

# A pattern that nothing but digits and dots can match.
_MOST_BYTES = 4_000_000
_DIGITS = re.compile(r"(\[[0-9]-[0-9]\]|\\\.|[0-9]|\{[0-9,]+\}|[()|?+*^$])+")


class ParameterSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter of a tool; `required` is true unless said otherwise.

    `pattern` is what the whole value has to look like.
    """

    type: str | list[str] = "string"
    description: str | None = None
    required: bool = True
    enum: list[Any] | None = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    items: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
    any_of: list[dict[str, Any]] | None = None
    additional_properties: bool | dict[str, Any] | None = None
    default: Any = None

    @property
    def typed(self) -> bool:
        """Whether a value is a number, of digits alone, or one of those that the author listed."""
        types = [self.type] if isinstance(self.type, str) else self.type
        plain = {"integer", "number", "boolean", "null"}
        digits = self.pattern is not None and _DIGITS.fullmatch(self.pattern)
        return bool(self.enum) or bool(digits) or (self.any_of is None and plain.issuperset(types))


class TransformerSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A transformer by name."""

    name: str
    config: dict[str, Any] | None = None


class ToolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One tool: exactly one of `command` and `script`.

    `timeout` (seconds) is an addition to the format.
    """

    name: str
    description: str
    command: str | None = None
    script: str | None = None
    parameters: dict[str, ParameterSpec | None] | None = None
    transformers: list[TransformerSpec] | None = None
    timeout: float = 60.0
    user_description: Any = None
    icon_url: Any = None
    additional_instructions: Any = None
    transformer_configs: Any = None

    @property
    def template(self) -> str:
        """The command or the script."""
        return self.command or self.script or ""


class PrerequisiteSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One of: a command, environment variables, a switch, a cluster (`kubernetes: true`)."""

    command: str | None = None
    expected_output: str | None = None
    env: list[str] | None = None
    enabled: bool | None = None
    disabled_reason: str | None = None
    kubernetes: bool = False


class ToolsetSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One toolset as a file holds it; None where the file does not say.

    `guesses` is an addition to the format.
    """

    enabled: bool = True
    description: str | None = None
    prerequisites: list[PrerequisiteSpec] | None = None
    tools: list[ToolSpec] | None = None
    config: dict[str, Any] | None = None
    llm_instructions: str | None = None
    type: str | None = None
    name: Any = None
    docs_url: Any = None
    icon_url: Any = None
    installation_instructions: Any = None
    additional_instructions: Any = None
    tags: Any = None
    transformers: Any = None
    transformer_configs: Any = None
    approval_required_tools: list[str] | None = None
    guesses: dict[str, str] | None = None
    expose_remotely: Any = None
    status_refresh_interval_seconds: Any = None
    subtype: Any = None
    is_default: Any = None
    experimental: Any = None
    meta: Any = None


def read_file(path: Path) -> Mapping[str, ToolsetSpec]:
    """The toolsets of a file by name. Raises ToolsetFileError with file, line and key."""
    try:
        document = load_yaml(read_bounded(path, _MOST_BYTES))
    except OSError as error:
        raise ToolsetFileError(
            f'The toolset file "{path}" can\'t be read: {error.strerror}.'
        ) from error
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ToolsetFileError(f"{path}{line}: this is not YAML: {error.problem}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise ToolsetFileError(f"{path}: this is not YAML: {said}.") from error
    return read_document(document, str(path))


def read_document(document: object, source: str) -> Mapping[str, ToolsetSpec]:
    """The toolsets of a parsed document; `source` names it in errors."""
    return {
        name: _toolset(body, f'{source}: toolset "{name}"')
        for name, body in _named(document, source)
    }


def load_yaml_documents(text: str) -> list[Any]:
    """The documents of a text of YAML. Raises yaml.YAMLError."""
    return list(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def load_yaml(data: bytes) -> Any:  # noqa: ANN401  (YAML is anything until it is checked)
    """Parse YAML with the C parser where it is there, five times as fast."""
    return yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  (safe)


def _named(document: object, source: str) -> Iterator[tuple[str, object]]:
    """The forms that files have: `toolsets:` over a mapping or a list, or either of them bare."""
    if document is None:
        return
    if isinstance(document, Mapping) and ("toolsets" in document or "mcp_servers" in document):
        _check_keys(document, ("toolsets", "mcp_servers"), source)
        yield from _named(document.get("toolsets"), source)
        yield from _mcp_servers(document.get("mcp_servers") or {}, source)
    elif isinstance(document, Mapping) and "tools" in document and "name" in document:
        yield str(document["name"]), document
    elif isinstance(document, Mapping):
        for name, body in document.items():
            yield str(name), body
    elif isinstance(document, list):
        for number, body in enumerate(document):
            if not isinstance(body, Mapping) or "name" not in body:
                raise ToolsetFileError(f"{source}: toolset number {number + 1} has no name.")
            yield str(body["name"]), body
    else:
        raise ToolsetFileError(
            f"{source}: toolsets are a mapping of name to toolset, and this is {document!r}."
        )


_OF_TOOLSETS = frozenset(ToolsetSpec.__struct_fields__) - {"config"}


def _mcp_servers(servers: object, source: str) -> Iterator[tuple[str, object]]:
    """Toolsets of type `mcp`; `command`, `url` and the like may stand beside `config` or in it.

    So the `mcpServers` of other programs can be pasted.
    """
    if not isinstance(servers, Mapping):
        raise ToolsetFileError(f'{source}: "mcp_servers" is a mapping of name to server.')
    for name, body in servers.items():
        if not isinstance(body, Mapping):
            raise ToolsetFileError(f'{source}: the MCP server "{name}" is to be a mapping.')
        own = {key: value for key, value in body.items() if key in _OF_TOOLSETS - {"type"}}
        beside = _OF_TOOLSETS | {"config"}
        rest = {key: value for key, value in body.items() if key not in beside}
        config = {**rest, **(body.get("config") or {})}
        # `type` is how other programs write what is `mode` here.
        if "type" in body:
            config.setdefault("mode", body["type"])
        yield str(name), {**own, "type": "mcp", "config": config}


def _toolset(body: object, where: str) -> ToolsetSpec:
    if not isinstance(body, Mapping):
        raise ToolsetFileError(
            f"{where}: a toolset is a mapping with description and tools, and this is {body!r}."
        )
    _check_keys(body, ToolsetSpec.__struct_fields__, where)
    for name, prerequisite in _items(body.get("prerequisites"), f"{where}, prerequisite"):
        _check_keys(prerequisite, PrerequisiteSpec.__struct_fields__, name)
    for name, tool in _items(body.get("tools"), f"{where}, tool"):
        _check_tool(tool, name)
    return _converted(body, ToolsetSpec, where)


def _items(value: object, where: str) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    if value is None:
        return
    if not isinstance(value, list):
        raise ToolsetFileError(f"{where}s: expected a list, got {value!r}.")
    for number, item in enumerate(value):
        name = item.get("name", number + 1) if isinstance(item, Mapping) else number + 1
        place = f'{where} "{name}"'
        if not isinstance(item, Mapping):
            raise ToolsetFileError(f"{place}: expected a mapping, got {item!r}.")
        yield place, item


def _check_tool(tool: Mapping[Any, Any], where: str) -> None:
    _check_keys(tool, ToolSpec.__struct_fields__, where)
    if bool(tool.get("command")) == bool(tool.get("script")):
        raise ToolsetFileError(f'{where}: give one of "command" and "script".')
    parameters = tool.get("parameters") or {}
    if not isinstance(parameters, Mapping):
        raise ToolsetFileError(f"{where}: parameters are a mapping of name to parameter.")
    for name, parameter in parameters.items():
        if isinstance(parameter, Mapping):
            known = (*ParameterSpec.__struct_fields__, "anyOf", "additionalProperties")
            place = f'{where}, parameter "{name}"'
            _check_keys(parameter, known, place)
            try:
                re.compile(str(parameter.get("pattern") or ""))
            except re.error as error:
                raise ToolsetFileError(f"{place}: its pattern is wrong: {error}.") from error


def _check_keys(body: Mapping[Any, Any], known: tuple[str, ...], where: str) -> None:
    for key in body:
        if key in known:
            continue
        near = difflib.get_close_matches(str(key), known, n=1)
        hint = f'Did you mean "{near[0]}"?' if near else f"Known keys: {', '.join(sorted(known))}."
        raise ToolsetFileError(f'{where}: the key "{key}" is not known.', hint=hint)


def _converted(body: Mapping[Any, Any], spec: type[_Spec], where: str) -> _Spec:
    try:
        return msgspec.convert(_camel_to_snake(body), spec)
    except msgspec.ValidationError as error:
        raise ToolsetFileError(f"{where}: {_plain(str(error))}.") from error


def _camel_to_snake(body: Mapping[Any, Any]) -> dict[str, Any]:
    """JSON Schema's spelling of two parameter keys, which files have too."""
    tools = [dict(tool) for tool in body.get("tools") or ()]
    for tool in tools:
        parameters = dict(tool.get("parameters") or {})
        for name, parameter in parameters.items():
            if isinstance(parameter, Mapping):
                renamed = {"anyOf": "any_of", "additionalProperties": "additional_properties"}
                parameters[name] = {renamed.get(k, k): v for k, v in parameter.items()}
        tool["parameters"] = parameters
    return {**body, "tools": tools} if body.get("tools") is not None else dict(body)


def _plain(error: str) -> str:
    """The validator's message with the path first: `tools[0].name: expected str, got int`."""
    message, _, path = error.partition(" - at `$.")
    message = message.replace("`", "")
    return f"{path.rstrip('`')}: {message[:1].lower()}{message[1:]}" if path else message
