"""What a text affirms: phrases found clause by clause, and not where the clause denies them.

A phrase is words with `*` for any ending and ` … ` for a few words between ("exceed* … quota").
Letters' case, markdown and runs of white space don't matter. "It was not OOMKilled" and "no sign
of a memory limit" affirm neither; "PAYMENT_API_KEY is not set" affirms PAYMENT_API_KEY.
"""

import re
from collections.abc import Iterable
from functools import cache

_GAP = r"[^\n]{1,60}?"
# Straight and curly quotes too: "isn't" and its curly form become "isnt".
_MARKUP = re.compile("[*`\"'\u2018\u2019\u201c\u201d\u00ab\u00bb#>|]+")
_CLAUSE = re.compile(
    r"\n+|[.!?:](?=\s|$)|;|,?\s+(?:but|however|although|though|whereas|while)\s+", re.IGNORECASE
)
_AUXILIARIES = ("can", "could", "may", "does", "do", "did", "will", "would", "should", "must")
_NO_VERB = "".join(f"(?<!{word} )" for word in _AUXILIARIES)
# "Cannot scale because of X" and "does not start because of X" deny nothing of X.
_ADVERB = r"(?:\w+ly|being|been|the|a|so|just|at|all|even)"
# Before the phrase: what it takes to deny a noun. A verb's negation ("could not find X", "does not
# set X") says something about X and does not deny it.
_DENIED_BEFORE = re.compile(
    rf"(?:\b{_NO_VERB}(?:not|never|nor|isnt|wasnt|arent|werent)"
    r"(?:\s+(?:a|an|the|any|been|being|actually|really|simply|just|by|from)){0,3}"
    rf"|\b(?:not|isnt|wasnt|arent|werent)\s+(?:{_ADVERB}\s+){{0,2}}?"
    r"(?:caused|due|because|related|explained|about|result)\b[^,]{0,40}?"
    r"|(?:no|without|not any|zero|lack of)\s+(?:\w+\s+)?"
    r"(?:sign|evidence|indication|trace|hint|symptom|suggestion|mention)s?\s+(?:of|that|for)\b"
    r"[^,]{0,50}?"
    r"|(?:rather than|instead of|as opposed to|ruled out|rules out|exclude[sd]?)"
    r"(?:\s+\w+){0,4}?"
    r")\s+$"
)
_DENIED_AFTER = re.compile(
    r"^[^.;,]{0,30}?\b(?:is|was|are|were|seems?|looks?|has been|can be)\s+"
    r"(?:not (?:the|a|an) (?:\w+ )?(?:cause|problem|issue|reason|culprit)|not (?:involved|to blame)"
    r"|ruled out|unlikely|irrelevant|unrelated|excluded)\b"
)
# What controllers append has no vowels (k8s.io/apimachinery util/rand): "-78bbb7575c-ctxps".
_SAFE = "[bcdfghjklmnpqrstvwxz2456789]"
_POD_SUFFIX = rf"(?:-{_SAFE}{{6,10}}(?:-{_SAFE}{{5}})?|-{_SAFE}{{5}}|-\d{{1,3}})?"


def clauses(text: str) -> list[str]:
    """The text in lower case and without markup, cut where one statement ends."""
    bare = _MARKUP.sub("", text)
    parts = (" ".join(part.split()).lower() for part in _CLAUSE.split(bare))
    return [part for part in parts if part]


def affirms(text: str, phrases: Iterable[str]) -> str:
    """The first of the phrases that the text affirms, or an empty string."""
    found = clauses(text)
    return next((p for p in phrases if any(_holds(c, _pattern(p)) for c in found)), "")


def names(text: str, objects: Iterable[str]) -> str:
    """The first of the objects that the text names, itself or by one of its pods, or ""."""
    found = clauses(text)
    return next((o for o in objects if any(_holds(c, _name(o)) for c in found)), "")


def _holds(clause: str, pattern: re.Pattern[str]) -> bool:
    return any(
        not _DENIED_BEFORE.search(clause[: match.start()])
        and not _DENIED_AFTER.search(clause[match.end() :])
        for match in pattern.finditer(clause)
    )


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    bare = _MARKUP.sub("", phrase.replace("*", "\0")).lower()
    words = (
        _GAP if word == "…" else re.escape(word).replace(re.escape("\0"), r"[\w-]*")
        for word in bare.split()
    )
    return re.compile(r"(?<![a-z0-9])" + r"\s*".join(_spaced(words)) + r"(?![a-z0-9])")


def _spaced(words: Iterable[str]) -> list[str]:
    """Words with one space between, and none beside a gap."""
    joined: list[str] = []
    for word in words:
        if joined and word != _GAP and joined[-1] != _GAP:
            joined[-1] += rf"\s+{word}"
        else:
            joined.append(word)
    return joined


@cache
def _name(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){re.escape(name.lower())}{_POD_SUFFIX}(?![\w-])")
