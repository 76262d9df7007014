"""The one object of a session that takes secrets and names out of text, and puts names back."""

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from holmes.core.errors import HolmesError
from holmes.core.messages import JsonObject, JsonValue
from holmes.redaction.detect import OwnPattern, merged, secrets_in
from holmes.redaction.found import Found
from holmes.redaction.names import Names
from holmes.redaction.placeholders import NAME_KINDS, Placeholders
from holmes.redaction.values import is_mixed
from holmes.tools.masking import masked_json

_Change: TypeAlias = Callable[[str], str]

_SHORTEST_REMEMBERED = 8
"""Characters of a secret that is masked wherever it turns up again without its name."""

_MOST_REMEMBERED = 500
"""Secrets that are looked for literally; each costs 3 ms in 10 MB."""

_PLACEHOLDER = re.compile(r"«[a-z][a-z0-9-]*:\d+»")


class Redactor:
    """Masks text; the same value gets the same placeholder for as long as the object lives.

    own     the user's patterns
    names   whether names of pods and hosts, and addresses, are masked too
    known   secrets that the program itself holds, such as the API key of the model server
    """

    def __init__(
        self,
        *,
        own: Sequence[OwnPattern] = (),
        names: bool = False,
        known: Iterable[str] = (),
    ) -> None:
        self._own = tuple(own)
        self._names = Names() if names else None
        self._lock = threading.Lock()
        self.placeholders = Placeholders()
        for value in known:
            if value.strip():
                self.placeholders.placeholder("key", value.strip())

    @property
    def masks_names(self) -> bool:
        """Whether names are masked too."""
        return self._names is not None

    def learn(self, kind: str, names: Iterable[str]) -> None:
        """Names of the system, masked from here on; nothing where names are shown."""
        if self._names is not None:
            self._names.learn(kind, names)

    def text(self, text: str) -> str:
        """The text with placeholders; what is masked already stays as it is."""
        with self._lock:  # large outputs are scanned in threads
            text = self._without_secrets(text)
            if self._names is not None:
                text = self._replaced(text, merged(self._names.find(text)))
            return text

    def secrets(self, text: str) -> str:
        """The same with names left as they are."""
        with self._lock:
            return self._without_secrets(text)

    def remembered(self, text: str) -> str:
        """The text without the secrets that were seen before; nothing new is looked for."""
        with self._lock:
            return self._again(text)

    def mask_error(self, error: HolmesError) -> None:
        """Take secrets out of an error's own words, for whoever prints or records it."""
        error.message = self.secrets(error.message)
        error.hint = self.secrets(error.hint)
        error.args = (error.message,)

    def arguments(self, arguments: JsonObject) -> JsonObject:
        """A call's arguments, masked: a value is judged by its key as well."""
        masked: JsonObject = masked_json(dict(arguments), self.text)
        return masked

    def named(self, arguments: JsonObject) -> JsonObject:
        """Arguments as a tool here can use them: names in the place of their placeholders."""
        if self._names is None:
            return arguments
        filled = self.placeholders.with_names_loosely
        return {key: _changed(value, filled) for key, value in arguments.items()}

    def _without_secrets(self, text: str) -> str:
        return self._again(self._replaced(text, secrets_in(text, self._own)))

    def _replaced(self, text: str, found: Sequence[Found]) -> str:
        if not found:
            return text
        pieces, position = [], 0
        for start, end, kind in _outside_placeholders(text, found):
            value = text[start:end]
            name = kind in NAME_KINDS and self._names is not None
            pieces += [text[position:start], self.placeholders.placeholder(kind, value, name=name)]
            position = end
        return "".join([*pieces, text[position:]])

    def _again(self, text: str) -> str:
        """Secrets seen before, where they stand without what gave them away."""
        for count, value in enumerate(self.placeholders.secrets()):
            if count >= _MOST_REMEMBERED:
                break
            telling = len(value) >= _SHORTEST_REMEMBERED and (is_mixed(value) or len(value) > 15)
            if telling and value in text:
                text = text.replace(value, self.placeholders.placeholder("secret", value))
        return text


def _outside_placeholders(text: str, found: Sequence[Found]) -> Iterable[Found]:
    if "«" not in text:
        return found
    taken = [match.span() for match in _PLACEHOLDER.finditer(text)]
    return [
        item
        for item in found
        if not any(item.start < end and item.end > start for start, end in taken)
    ]


def _changed(value: JsonValue, change: _Change) -> JsonValue:
    match value:
        case str():
            return change(value)
        case list():
            return [_changed(item, change) for item in value]
        case dict():
            return {change(key): _changed(item, change) for key, item in value.items()}
        case _:
            return value
