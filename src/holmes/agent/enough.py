"""Whether there is enough to answer from, so that a small model should look no further.

Asked how many replicas a Deployment has, the 1.5B got them with its first call, and went on to
describe the Deployment, list events and read logs, twice, for six minutes (26 Nov 2026).
"""

import re
from collections.abc import Iterable

from holmes.core.evidence import Evidence

_WORD = re.compile(r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?")
# Words of questions that no result need hold.
_ASKING_WORDS = """
    a actual an and any are at be been by can check cluster configured count current currently did
    do does find for from get give got had has have how i in is it its kubernetes list long look
    many me more most much my name named names namespace namespaces now object objects of on one
    or our out please run running runs see set show tell than that the their them there these they
    this those to us use used uses using value was we were what whats when where which who whose
    will with you
"""
_ASKING = frozenset(_ASKING_WORDS.split())

_REPEATED = 0.7
"""Of an answer's words; such an answer says nothing else."""

_DENIAL = re.compile(
    r"(?:\bnot?\b|n['\u2019]t\b|\bcannot\b|\bunknown\b|\bunable\b|\bwithout\b).{0,60}"
    r"\b(?:show[ns]?|list(?:ed|s)?|contain\w*|includ\w+|provid\w+|available|information|found"
    r"|mention\w*|specif\w+|determin\w+|exist\w*|details?|data|given|see|tell)\b",
    re.IGNORECASE | re.DOTALL,
)

_MEANING = re.compile(
    r"^\W*(?:please |can you |could you )*"
    r"(?:what (?:is|are|does|do) (?:an? |the differences? between )"
    r"|what does .{1,40} (?:mean|stand for)\b|what is meant by |explain (?:what )?an? )",
    re.IGNORECASE,
)
_OF_THIS_SYSTEM = re.compile(r"[a-z0-9]-[a-z0-9]|\b(?:my|our|this|these|here|namespace|cluster)\b")


def asks_for_a_meaning(question: str) -> bool:
    """Whether a question is about a word of the trade and names nothing of a system.

    Asked what a ConfigMap is good for, the 1.5B described "example-configmap", and then told of an
    incident that it came across (26 Nov 2026).
    """
    return bool(_MEANING.search(question)) and not _OF_THIS_SYSTEM.search(question.lower())


def holds_what_was_asked(question: str, results: Iterable[Evidence]) -> bool:
    """Whether every telling word of a question stands in one result, or in the command of it.

    Two at least: a single word is likely to be a name alone. "pods" is also found as "pod".
    """
    words = set(_WORD.findall(question.lower())) - _ASKING
    asked = {word.removesuffix("s") for word in words}
    if len(asked) < 2:
        return False
    return any(
        all(word in f"{found.output.command}\n{found.output.text}".lower() for word in asked)
        for found in results
        if found.output.status == "ok"
    )


def denies(answer: str) -> bool:
    """Whether an answer says that the results do not show what was asked."""
    return bool(_DENIAL.search(answer))


def only_says_what_failed(answer: str, results: Iterable[Evidence]) -> bool:
    """Whether no call worked, and an answer does no more than repeat the error of one.

    Asked for a number of replicas, the 1.5B counted by a column that there is not, and answered
    "there is no such column" (26 Nov 2026).
    """
    outputs = [found.output for found in results]
    if any(output.status in {"ok", "no_data"} for output in outputs):
        return False
    said = set(_WORD.findall(answer.lower()))
    errors = [set(_WORD.findall(out.note.lower())) for out in outputs if out.status == "failed"]
    return bool(said) and any(len(said & error) >= _REPEATED * len(said) for error in errors)
