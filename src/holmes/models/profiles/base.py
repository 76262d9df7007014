"""What a profile is: how a server is told, what to change on it, what it does differently."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import msgspec

Place: TypeAlias = Literal["owned_by", "entry", "model_id", "header", "system_fingerprint", "path"]
"""Where a server gives itself away:

owned_by            `owned_by` of a model in /v1/models
entry               a key that the models in /v1/models have, `name`
model_id            the id of a model in /v1/models
header              the header `name` of its replies
system_fingerprint  that field of a completion
path                the JSON at a path of its own, `name`, under `key`
"""

Shortcoming: TypeAlias = Literal[
    "tools_refused",
    "tools_ignored",
    "call_in_text",
    "wrong_calls",
    "no_schema",
    "no_stream",
    "window_unknown",
    "window_small",
]
"""What a check may find wanting; `Profile.advice` says for each what to change."""

_LONGEST_VALUE = 500  # characters of what a server says that a pattern is held against


class Sign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to tell a server; `pattern` is searched in the value, "" accepts any."""

    place: Place
    pattern: str = ""
    name: str = ""
    key: str = ""


class Quirk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that a server does differently, and where and when it was seen."""

    what: str
    seen: str = ""


class Version(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the version stands: JSON at `path` under `key`, or a header of its replies."""

    path: str = ""
    key: str = ""
    header: str = ""


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of server, as its file has it.

    signs          any of them tells it
    precedence     the greater wins where several fit: a gateway passes on what its back end says
    parsers        regular expressions on a model's name, and the tool-call parser that it needs;
                   the first that fits stands for `{parser}` in `advice`
    loses_results  started in some way it leaves messages of the role `tool` out of the prompt
                   without a word: results are sent as a user's text
    """

    name: str
    signs: tuple[Sign, ...]
    precedence: int = 0
    version: Version = Version()
    advice: dict[Shortcoming, str] = {}
    parsers: dict[str, str] = {}
    quirks: tuple[Quirk, ...] = ()
    loses_results: bool = False

    def advise(self, shortcoming: Shortcoming, model_names: tuple[str, ...]) -> str:
        """What to change on the server, or nothing; `model_names` are all that the model has."""
        text = self.advice.get(shortcoming, "")
        return text.replace("{parser}", self.parser(model_names)) if "{parser}" in text else text

    def parser(self, model_names: tuple[str, ...]) -> str:
        """The tool-call parser for a model, or NAME where its family is not known."""
        for pattern, name in self.parsers.items():
            if any(_search(pattern, model, re.IGNORECASE) for model in model_names):
                return name
        return "NAME"


@dataclass(frozen=True, kw_only=True, slots=True)
class SelfDescription:
    """What a server has said about itself by now; `paths` holds the JSON of its own paths."""

    entries: tuple[Mapping[str, Any], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    system_fingerprint: str = ""
    paths: Mapping[str, object] = field(default_factory=dict)

    def shows(self, sign: Sign) -> bool:
        """Whether a sign is there."""
        return any(_search(sign.pattern, value) for value in self._values(sign))

    def version(self, version: Version) -> str:
        """The version, or nothing."""
        document = self.paths.get(version.path)
        if version.path and isinstance(document, dict):
            return str(document.get(version.key) or "")
        return self.headers.get(version.header, "")

    def _values(self, sign: Sign) -> list[str]:
        match sign.place:
            case "owned_by":
                return [str(entry.get("owned_by") or "") for entry in self.entries]
            case "entry":
                return [str(entry[sign.name]) for entry in self.entries if sign.name in entry]
            case "model_id":
                return [str(entry.get("id") or "") for entry in self.entries]
            case "header":
                return [self.headers[sign.name]] if sign.name in self.headers else []
            case "system_fingerprint":
                return [self.system_fingerprint]
            case "path":
                document = self.paths.get(sign.name)
                there = isinstance(document, dict) and sign.key in document
                return [str(document[sign.key])] if there and isinstance(document, dict) else []


def recognise(said: SelfDescription, known: Iterable[Profile]) -> Profile | None:
    """The profile of which a sign is there; with several, the one of the greatest precedence."""
    fitting = [profile for profile in known if any(said.shows(sign) for sign in profile.signs)]
    return max(fitting, key=lambda profile: profile.precedence, default=None)


def own_paths(known: Iterable[Profile]) -> tuple[str, ...]:
    """The paths at which a server that has not given itself away yet may do so."""
    signs = (sign for profile in known for sign in profile.signs)
    return tuple(dict.fromkeys(sign.name for sign in signs if sign.place == "path"))


def _search(pattern: str, value: str, flags: re.RegexFlag = re.NOFLAG) -> bool:
    return re.search(pattern, value[:_LONGEST_VALUE], flags) is not None
