"""From settings to what a transcript keeps of them, and back."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from holmes.config import settings as configuration
from holmes.config.settings import Config, Flags
from holmes.models.client.endpoint import is_loopback_host, parse_endpoint
from holmes.runs.records import Header, Settings

_SAME = (
    *("model", "api_base", "max_steps", "timeout"),
    *("stream", "tool_mode", "guidance", "window", "redact_names", "fallback"),
    *("context", "kubeconfig", "namespace"),
)
"""Settings that are kept as they are."""


def kept(config: Config) -> Settings:
    """What decides how a run goes on; keys stay out."""
    return Settings(
        **{name: getattr(config, name) for name in _SAME},
        snapshot=str(config.snapshot.expanduser().absolute()) if config.snapshot else None,
        toolset_files=tuple(str(path.expanduser().absolute()) for path in config.toolset_files),
        config_file=config.source and str(Path(config.source).absolute()),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Unnamed:
    """A setting that only the record names: the flag that would name it, and what it decides."""

    flag: str
    value: str
    what: str


def resumed(header: Header, flags: Flags) -> tuple[Config, tuple[Unnamed, ...]]:
    """The settings of a recorded run, where the command line says nothing else.

    They beat the environment: it may name another server by now. A key comes from the flags, the
    environment or the config file, as ever. A record is a file, and may come from elsewhere: what
    would send a key somewhere or run something, and is not what this command, its environment
    and its config file name, comes as well, for a person to agree to. Raises UsageError.
    """
    then = header.settings
    recorded: dict[str, Any] = {name: getattr(then, name) for name in _SAME}
    recorded |= {
        "model": then.model or header.model,
        "snapshot": Path(then.snapshot) if then.snapshot else None,
        "redact_names": then.redact_names or None,
        "config_file": Path(then.config_file) if then.config_file else None,
    }
    missing = {name: v for name, v in recorded.items() if getattr(flags, name) in (None, ())}
    config = configuration.load(replace(flags, **{k: v for k, v in missing.items() if v != ""}))
    files = dict.fromkeys((*map(Path, then.toolset_files), *config.toolset_files))
    config = replace(config, toolset_files=tuple(files))
    return config, tuple(_unnamed(config, configuration.load(flags)))


def _unnamed(config: Config, own: Config) -> Iterator[Unnamed]:
    """What decides in `config` and is not in `own`, the settings without the record."""
    if config.source and _real(config.source) != _real(own.source):
        yield Unnamed(flag="--config", value=config.source, what="all that it sets")
    yield from _unnamed_servers(config, own)
    kubeconfig = config.kubeconfig
    if kubeconfig and config.snapshot is None:
        named = [own.kubeconfig, *os.environ.get("KUBECONFIG", "").split(os.pathsep)]
        if _real(kubeconfig) not in map(_real, [*filter(None, named), "~/.kube/config"]):
            what = "it can name programs that log in"
            yield Unnamed(flag="--kubeconfig", value=kubeconfig, what=what)
    named_files = set(map(_real, own.toolset_files))
    for path in config.toolset_files:
        if _real(path) not in named_files:
            yield Unnamed(flag="-t", value=str(path), what="its commands run")


def _unnamed_servers(config: Config, own: Config) -> Iterator[Unnamed]:
    what = "the API key, the question and what the tools return go there"
    # Without an address a key is for OpenAI, whoever names the model.
    own_address = own.address or configuration.PUBLIC_BASE
    if (config.address or own_address) != own_address and not config.is_local_model:
        loopback = is_loopback_host(parse_endpoint(config.address).host)
        listed = config.named is not None and config.named.listed and not config.api_base
        if not listed and (config.key or not loopback):
            by_name = config.named is not None
            flag, value = ("--model", config.model) if by_name else ("--api-base", config.address)
            yield Unnamed(flag=flag, value=value, what=what)
    for name, each in zip(config.fallback, config.fallbacks, strict=False):
        if not each.listed and each.api_base not in {other.api_base for other in own.fallbacks}:
            yield Unnamed(flag="--fallback", value=name, what=what)


def _real(path: Path | str) -> str:
    return os.path.realpath(Path(path).expanduser()) if path else ""
