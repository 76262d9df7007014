"""Hold an answer against the evidence: citations that exist, pod names that a tool returned."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from holmes.evidence.log import EvidenceLog

# [3], [1, 2] and [1][2]; not [link](…) and not [0] of an index expression such as items[0].
_CITATION = re.compile(
    r"(?<![\w\]])\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\](?!\()|(?<=\])\[(\d{1,3})\](?!\()"
)

# The names that controllers make: NAME-HASH-xxxxx for a Deployment's pod, NAME-xxxxx for others.
# Real ones use an alphabet without vowels (k8s.io/apimachinery util/rand); an invented one need not
# ("checkout-7d8f9-abcde"), so the first form takes any letters where a digit stands in the hash.
_SAFE = "[bcdfghjklmnpqrstvwxz2456789]"
_GENERATED = re.compile(
    r"\b[a-z](?:[-a-z0-9]*[a-z0-9])?-(?=[a-z0-9]*\d)[a-z0-9]{5,10}-[a-z0-9]{5}\b"
    rf"|\b[a-z](?:[-a-z0-9]*[a-z0-9])?-(?=[a-z0-9]*\d){_SAFE}{{5}}\b"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Grounding:
    """What an answer rests on: evidence numbers that exist, and names that nothing showed."""

    citations: tuple[int, ...]
    dangling: tuple[int, ...]
    unknown_names: tuple[str, ...]


def check(answer: str, question: str, evidence: EvidenceLog) -> Grounding:
    """Which citations exist, and which generated pod names occur in no output and no question."""
    cited = [number for match in _CITATION.finditer(answer) for number in _numbers(match)]
    known = [number for number in dict.fromkeys(cited) if evidence.get(number)]
    return Grounding(
        citations=tuple(sorted(known)),
        dangling=tuple(sorted(set(cited) - set(known))),
        unknown_names=unknown_names(answer, question, evidence),
    )


def unknown_names(text: str, question: str, evidence: EvidenceLog) -> tuple[str, ...]:
    """Pod names in `text`, as controllers generate them, that nobody and no tool has mentioned."""
    names = dict.fromkeys(match.group() for match in _GENERATED.finditer(text))
    if not names:
        return ()
    seen = [question, *(entry.output.text + entry.output.note for entry in evidence)]
    return tuple(name for name in names if not _occurs(name, seen))


def struck(text: str, names: Iterable[str]) -> str:
    """The text with each of these names replaced by a mark that says it is unfounded."""
    for name in names:
        text = text.replace(name, "«name not found in the evidence»")
    return text


def _occurs(name: str, texts: Iterable[str]) -> bool:
    return any(name in text for text in texts)


def _numbers(match: re.Match[str]) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", match.group())]
