"""The numbers in an answer: which exist, and where one is missing or wrong."""

import re

from holmes.core.evidence import EvidenceLog
from holmes.core.markdown import CITATION


def citations(text: str, evidence: EvidenceLog) -> tuple[int, ...]:
    """The evidence numbers that a text cites and that exist, in order."""
    cited = {number for match in CITATION.finditer(text) for number in numbers(match)}
    return tuple(sorted(number for number in cited if evidence.get(number)))


def without_dangling(text: str, evidence: EvidenceLog) -> str:
    """The text without citations of results that do not exist.

    Small models number what they read inside a result (Qwen2.5-Coder-1.5B, 24 Nov 2026), and asking
    again brings no better numbers; where there is one result, any number can only mean that one.
    """
    if len(evidence) == 1:
        return CITATION.sub(r"\1[1]", text)

    def kept(match: re.Match[str]) -> str:
        cited = numbers(match)
        known = [number for number in cited if evidence.get(number)]
        if known == cited:
            return match.group()
        return f"{match[1]}[{', '.join(map(str, known))}]" if known else ""

    return CITATION.sub(kept, text)


def numbers(match: re.Match[str]) -> list[int]:
    """The numbers of one match of CITATION."""
    return [int(part) for part in match[2].split(",")]
