"""From settings to what a transcript keeps of them, and back."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from holmes.config import settings as configuration
from holmes.config.settings import Config, Flags
from holmes.runs.records import Began, Settings


def kept(config: Config) -> Settings:
    """What decides how a run goes on; keys stay out."""
    return Settings(
        model=config.model,
        api_base=config.api_base,
        context=config.kube.context,
        kubeconfig=config.kube.kubeconfig,
        namespace=config.kube.namespace,
        snapshot=str(config.snapshot.expanduser().absolute()) if config.snapshot else None,
        toolset_files=tuple(str(path.expanduser().absolute()) for path in config.toolset_files),
        config_file=config.source and str(Path(config.source).absolute()),
        max_steps=config.max_steps,
        timeout=config.timeout,
        stream=config.stream,
        tool_mode=config.tool_mode,
        window=config.window,
        redact_names=config.redact_names,
    )


def resumed(began: Began, flags: Flags) -> Config:
    """The settings of a recorded run, where the command line says nothing else.

    They beat the environment: it may name another server by now. A key comes from the flags, the
    environment or the config file, as ever. Raises UsageError.
    """
    then = began.settings
    recorded: dict[str, Any] = {
        "model": then.model or began.model,
        "api_base": then.api_base,
        "context": then.context,
        "kubeconfig": then.kubeconfig,
        "namespace": then.namespace,
        "snapshot": Path(then.snapshot) if then.snapshot else None,
        "max_steps": then.max_steps,
        "timeout": then.timeout,
        "stream": then.stream,
        "tool_mode": then.tool_mode,
        "window": then.window,
        "redact_names": then.redact_names or None,
        "config_file": Path(then.config_file) if then.config_file else None,
    }
    missing = {name: value for name, value in recorded.items() if getattr(flags, name) is None}
    config = configuration.load(replace(flags, **{k: v for k, v in missing.items() if v != ""}))
    files = dict.fromkeys((*map(Path, then.toolset_files), *config.toolset_files))
    return replace(config, toolset_files=tuple(files))
