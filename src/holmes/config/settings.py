"""Settings, read once: flags beat environment, environment beats the config file.

The file is `~/.holmes/config.yaml`; its keys are the long flags with underscores. Keys that other
HolmesGPT versions know and this one has no use for are passed over, so an existing file works;
anything else is refused with the nearest known key.
"""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from holmes.config.choices import Guidance, ToolMode
from holmes.core.errors import UsageError
from holmes.files import read_bounded

if TYPE_CHECKING:
    from holmes.config.named import NamedModel

DEFAULT_FILE = Path("~/.holmes/config.yaml")
PUBLIC_BASE = "https://api.openai.com/v1"
LOCAL_MODEL = "local"

_MOST_OF_KEY = 64_000
MIN_WINDOW = 2048
"""Tokens; the instructions and the tools take 900 of them."""

DEFAULT_STEPS = 20
DEFAULT_SECONDS = 900.0


@dataclass(frozen=True, kw_only=True, slots=True)
class RedactionPattern:
    """A user's own secret: an expression, whose first group is the secret, and its placeholder."""

    name: str
    pattern: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """Everything that decides how an investigation runs.

    api_base   base URL, or empty: `endpoint` decides
    timeout    seconds for the whole investigation; at the limit the model answers from what it has
    max_steps  model requests at most
    window     tokens of context to use at most; None for all that the server has
    recorded   where the kubeconfig serves a recording, gone after this run: seconds since the epoch
    toolsets   inline toolset definitions of the config file, as parsed YAML; so are mcp_servers
    serve      its section for `holmes serve`, as parsed YAML
    mcp_server  what `holmes mcp serve` offers: `only`, `without`
    transcripts  whether runs are recorded; see `holmes.runs`
    allow      commands beyond reading that a person may be asked about, as they were written
    files      the files that the user gave with the question
    redact     the user's own secrets, beside those that are recognised
    show_…     what is turned back on the user's own screen
    fallback   names of models that take over, in order, where a server is down
    named      the model, where its name is one of the user's list or of a hosted API; so are
               `fallbacks`, one for each name
    """

    model: str = ""
    api_base: str = ""
    api_key: str = field(default="", repr=False)
    context: str = ""
    kubeconfig: str = ""
    namespace: str = ""
    recorded: float | None = None
    toolset_files: tuple[Path, ...] = ()
    toolsets: Mapping[str, Any] = field(default_factory=dict)
    mcp_servers: Mapping[str, Any] = field(default_factory=dict)
    mcp_server: Mapping[str, Sequence[str]] = field(default_factory=dict)
    allow: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    snapshot: Path | None = None
    max_steps: int = DEFAULT_STEPS
    timeout: float = DEFAULT_SECONDS
    stream: bool = True
    tool_mode: ToolMode = "auto"
    guidance: Guidance = "auto"
    window: int | None = None
    transcripts: bool = True
    redact: tuple[RedactionPattern, ...] = ()
    redact_names: bool = False
    show_names: bool = False
    show_secrets: bool = False
    serve: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    fallback: tuple[str, ...] = ()
    named: "NamedModel | None" = None
    fallbacks: "tuple[NamedModel, ...]" = ()

    @property
    def inline_toolsets(self) -> Mapping[str, Any]:
        """The toolsets of the config file, in the form of a toolset file."""
        return {"toolsets": self.toolsets, "mcp_servers": self.mcp_servers}

    @property
    def is_local_model(self) -> bool:
        """Whether the embedded model was asked for."""
        return self.model == LOCAL_MODEL

    @property
    def model_name(self) -> str:
        """The name as the server knows it: without the `openai/` that means the protocol."""
        return self.named.model if self.named else self.model.removeprefix("openai/")

    @property
    def address(self) -> str:
        """The base URL of the model's server, or empty where `endpoint` decides."""
        return self.named.api_base if self.named else self.api_base

    @property
    def key(self) -> str:
        """The key for that address."""
        return self.named.api_key if self.named else self.api_key

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key in use: never recorded, shown or sent on."""
        found = (self.api_key, self.key, *(each.api_key for each in self.fallbacks))
        return tuple(dict.fromkeys(filter(None, map(str.strip, found))))


@dataclass(frozen=True, kw_only=True, slots=True)
class Flags:
    """What the command line said; None or an empty tuple where it said nothing."""

    model: str | None = None
    api_base: str | None = None
    api_key: str | None = None
    context: str | None = None
    kubeconfig: str | None = None
    namespace: str | None = None
    toolset_files: tuple[Path, ...] = ()
    allow: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    snapshot: Path | None = None
    max_steps: int | None = None
    timeout: float | None = None
    stream: bool | None = None
    tool_mode: ToolMode | None = None
    guidance: Guidance | None = None
    window: int | None = None
    transcripts: bool | None = None
    api_key_file: Path | None = None
    redact_names: bool | None = None
    show_names: bool | None = None
    show_secrets: bool | None = None
    config_file: Path | None = None
    fallback: tuple[str, ...] = ()


def load(flags: Flags, environment: Mapping[str, str] = os.environ) -> Config:
    """Merge file, environment and flags; raises UsageError with the file and key at fault."""
    own = from_file(flags)
    config = merged(own, flags, environment)
    if not _may_be_named(config, environment):
        return config
    from holmes.config.named import resolved  # noqa: PLC0415  # only a list or a prefix pays

    return resolved(config, flags, own, environment)


def from_file(flags: Flags) -> Config:
    """What the config file says, where there is one."""
    path = (flags.config_file or DEFAULT_FILE).expanduser()
    if flags.config_file is None and not path.is_file():
        return Config()
    from holmes.config.file import read  # noqa: PLC0415  # only a machine with a file pays

    return read(path)


def merged(own: Config, flags: Flags, environment: Mapping[str, str]) -> Config:
    """Flags over environment over the config file; names of models mean nothing yet."""
    return _with_flags(_with_environment(own, environment), flags)


def _may_be_named(config: Config, environment: Mapping[str, str]) -> bool:
    """Whether the model may be one of the user's list or of a hosted API."""
    if config.model == LOCAL_MODEL and not config.fallback:
        return False
    places = (environment.get("MODEL_LIST_FILE_LOCATION"), "~/.holmes/model_list.yaml")
    if config.fallback or any(Path(place).expanduser().is_file() for place in places if place):
        return True
    return bool(config.model and not config.api_base and ("/" in config.model or config.api_key))


