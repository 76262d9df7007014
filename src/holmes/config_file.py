"""The door for ~/.holmes/config.yaml: the types that its keys must have."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from holmes.errors import UsageError


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
    toolsets: dict[str, Any] = {}
    custom_toolsets: list[str] = []
    allow: list[str] = []


def check(path: Path, document: Mapping[str, Any]) -> FileSettings:
    """The settings, or UsageError with the file and the key at fault."""
    try:
        return msgspec.convert(document, FileSettings)
    except msgspec.ValidationError as error:
        raise UsageError(f"{path}: {_readable(error)}.") from error


def _readable(error: msgspec.ValidationError) -> str:
    what, _, where = str(error).partition(" - at `$.")
    what = what.replace("`", "").replace("Expected", "expected")
    return f'"{where.rstrip("`")}": {what}' if where else what
