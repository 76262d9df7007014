"""The values in a text: names as objects, files and images have them, paths, and numbers."""

import re

from holmes.core.finding import Finding

_WORD = re.compile(r"/?\w[\w./:@=-]*")
_VALUE = re.compile(r"[\d./:@=_-]")
_QUOTED = 40  # characters of a line that are looked for: kubectl wraps and cuts long ones
_LETTER = re.compile(r"[^\W\d_]")


def values(text: str) -> set[str]:
    """Every value in a text."""
    words = (match[0].rstrip("./:@=-") for match in _WORD.finditer(text))
    return {word for word in words if _VALUE.search(word)}


def names(text: str) -> set[str]:
    """Those that are not mere numbers."""
    return {each for each in values(text) if _LETTER.match(each) or each.startswith("/")}


def own_names(finding: Finding) -> set[str]:
    """The names of what a finding is about, and of what it affects."""
    about = [finding.subject, *finding.affected]
    return {part for ref in about for part in (ref.name, ref.namespace, ref.path)}


def shown_in(finding: Finding, output: str) -> bool:
    """Whether a result has a name out of a finding's cause or evidence, or what these quote.

    That of the object itself stands in every result about it, and confirms nothing.
    """
    told = (finding.cause, *finding.evidence)
    quoted = {each.partition(": ")[2].partition(";")[0][:_QUOTED] for each in told} - {""}
    found = quoted | (names(" ".join(told)) - own_names(finding))
    return not found or any(each in output for each in found)