def public_notice(base: str) -> str:
    """The line that says where data goes, where the user wrote no address."""
    host = urlsplit(base).hostname
    return f"No --api-base given: the question and what the tools return go to {host} ({base})."


def endpoint(config: Config) -> tuple[str, str]:
    """The base URL, and a line to show where data goes unexpectedly; UsageError without any."""
    if config.address:
        told = config.named.notice if config.named else ""
        return config.address, told or in_the_clear(config.address, config.key)
    if config.api_key:
        return PUBLIC_BASE, public_notice(PUBLIC_BASE)
    raise UsageError(
        "No model server: neither an address nor a key is set.",
        hint=(
            "Give --api-base http://HOST:PORT/v1 (or OPENAI_API_BASE) for your own server, "
            "OPENAI_API_KEY for api.openai.com, or --model local for the embedded model."
        ),
    )


def in_the_clear(base: str, key: str) -> str:
    """A warning where a key goes over the internet for anybody on the way to read."""
    from holmes.models.client.endpoint import readable_on_the_way  # noqa: PLC0415

    if not key or not (open_to := readable_on_the_way(base)):
        return ""
    return (
        f"The API key, the question and what the tools return go to {open_to} unencrypted: "
        "whoever is on the way can read them. Use https."
    )


def _with_environment(config: Config, environment: Mapping[str, str]) -> Config:
    base = environment.get("OPENAI_API_BASE") or environment.get("OPENAI_BASE_URL") or ""
    return replace(
        config,
        api_base=base or config.api_base,
        api_key=environment.get("OPENAI_API_KEY") or config.api_key,
        model=environment.get("MODEL") or config.model,
    )


_PLAIN_FLAGS = (
    *("model", "api_base", "api_key", "tool_mode", "guidance"),
    *("context", "kubeconfig", "namespace"),
    *("snapshot", "max_steps", "timeout", "stream", "window", "transcripts"),
    *("redact_names", "show_names", "show_secrets"),
)


def _with_flags(config: Config, flags: Flags) -> Config:
    said = {name: value for name in _PLAIN_FLAGS if (value := getattr(flags, name)) is not None}
    if flags.api_key_file is not None:
        said["api_key"] = key_in(flags.api_key_file)
    elif flags.api_key is not None and flags.api_key.startswith("@"):
        said["api_key"] = key_in(Path(flags.api_key[1:]))
    config = replace(
        config,
        toolset_files=config.toolset_files + flags.toolset_files,
        allow=config.allow + flags.allow,
        files=flags.files,
        fallback=flags.fallback or config.fallback,
        **said,
    )
    config = _with_home(config)
    if config.max_steps < 1:
        raise UsageError(f"--max-steps is {config.max_steps}.", hint="Give 1 or more.")
    if config.window is not None and config.window < MIN_WINDOW:
        raise UsageError(f"--window is {config.window}.", hint=f"Give {MIN_WINDOW} or more.")
    if not 0 < config.timeout < math.inf:
        raise UsageError(f"--timeout is {config.timeout:g}.", hint="Give seconds above 0.")
    return config


def _with_home(config: Config) -> Config:
    """`~` as it is meant: no shell reads it in a file, nor behind a flag's `=`."""
    return replace(
        config,
        kubeconfig=os.path.expanduser(config.kubeconfig),  # noqa: PTH111
        toolset_files=tuple(map(_expanded, config.toolset_files)),
        files=tuple(map(_expanded, config.files)),
        snapshot=config.snapshot and _expanded(config.snapshot),
    )


def _expanded(path: Path) -> Path:
    return Path(os.path.expanduser(path))  # noqa: PTH111  # Path's own raises for ~nobody


def key_in(path: Path) -> str:
    """The key that a file holds; UsageError where there is none."""
    try:
        key = read_bounded(path.expanduser(), _MOST_OF_KEY).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = f"can't be read: {why(error)}"
        raise UsageError(f'API key file "{path}" {reason}.', hint="Check its path.") from error
    if not key:
        raise UsageError(f'API key file "{path}" is empty.', hint="Write the key into it.")
    return key


def why(error: Exception) -> str:
    """The reason alone: not the number of the error, and not the path a second time."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return (
        "it is not UTF-8 text" if isinstance(error, UnicodeError) else " ".join(str(error).split())
    )
