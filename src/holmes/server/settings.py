"""What a server is started with: where it listens, who may come, which models and clusters."""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from holmes.config import model_list
from holmes.config.named import renamed
from holmes.config.settings import Config
from holmes.core.errors import UsageError
from holmes.models.client.endpoint import is_loopback_host, parse_endpoint
from holmes.server.keys import Keys

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
DEFAULT = "default"
"""The name of a cluster that has none, and of a model that the server chooses by itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerSettings:
    """Where to listen, and who may come.

    hosts     names by which the server may be called, beside those of loopback
    origins   other origins ("https://desk.example") whose pages may call it
    at_once   investigations that run or wait, at most
    parallel  investigations that one model server is given at once; None: 1 on this machine, else
              all of them
    grace     seconds that running investigations have to finish once the server is told to stop
    """

    host: str = "127.0.0.1"
    port: int = 5050
    keys: Keys = field(default_factory=Keys)
    certificate: Path | None = None
    private_key: Path | None = None
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    at_once: int = 100
    parallel: int | None = None
    grace: float = 30.0

    def check(self) -> None:
        """Raise UsageError for what must not be served."""
        if self.host not in LOOPBACK and not self.keys:
            raise UsageError(
                f"--host {self.host} would let anybody on the network ask.",
                hint="Make a key with `holmes serve --new-key NAME` and give --key-file FILE.",
            )
        if (self.certificate is None) != (self.private_key is None):
            raise UsageError("TLS needs a certificate and its key.", hint="Give both --tls flags.")
        if self.at_once < 1 or (self.parallel is not None and self.parallel < 1):
            raise UsageError(
                "--at-once and --parallel count investigations.", hint="Give 1 or more."
            )


class FileCluster(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of `serve: {clusters: …}`."""

    context: str = ""
    kubeconfig: str = ""
    namespace: str = ""
    snapshot: str = ""


class FileServe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section `serve` of the config file."""

    clusters: dict[str, FileCluster] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Targets:
    """The models and clusters that can be asked, by name; the first of each is the default.

    unusable  what to tell of the entries of the model list that can't be used
    """

    models: Mapping[str, Config]
    clusters: Mapping[str, Config]
    unusable: tuple[str, ...] = ()

    def meant(self, model: str, cluster: str) -> tuple[str, str]:
        """The names of the model and the cluster that are meant; UsageError for unknown ones."""
        return named("model", model, self.models), named("cluster", cluster, self.clusters)

    def config(self, model: str, cluster: str) -> Config:
        """The settings for a model on a cluster, both of which are known."""
        where = self.clusters[cluster]
        return replace(
            self.models[model],
            context=where.context,
            kubeconfig=where.kubeconfig,
            namespace=where.namespace,
            snapshot=where.snapshot,
        )


def targets(config: Config, environment: Mapping[str, str] = os.environ) -> Targets:
    """The names under which a server's settings can be asked; UsageError for a wrong section."""
    try:
        said = msgspec.convert(dict(config.serve), FileServe)
    except msgspec.ValidationError as error:
        raise UsageError(f'{config.source}: "serve": {error}.') from error
    named = {name: _cluster(config, entry) for name, entry in said.clusters.items()}
    chosen = config.snapshot is not None or config.context or config.kubeconfig
    if chosen or not named:
        named = {config.context or DEFAULT: config} | named
    chosen_model = config.named.name if config.named else config.model_name
    models = {chosen_model or DEFAULT: config}
    listed = model_list.read(environment)
    unusable: list[str] = []
    for name in listed.entries if listed else ():
        try:
            models.setdefault(name, renamed(config, name, environment))
        except UsageError as error:
            unusable.append(f"Not offered: {error}")
    return Targets(models=models, clusters=named, unusable=tuple(unusable))


def _cluster(config: Config, entry: FileCluster) -> Config:
    def path(text: str) -> str:
        return str(Path(config.source).parent / os.path.expanduser(text)) if text else ""  # noqa: PTH111

    return replace(
        config,
        context=entry.context,
        kubeconfig=path(entry.kubeconfig),
        namespace=entry.namespace,
        snapshot=Path(path(entry.snapshot)) if entry.snapshot else None,
    )


def named(kind: str, wanted: str, known: Mapping[str, Any]) -> str:
    """The name that is meant, by default the first; UsageError with the nearest that is known."""
    if not wanted:
        return next(iter(known))
    if wanted in known:
        return wanted
    near = difflib.get_close_matches(wanted, known, n=1) or list(known)[:5]
    raise UsageError(f'There is no {kind} "{wanted}" here.', hint=f"Known: {', '.join(near)}.")


def places(config: Config, settings: ServerSettings) -> int:
    """How many investigations the model server of these settings is given at once."""
    if settings.parallel is not None:
        return settings.parallel
    here = config.is_local_model or (
        config.address and is_loopback_host(parse_endpoint(config.address).host)
    )
    return 1 if here else settings.at_once
