"""Models by name: out of the user's list, or of a hosted API that a prefix names.

    resolved(config, …)   the settings with the named model and its fallbacks filled in

A name of the list comes first. A prefix (`groq/NAME`) means a hosted API only where no address is
set: a server of one's own may call its models so. In the list, where the file follows LiteLLM, it
means it always. A key goes to the server that it is for, and to no other.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from holmes.config import model_list
from holmes.config.model_list import Entry, ModelList
from holmes.config.settings import LOCAL_MODEL, Config, Flags, public_notice
from holmes.core.errors import UsageError
from holmes.models import hosted
from holmes.models.hosted import Hosted
from holmes.models.price import Price

# LiteLLM's names for servers that speak the protocol by themselves.
_PROTOCOL = frozenset({
    "openai", "custom_openai", "hosted_vllm", "litellm_proxy", "llamafile", "lm_studio", "ollama",
    "ollama_chat", "xinference",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedModel:
    """A model, and how its server is reached.

    name               as it was asked for
    model              as the server knows it
    listed             whether the user's list has it
    notice             what to tell where the user did not write the address
    window             tokens of context, as the user said; `documented_window`, as the vendor says
    more               fields for the body of each request
    """

    name: str
    model: str
    api_base: str
    api_key: str = field(default="", repr=False)
    listed: bool = False
    notice: str = ""
    window: int | None = None
    documented_window: int | None = None
    price: Price | None = None
    temperature: float | None = 0.0
    key_header: str = "Authorization"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    more: Mapping[str, Any] = field(default_factory=dict)


def resolved(config: Config, flags: Flags, own: Config, environment: Mapping[str, str]) -> Config:
    """The settings with `named` and `fallbacks`; `own` is the config file alone. UsageError."""
    names = Names(config, flags, own, environment)
    chosen = names.chosen()
    if chosen is not None:
        config = replace(config, named=chosen)
    fallback = flags.fallback or names.fallbacks_of(chosen) or config.fallback
    if not fallback:
        return config
    if chosen is None and not config.model:
        raise UsageError("A fallback needs a model that is named.", hint="Give --model NAME.")
    return replace(config, fallback=fallback, fallbacks=tuple(map(names.fallback, fallback)))


def renamed(config: Config, name: str, environment: Mapping[str, str]) -> Config:
    """The settings with another model: by its name, else one of the server in use. UsageError."""
    plain = replace(config, model=name, named=None, fallback=(), fallbacks=())
    listed = model_list.read(environment)
    by_prefix = not config.api_base and hosted.find(name.partition("/")[0]) is not None
    if by_prefix or (listed and name in listed.entries):
        return resolved(plain, Flags(), Config(), environment)
    if config.named is None:
        return plain
    same = replace(config.named, name=name, model=name, listed=False, price=None)
    return replace(plain, named=replace(same, window=None, documented_window=None))


class Names:
    """What names of models mean under some settings."""

    def __init__(
        self, config: Config, flags: Flags, own: Config, environment: Mapping[str, str]
    ) -> None:
        self._config = config
        self._flags = flags
        self._own = own
        self._environment = environment
        self.listed = model_list.read(environment) or ModelList(path=model_list.DEFAULT_FILE)

    def chosen(self) -> NamedModel | None:
        """What `model` of the settings names; None where it is a name of the server's own."""
        config, entries = self._config, self.listed.entries
        if config.model in entries:
            return self.of_list(config.model)
        if not config.model and entries and not config.api_base:
            first = self.of_list(next(iter(entries)))
            said = f'No --model given: using "{first.name}", the first of {self.listed.path}.'
            return replace(first, notice=f"{said} {first.notice}".strip())
        if not config.model or config.model == LOCAL_MODEL or config.api_base:
            return None
        return self._of_prefix(config.model) or self._of_openai()

    def fallbacks_of(self, model: NamedModel | None) -> tuple[str, ...]:
        """The names that the list gives as fallbacks of a model."""
        if model is None or not model.listed:
            return ()
        return self.listed.entry(model.name, self._environment).fallbacks

    def fallback(self, name: str) -> NamedModel:
        """A model that takes over: only one whose address is known for sure. UsageError."""
        if name in self.listed.entries:
            return self.of_list(name)
        if found := self._of_prefix(name):
            return found
        near = difflib.get_close_matches(name, self.listed.entries, n=1)
        raise UsageError(
            f'The fallback "{name}" is neither in the list of models nor of a hosted API.',
            hint=f'Did you mean "{near[0]}"?' if near else "See holmes model list.",
        )

    def of_list(self, name: str) -> NamedModel:
        """An entry of the list; UsageError where it can't be used."""
        entry = self.listed.entry(name, self._environment)
        prefix, _, rest = entry.model.partition("/")
        api = hosted.find(prefix) if rest else None
        model = rest if api or (rest and prefix in _PROTOCOL) else entry.model
        if prefix == "openai":
            api = None  # the protocol, at whatever address is set
        base, is_own = self._address(entry, api, model, f'{self.listed.path}: model "{name}"')
        window, price = api.documented(model) if api else (None, None)
        return NamedModel(
            name=name,
            model=model,
            api_base=base,
            api_key=self._key(entry, api, is_own=is_own),
            listed=True,
            notice="" if is_own or api is None else public_notice(base),
            window=entry.custom_args.max_context_size,
            documented_window=window,
            price=entry.price or price,
            temperature=entry.temperature,
            key_header=api.key_header if api else "Authorization",
            headers=entry.extra_headers,
            more={**entry.more, **entry.extra_body},
        )

    def _address(
        self, entry: Entry, api: Hosted | None, model: str, where: str
    ) -> tuple[str, bool]:
        """The base URL, and whether the user wrote it."""
        if self._flags.api_base:
            return self._flags.api_base, True
        if entry.address:
            return _azure(entry, model) if api and api.variables else entry.address, True
        if api is not None:
            return self._hosted_base(api, where), False
        if self._config.api_base:
            return self._config.api_base, True
        found = hosted.find("openai")
        if found is None or "/" in entry.model.removeprefix("openai/"):
            known = ", ".join(hosted.names())
            raise UsageError(f"{where} has no api_base.", hint=f"Give it. Known APIs: {known}.")
        return self._hosted_base(found, where), False

    def _key(self, entry: Entry, api: Hosted | None, *, is_own: bool) -> str:
        if key := self._key_of_flags():
            return key
        if self._flags.api_base:
            return ""
        if entry.api_key:
            return entry.api_key
        if api is not None:
            # The resource of a vendor like Azure is the user's own address and the vendor's server.
            return api.key(self._environment) if not is_own or api.variables else ""
        return "" if entry.address else self._config.api_key

    def _of_prefix(self, name: str) -> NamedModel | None:
        """`groq/NAME`; None without such a prefix."""
        prefix, _, model = name.partition("/")
        api = hosted.find(prefix) if model else None
        if api is None or prefix == "openai":
            return None
        written_for = self._own.model.partition("/")[0] == prefix
        key = self._key_of_flags() or api.key(self._environment)
        return self._of_api(api, name, model, key or (self._own.api_key if written_for else ""))

    def _of_openai(self) -> NamedModel | None:
        """Any other name without an address, where there is a key: as it always was."""
        api = hosted.find("openai") if self._config.api_key else None
        if api is None:
            return None
        name = self._config.model
        return self._of_api(api, name, name.removeprefix("openai/"), self._config.api_key)

    def _of_api(self, api: Hosted, name: str, model: str, key: str) -> NamedModel:
        base = self._hosted_base(api, f'"{name}"')
        if not key:
            raise UsageError(
                f'"{name}" is a model of {api.name}, and {api.keys[0]} is not set.',
                hint="Set it, or give --api-base where your own server calls a model so.",
            )
        window, price = api.documented(model)
        return NamedModel(
            name=name,
            model=model,
            api_base=base,
            api_key=key,
            notice=public_notice(base),
            documented_window=window,
            price=price,
            key_header=api.key_header,
        )

    def _hosted_base(self, api: Hosted, where: str) -> str:
        base, missing = api.address(self._environment)
        if missing:
            said = f"{where} is a model of {api.name}, and {missing} is not set."
            raise UsageError(said, hint="Set it, or give the address with --api-base.")
        return base

    def _key_of_flags(self) -> str:
        given = self._flags.api_key is not None or self._flags.api_key_file is not None
        return self._config.api_key if given else ""


def _azure(entry: Entry, model: str) -> str:
    """A resource's address: of its v1 API, or of one deployment in the version that is named."""
    address = entry.address.rstrip("/")
    if urlsplit(address).path:
        return address
    version = str(entry.api_version or "")
    if version[:1].isdigit():
        return f"{address}/openai/deployments/{model}?api-version={version}"
    return f"{address}/openai/v1"
