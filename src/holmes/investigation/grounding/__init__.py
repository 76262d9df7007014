"""Hold an answer against the evidence: what it says specifically occurs there."""

from holmes.investigation.grounding.checker import Checked, Checker, Unfounded, struck, unfounded
from holmes.investigation.grounding.citations import citations, without_dangling
from holmes.investigation.grounding.citing import Citer

__all__ = [
    "Checked",
    "Checker",
    "Citer",
    "Unfounded",
    "citations",
    "struck",
    "unfounded",
    "without_dangling",
]
