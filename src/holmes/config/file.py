"""The door for ~/.holmes/config.yaml: the types that its keys must have."""

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from holmes.config.choices import Guidance, ToolMode
from holmes.config.settings import (
    DEFAULT_SECONDS,
    DEFAULT_STEPS,
    Config,
    RedactionPattern,
    key_in,
    why,
)
from holmes.core.errors import UsageError
from holmes.files import read_bounded

_MOST_BYTES = 4_000_000

# Written by people for the peer (0.45.0): accepted and unused here, so that a file can be shared.
_FOREIGN_KEYS = frozenset({
    "api_version", "fast_model", "cluster_name", "custom_skill_paths", "skill_repos",
    "anchors", "slack_token", "slack_channel",
})  # fmt: skip
_FOREIGN_PREFIXES = ("alertmanager_", "jira_", "github_", "pagerduty_", "opsgenie_", "slack_")


_SAME = (
    *("model", "max_steps", "timeout", "window", "stream", "tool_mode", "guidance"),
    *("transcripts", "redact_names", "context", "kubeconfig", "namespace"),
)
"""Settings that are the same in the file as in the run."""

_NAME_KINDS = frozenset({"pod", "host", "ip", "email"})


class FileRedaction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of `redact`."""

    name: str
    pattern: str


class FileSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The keys as they stand in the file; what is absent is empty or None."""

    model: str = ""
    api_base: str = ""
    base_url: str = ""
    api_key: str = ""
    context: str = ""
    kubeconfig: str = ""
    namespace: str = ""
    max_steps: int = DEFAULT_STEPS
    timeout: float = DEFAULT_SECONDS
    window: int | None = None
    transcripts: bool = True
    stream: bool = True
    tool_mode: ToolMode = "auto"
    guidance: Guidance = "auto"
    toolsets: dict[str, Any] = {}
    mcp_servers: dict[str, Any] = {}
    serve: dict[str, Any] = {}
    mcp_server: dict[Literal["only", "without"], list[str]] = {}
    custom_toolsets: list[str] = []
    allow: list[str] = []
    api_key_file: str = ""
    redact: list[FileRedaction] = []
    redact_names: bool = False
    fallback: list[str] = []


def read(path: Path) -> Config:
    """The settings in a config file; UsageError with the file and the key at fault."""
    document = _read_yaml(path)
    _refuse_unknown(path, document)
    try:
        said = msgspec.convert(document, FileSettings)
    except msgspec.ValidationError as error:
        raise UsageError(f"{path}: {_readable(error)}.") from error
    for number, entry in enumerate(said.redact):
        _check_redaction(f'{path}: "redact[{number}]"', entry)
    return Config(
        **{name: getattr(said, name) for name in _SAME},
        api_base=said.api_base or said.base_url,
        api_key=said.api_key or (key_in(Path(said.api_key_file)) if said.api_key_file else ""),
        toolset_files=tuple(path.parent / Path(item).expanduser() for item in said.custom_toolsets),
        toolsets=said.toolsets,
        mcp_servers=said.mcp_servers,
        mcp_server={str(key): names for key, names in said.mcp_server.items()},
        allow=tuple(said.allow),
        serve=said.serve,
        redact=tuple(RedactionPattern(name=r.name, pattern=r.pattern) for r in said.redact),
        fallback=tuple(said.fallback),
        source=str(path),
    )


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(read_bounded(path, _MOST_BYTES).decode())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f'Config file "{path}" can\'t be read: {why(error)}.', hint="Check --config."
        ) from error
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UsageError(f"{path}{line}: this is not YAML: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: this is not YAML: {why(error)}.") from error
    except RecursionError as error:
        raise UsageError(f"{path}: it is nested too deep.") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise UsageError(
            f'Config file "{path}" holds no mapping.', hint="Write `key: value` lines."
        )
    return document


def _refuse_unknown(path: Path, document: Mapping[str, Any]) -> None:
    known = FileSettings.__struct_fields__
    for name in map(str, document):
        if name in known or name in _FOREIGN_KEYS or name.startswith(_FOREIGN_PREFIXES):
            continue
        near = difflib.get_close_matches(name, known, n=1)
        raise UsageError(
            f'{path}: unknown key "{name}".',
            hint=f'Did you mean "{near[0]}"?' if near else f"Known keys: {', '.join(known)}.",
        )


def _check_redaction(where: str, entry: FileRedaction) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", entry.name) or entry.name in _NAME_KINDS:
        raise UsageError(
            f'{where}: "{entry.name}" can\'t be used as a name.',
            hint="Use small letters, digits and dashes, and not pod, host, ip or email.",
        )
    try:
        pattern = re.compile(entry.pattern)
    except re.error as error:
        raise UsageError(f"{where}: the pattern is no regular expression: {error}.") from error
    if pattern.match(""):
        raise UsageError(f"{where}: the pattern matches nothing at all, everywhere.")


_WORDS = {
    "int": "a whole number", "float": "a number", "str": "text", "bool": "true or false",
    "array": "a list", "object": "a mapping", "null": "nothing",
}  # fmt: skip


def _readable(error: msgspec.ValidationError) -> str:
    what, _, where = str(error).partition(" - at `$.")
    what = re.sub("Object contains unknown field `(.+)`", r'unknown key "\1"', what)
    what = re.sub("Object missing required field `(.+)`", r'the key "\1" is missing', what)
    what = what.replace("`", "").replace("Expected", "expected").replace(" | null", "")
    if match := re.fullmatch(r"expected (\w+), got (\w+)", what):
        due, got = (_WORDS.get(word, word) for word in match.groups())
        what = f"this is to be {due}, and it is {got}"
    return f'"{where.rstrip("`")}": {what}' if where else what
