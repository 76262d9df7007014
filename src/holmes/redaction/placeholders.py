"""Stable, typed placeholders: the same value is `«token:1»` wherever it is mentioned."""

import re
from collections.abc import Callable, Iterator

NAME_KINDS = frozenset({"pod", "host", "ip", "email"})
"""What is masked with --redact-names; everything else is a secret."""

_PLACEHOLDER = re.compile(r"«([a-z][a-z0-9-]*:\d+)»")
# As a model may write one: without the marks, or with those of its keyboard.
_LOOSE = re.compile(r"[«<‹\[]{0,2}\b((?:pod|host|ip|email):\d+)\b[»>›\]]{0,2}")


class Placeholders:
    """The values of one session and what stands for them."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._names: set[str] = set()

    def __len__(self) -> int:
        return len(self._labels)

    def placeholder(self, kind: str, value: str, *, name: bool = False) -> str:
        """What stands for `value`; the kind of its first mention stays."""
        label = self._labels.get(value)
        if label is None:
            kind = re.sub(r"[^a-z0-9]+", "-", kind.lower()).strip("-") or "secret"
            kind = kind if kind[0].isalpha() else f"secret-{kind}"
            self._counts[kind] = self._counts.get(kind, 0) + 1
            label = f"{kind}:{self._counts[kind]}"
            self._labels[value] = label
            self._values[label] = value
            if name:
                self._names.add(label)
        return f"«{label}»"

    def reserve(self, text: str) -> None:
        """Leave out the placeholders in `text`: they stand for values that are forgotten."""
        for match in _PLACEHOLDER.finditer(text):
            kind, _, number = match[1].rpartition(":")
            self._counts[kind] = max(self._counts.get(kind, 0), int(number))

    def secrets(self) -> Iterator[str]:
        """The values that are secrets."""
        return (value for value, label in self._labels.items() if label not in self._names)

    def with_names(self, text: str) -> str:
        """The text with names in the place of their placeholders, secrets left out."""
        return _PLACEHOLDER.sub(self._filled(lambda label: label in self._names), text)

    def with_secrets(self, text: str) -> str:
        """The text with secrets in the place of their placeholders, names left out."""
        return _PLACEHOLDER.sub(self._filled(lambda label: label not in self._names), text)

    def with_names_loosely(self, text: str) -> str:
        """The same as `with_names` for what a model wrote: `pod:3` or `<pod:3>` will do."""
        return _LOOSE.sub(self._filled(lambda label: label in self._names), text)

    def without_forged(self, text: str) -> str:
        """The same for a tool's output, which may repeat those that it was given."""

        def mark(match: re.Match[str]) -> str:
            return match[0] if match[1] in self._values else f"‹{match[1]}›"

        return _PLACEHOLDER.sub(mark, text) if "«" in text else text

    def _filled(self, wanted: Callable[[str], bool]) -> Callable[[re.Match[str]], str]:
        def fill(match: re.Match[str]) -> str:
            known = match[1] in self._values and wanted(match[1])
            return self._values[match[1]] if known else match[0]

        return fill


def without_forged(text: str) -> str:
    """Text from outside with what looks like a placeholder of ours marked as not ours."""
    return _PLACEHOLDER.sub(r"‹\1›", text) if "«" in text else text
