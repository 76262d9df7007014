"""From settings to what a transcript keeps of them, and back."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from holmes.config import settings as configuration
from holmes.config.settings import Config, Flags
from holmes.runs.records import Header, Settings

_SAME = (
    *("model", "api_base", "max_steps", "timeout"),
    *("stream", "tool_mode", "guidance", "window", "redact_names"),
)
_OF_THE_CLUSTER = ("context", "kubeconfig", "namespace")
"""Settings that are kept as they are, and those among them that `Config.kube` holds."""


def kept(config: Config) -> Settings:
    """What decides how a run goes on; keys stay out."""
    same = {name: getattr(config, name) for name in _SAME}
    return Settings(
        **same,
        **{name: getattr(config.kube, name) for name in _OF_THE_CLUSTER},
        snapshot=str(config.snapshot.expanduser().absolute()) if config.snapshot else None,
        toolset_files=tuple(str(path.expanduser().absolute()) for path in config.toolset_files),
        config_file=config.source and str(Path(config.source).absolute()),
    )


def resumed(header: Header, flags: Flags) -> Config:
    """The settings of a recorded run, where the command line says nothing else.

    They beat the environment: it may name another server by now. A key comes from the flags, the
    environment or the config file, as ever. Raises UsageError.
    """
    then = header.settings
    recorded: dict[str, Any] = {name: getattr(then, name) for name in (*_SAME, *_OF_THE_CLUSTER)}
    recorded |= {
        "model": then.model or header.model,
        "snapshot": Path(then.snapshot) if then.snapshot else None,
        "redact_names": then.redact_names or None,
        "config_file": Path(then.config_file) if then.config_file else None,
    }
    missing = {name: value for name, value in recorded.items() if getattr(flags, name) is None}
    config = configuration.load(replace(flags, **{k: v for k, v in missing.items() if v != ""}))
    files = dict.fromkeys((*map(Path, then.toolset_files), *config.toolset_files))
    return replace(config, toolset_files=tuple(files))
