"""The door for ~/.holmes/config.yaml: the types that its keys must have."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from holmes.config.choices import Guidance, ToolMode
from holmes.core.errors import UsageError

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
    max_steps: int | None = None
    timeout: float | None = None
    window: int | None = None
    transcripts: bool = True
    stream: bool = True
    tool_mode: ToolMode = "auto"
    guidance: Guidance = "auto"
    toolsets: dict[str, Any] = {}
    mcp_servers: dict[str, Any] = {}
    custom_toolsets: list[str] = []
    allow: list[str] = []
    api_key_file: str = ""
    redact: list[FileRedaction] = []
    redact_names: bool = False


def check(path: Path, document: Mapping[str, Any]) -> FileSettings:
    """The settings, or UsageError with the file and the key at fault."""
    try:
        settings = msgspec.convert(document, FileSettings)
    except msgspec.ValidationError as error:
        raise UsageError(f"{path}: {_readable(error)}.") from error
    for number, entry in enumerate(settings.redact):
        _check_redaction(f'{path}: "redact[{number}]"', entry)
    return settings


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
