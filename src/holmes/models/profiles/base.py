"""What a profile is: how a server is told, what to change on it, what it does differently."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Place: TypeAlias = Literal["owned_by", "entry", "model_id", "header", "system_fingerprint", "path"]
"""Where a server gives itself away:

owned_by            `owned_by` of a model in /v1/models
entry               a key that the models in /v1/models have, `name`
model_id            the id of a model in /v1/models
header              the header `name` of its replies
system_fingerprint  that field of a completion
path                the JSON at a path of its own, `name`, under `key`
"""

Finding: TypeAlias = Literal[
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """One way to tell a server; `pattern` is searched in the value, "" accepts any."""

    place: Place
    pattern: str = ""
    name: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quirk:
    """Something that a server does differently, and where and when it was seen."""

    what: str
    seen: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """Where the version stands: JSON at `path` under `key`, or what `pattern` finds elsewhere."""

    path: str = ""
    key: str = ""
    header: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """One kind of server, as data.

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
    version: Version = field(default_factory=Version)
    advice: Mapping[Finding, str] = field(default_factory=dict)
    parsers: tuple[tuple[str, str], ...] = ()
    quirks: tuple[Quirk, ...] = ()
    loses_results: bool = False

    def advise(self, finding: Finding, model_names: tuple[str, ...]) -> str:
        """What to change on the server, or nothing; `model_names` are all that the model has."""
        text = self.advice.get(finding, "")
        return text.replace("{parser}", self.parser(model_names)) if "{parser}" in text else text

    def parser(self, model_names: tuple[str, ...]) -> str:
        """The tool-call parser for a model, or NAME where its family is not known."""
        for pattern, name in self.parsers:
            if any(re.search(pattern, model, re.IGNORECASE) for model in model_names):
                return name
        return "NAME"


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """All that a server has said about itself by now; `paths` holds the JSON of its own paths."""

    entries: tuple[Mapping[str, Any], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    system_fingerprint: str = ""
    paths: Mapping[str, object] = field(default_factory=dict)

    def shows(self, sign: Sign) -> bool:
        """Whether a sign is there."""
        return any(re.search(sign.pattern, value) for value in self._values(sign))

    def version(self, version: Version) -> str:
        """The version, or nothing."""
        document = self.paths.get(version.path)
        if version.path and isinstance(document, dict):
            return str(document.get(version.key) or "")
        if version.header:
            return self.headers.get(version.header, "")
        if version.fingerprint:
            found = re.search(version.fingerprint, self.system_fingerprint)
            return found[1] if found else ""
        return ""

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
