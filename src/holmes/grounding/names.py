"""Names of objects in running text, and what a single quoted word is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from holmes.grounding import words

Shape: TypeAlias = Literal["none", "name", "text", "value"]

# The names that controllers make: NAME-HASH-xxxxx for a Deployment's pod, NAME-xxxxx for others.
# Real ones use an alphabet without vowels (k8s.io/apimachinery util/rand); an invented one need not
# ("checkout-7d8f9-abcde"), so the first form takes any letters where a digit stands in the hash.
_SAFE = "[bcdfghjklmnpqrstvwxz2456789]"
GENERATED = re.compile(
    r"\b[a-z](?:[-a-z0-9]*[a-z0-9])?-(?=[a-z0-9]*\d)[a-z0-9]{5,10}-[a-z0-9]{5}\b"
    rf"|\b[a-z](?:[-a-z0-9]*[a-z0-9])?-(?=[a-z0-9]*\d){_SAFE}{{5}}\b"
)

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_SLASHED = re.compile(rf"(?<![\w./:@-])({_LABEL})/({_LABEL})(?![\w/@-]|[.:]\w)")
_KIND_SLASHED = re.compile(
    rf"(?<![\w./-])(?:{words.KINDS})/({_LABEL}(?:\.{_LABEL})*)", re.IGNORECASE
)
_VARIABLE = re.compile(r"(?<![\w.-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w-])")
_HOST = re.compile(rf"(?<![\w./:@-])(?=[a-z0-9.-]*[a-z])(?:{_LABEL}\.)+[a-z][a-z0-9-]*(?![\w/-])")
_HYPHENED = re.compile(r"(?<![\w./:@=-])[a-z][a-z0-9]*(?:-[a-z0-9]+)+(?![\w/]|\.\w|-\w)")
_NAMESPACE = re.compile(
    rf"(?:\bnamespaces?:?|(?<=\s)-n|\bNamespace:?)\s+({_LABEL})(?![\w./-])"
    rf"|\b(?:in|im|of|from|the|der|aus)\s+(?:the |dem |der )?({_LABEL})[ -][Nn]amespace\b"
)
_OF_KIND = re.compile(
    rf"\b(?:{words.KINDS})(?: (?:named|called|namens))? "
    r"([a-z][a-z0-9]*(?:-[a-z0-9]+)+)(?![\w/]|-\w)",
    re.IGNORECASE,
)
_KNOWN = frozenset(
    {"utf-8", "sha-256", "base-64", "x-ray", "x86-64", "http-2", "kube-system", "kube-proxy"}
    | {"kube-apiserver", "kube-scheduler", "kube-controller-manager", "kube-public", "cert-manager"}
)
_PLAIN = re.compile(r"[a-z]+\Z")
_NAME_SHAPE = re.compile(rf"{_LABEL}(?:\.{_LABEL})*(?:/{_LABEL}(?:\.{_LABEL})*)?\Z")
_NAME_COLUMN = re.compile(
    r"\W*(?:\w+ )?(?:pods?|names?|objects?|namespaces?|ns|deployments?|services?|nodes?|workloads?"
    r"|apps?|containers?|jobs?|resources?|objekte?)\W*\Z",
    re.IGNORECASE,
)
_CELL_NAME = re.compile(rf"\s*({_LABEL}(?:/{_LABEL})?)\s*\Z")
_EXTENSIONS = re.compile(
    r"(?:py|js|ts|go|rb|sh|ya?ml|json|conf|cfg|ini|toml|log|txt|md|sql|java|so)\Z"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """A name in a text; a `namespace/name` has both in `value`."""

    kind: Literal["name", "namespace"]
    start: int
    end: int
    value: tuple[str, ...]


def names_in(text: str, *, generated_only: bool = False, column: str = "") -> Iterator[Name]:
    """The names in a text, none twice."""
    taken: list[tuple[int, int]] = []
    for name in _candidates(text, generated_only=generated_only, column=column):
        if not any(name.start < end and start < name.end for start, end in taken):
            taken.append((name.start, name.end))
            yield name


def _candidates(text: str, *, generated_only: bool, column: str) -> Iterator[Name]:
    if generated_only:
        yield from (_name(m) for m in GENERATED.finditer(text))
        return
    if column and _NAME_COLUMN.match(column) and (cell := _CELL_NAME.match(text)):
        is_namespace = "amespace" in column or column.strip().lower() == "ns"
        parts = tuple(cell[1].split("/"))
        kind: Literal["name", "namespace"] = "namespace" if is_namespace else "name"
        yield Name(kind=kind, start=cell.start(1), end=cell.end(1), value=parts)
    yield from (_name(m, 1) for m in _KIND_SLASHED.finditer(text))
    for match in _SLASHED.finditer(text):
        if (pair := _pair(match[1], match[2])) is not None:
            yield Name(kind="name", start=match.start(), end=match.end(), value=pair)
    yield from (_name(m) for m in GENERATED.finditer(text))
    yield from (_name(m) for m in _VARIABLE.finditer(text))
    yield from _single(text)


def _single(text: str) -> Iterator[Name]:
    """Words that are names by the word beside them, or by their own form."""
    for match in _NAMESPACE.finditer(text):
        group = 1 if match[1] else 2
        if match[group] not in words.NOT_NAMES and not words.KIND.match(match[group]):
            yield _name(match, group, kind="namespace")
    for match in _OF_KIND.finditer(text):
        if not words.is_english(match[1], every=True):
            yield _name(match, 1)
    for match in _HOST.finditer(text):
        if _is_host(match.group()):
            yield _name(match)
    for match in _HYPHENED.finditer(text):
        if match.group() not in _KNOWN and not words.is_english(match.group()):
            yield _name(match)


def shape_of(word: str, *, ticked: bool) -> Shape:
    """What one word in backticks (or in quotes) is: nothing to look up, a name, a value, a text."""
    if (
        words.FIELD_PATH.match(word)
        or words.STATUS_WORD.match(word)
        or re.search(r"[<>{}$*]", word)
    ):
        return "none"
    if re.match(r"[~≈]?[\d.,]+[A-Za-z%]{0,4}\Z|\d+/\d+\Z|[^=]*:[\w.-]*\d", word) or "@" in word:
        return "value"
    if _KIND_SLASHED.fullmatch(word):
        return "name"
    if _VARIABLE.fullmatch(word):
        return "value"
    if _PLAIN.match(word) and (not ticked or words.is_english(word)):
        return "none"
    if _NAME_SHAPE.match(word):
        return "none" if word in _KNOWN or (words.is_english(word) and not ticked) else "name"
    if re.search(r"[A-Z]", word) and re.match(r"[A-Za-z]+\Z", word):
        return "none"
    return "text" if ticked and re.search(r"[\w]{2}", word) else "value"


def _name(
    match: re.Match[str], group: int = 0, *, kind: Literal["name", "namespace"] = "name"
) -> Name:
    return Name(kind=kind, start=match.start(group), end=match.end(group), value=(match[group],))


def _pair(first: str, second: str) -> tuple[str, ...] | None:
    """`a/b` as namespace and name; with a "?" behind where it may be just "read/write"."""
    if words.KIND.match(first) or words.KIND.match(second):
        return None
    for part in (first, second):
        if ("-" in part and not words.is_english(part)) or re.search(r"[a-z].*\d", part):
            return (first, second)
    return (first, second, "?")


def _is_host(word: str) -> bool:
    labels = word.split(".")
    if _EXTENSIONS.match(labels[-1]):
        return "-" in word or "_" in word
    return len(labels) > 2 and len(labels[0]) > 1 and all(labels)
