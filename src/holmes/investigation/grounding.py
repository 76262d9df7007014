"""Hold an answer against the evidence: citations that exist, pod names that a tool returned."""

import re
from collections.abc import Iterable

from holmes.evidence.log import EvidenceLog

# [3], [1, 2] and [1][2]; not [link](…) and not [0] of an index expression such as items[0].
_CITATION = re.compile(r"(\s?)(?<!\w)\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\](?!\()")

# The names that controllers make: NAME-HASH-xxxxx for a Deployment's pod, NAME-xxxxx for others.
# Real ones use an alphabet without vowels (k8s.io/apimachinery util/rand); an invented one need not
# ("checkout-7d8f9-abcde"), so the first form takes any letters where a digit stands in the hash.
_SAFE = "[bcdfghjklmnpqrstvwxz2456789]"
_GENERATED = re.compile(
    r"\b[a-z](?:[-a-z0-9]*[a-z0-9])?-(?=[a-z0-9]*\d)[a-z0-9]{5,10}-[a-z0-9]{5}\b"
    rf"|\b[a-z](?:[-a-z0-9]*[a-z0-9])?-(?=[a-z0-9]*\d){_SAFE}{{5}}\b"
)


def citations(text: str, evidence: EvidenceLog) -> tuple[int, ...]:
    """The evidence numbers that a text cites and that exist, in order."""
    cited = {number for match in _CITATION.finditer(text) for number in _numbers(match)}
    return tuple(sorted(number for number in cited if evidence.get(number)))


def without_dangling(text: str, evidence: EvidenceLog) -> str:
    """The text without citations of results that do not exist.

    Small models number what they read inside a result (Qwen2.5-Coder-1.5B, 24 Nov 2026), and asking
    again brings no better numbers; where there is one result, any number can only mean that one.
    """
    if len(evidence) == 1:
        return _CITATION.sub(r"\1[1]", text)

    def kept(match: re.Match[str]) -> str:
        numbers = _numbers(match)
        known = [number for number in numbers if evidence.get(number)]
        if known == numbers:
            return match.group()
        return f"{match[1]}[{', '.join(map(str, known))}]" if known else ""

    return _CITATION.sub(kept, text)


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
    return [int(part) for part in match[2].split(",")]
