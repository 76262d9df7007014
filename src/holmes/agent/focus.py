"""Which of many findings a question is about, told by its words.

A small model that is given eighteen findings and asked why profiles can't be opened recites the
list from its top (Qwen2.5-Coder-1.5B, 25 Nov 2026). People name what they see by words that also
stand in the names of objects: "user profiles" is Deployment users/profile, "the orders migration"
is Job orders-migrate-42.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

MOST = 3
"""Findings that a question may be about; where its words fit more, they tell nothing."""

NEAR_BEST = 0.6
"""A finding whose words fit at least this share as well as the best one's is meant, too."""

NEAR_PLACED = 0.5
"""The same where no object was named, only a namespace or what suffers: that tells less."""

NAMED = 2.0
"""How much more a word counts in the finding's own name than in those of what it affects."""

PLACED = 1.2
"""The same for the name of its namespace."""

SAID = 0.4
"""How little a word counts in the words of a cause."""

_SHARED = 0.55
"""Of the longer word, what must be shared from its start: "migration" and "migrate"."""

_SHORTEST_SHARED = 4
_COMPOUND = 5

_HEALTHY = re.compile(r"^healthy: (.+)$", re.MULTILINE)
_WORKLOAD = re.compile(r"\w+ (\S+) \(\d+ of \d+ ready\)")
_BLOCK = re.compile(r"^- \w+ \S+: ", re.MULTILINE)
_WORD = re.compile(r"[a-z0-9]{2,}")
_SHORTEST = 3
_FULL_NAME = re.compile(r"\b[a-z0-9]+(?:-[a-z0-9]+)+\b")
_LEAD = re.compile(r"- \w+ (\S+): ")
_BESIDE = re.compile(r"^  (?:pods|affects|leads to): (.*)$", re.MULTILINE)
_OBJECT = re.compile(r"(?:^|[A-Z]\w+ |, |/)([a-z0-9][-a-z0-9./]*)")

# What people call by another word than the names of objects do.
_OTHER_WORDS = {
    "database": ("db", "postgres", "postgresql", "mysql", "mariadb", "mongo", "mongodb"),
    "cache": ("redis", "memcached", "valkey"),
    "queue": ("kafka", "rabbitmq", "nats", "sqs"),
    "website": ("web", "site", "frontend", "www"),
    "frontend": ("front", "web", "ui"),
    "login": ("auth", "sso", "oauth"),
    "metrics": ("prometheus", "grafana"),
}
# Words that stand in questions about anything.
_COMMON_WORDS = """
    about after again all also and any anything are back because been before being both but came
    can cannot cluster come comes could day days deploy deployed deployment did does doesn
    done down due each even ever every everyone everything fail failed failing fails few for
    from get gets getting give given goes going gone got had half happen happened happening
    has have healthy hour hours how image images into isn issue its itself job just keep
    keeps kubernetes last leave leaves less like long longer look made make many minute
    minutes more most much named namespace need needs never new newly nightly node nodes
    none not nothing now off once one only open opened our out over own pod pods possible
    problem problems ready reason release replica replicas restart restarting restarts run
    running runs said says see seems service services set should show since some something
    start started starting starts stay stays still stop stopped stuck such take takes tell
    than that the their them then there these they thing this those though three time today
    too two unhealthy until up version wait waiting waits was way well went were what
    whatever when where which while who whole why will with without won work working works
    would wrong yesterday you your
"""
_COMMON = frozenset(_COMMON_WORDS.split())
# What stands in a question about everything; beside a symptom it may be a name ("status page").
_OF_EVERYTHING = _COMMON | {
    *(
        "check",
        "container",
        "currently",
        "daemonset",
        "find",
        "list",
        "overview",
        "please",
        "right",
    ),
    *("state", "statefulset", "status", "summary", "tell", "workload"),
}


@dataclass(frozen=True)
class _Block:
    """One finding's lines."""

    text: str

    @cached_property
    def path(self) -> str:
        lead = _LEAD.match(self.text)
        return lead[1] if lead else ""

    @cached_property
    def name(self) -> frozenset[str]:
        return _words(self.path.rpartition("/")[2])

    @cached_property
    def namespace(self) -> frozenset[str]:
        return _words(self.path.rpartition("/")[0])

    @cached_property
    def beside(self) -> frozenset[str]:
        named = (" ".join(_OBJECT.findall(line)) for line in _BESIDE.findall(self.text))
        return _words(" ".join(named))

    @cached_property
    def said(self) -> frozenset[str]:
        return _words(self.text)

    def fit(self, word: str) -> float:
        """How well a word of the question fits this finding, 0 to NAMED."""
        if "-" in word:
            return NAMED if word in self.text else 0.0
        places = ((self.name, NAMED), (self.namespace, PLACED), (self.beside, 1.0))
        for words, weight in places:
            if any(_same(word, each) for each in words):
                return weight
        return SAID if word in self.said else 0.0


def focused(question: str, found: str) -> str:
    """The findings that the question is about, as they stand in `found`, best first.

    Empty where its words fit none of them, or too many to tell.
    """
    blocks = _blocks(found)
    scores = [0.0] * len(blocks)
    near = NEAR_PLACED
    named: set[int] = set()
    for word in _asked(question):
        fits = [block.fit(word) for block in blocks]
        matching = sum(fit > 0 for fit in fits)
        if not matching:
            continue
        telling = math.log(1 + len(blocks) / matching)
        named |= {index for index, fit in enumerate(fits) if fit >= 1}
        near = NEAR_BEST if NAMED in fits else near
        scores = [score + fit * telling for score, fit in zip(scores, fits, strict=True)]
    best = max((scores[index] for index in named), default=0.0)
    if not best:
        return ""
    ranked = sorted(range(len(blocks)), key=lambda index: -scores[index])
    meant = [i for i in ranked if i in named and scores[i] >= best * near]
    if len(meant) > MOST or len(meant) == len(blocks):
        return ""
    return "\n".join(blocks[index].text for index in meant)


def names_nothing(question: str) -> bool:
    """Whether no word of a question can be the name of one thing: it is about everything."""
    return all(word.removesuffix("s") in _OF_EVERYTHING for word in _asked(question))


def told_by_none(question: str, found: str) -> list[str]:
    """The telling words of a question that no finding holds, in the order they were asked."""
    blocks = _blocks(found)
    if not blocks:
        return []
    unfit = [w for w in _asked(question) if not any(block.fit(w) for block in blocks)]
    return sorted(unfit, key=question.lower().find)


def told_healthy(question: str, found: str) -> list[str]:
    """The workloads that a question names and that were found to be well, as `found` tells them."""
    line = _HEALTHY.search(found)
    asked = _asked(question)
    workloads = _WORKLOAD.finditer(line[1]) if line else ()
    return [each[0] for each in workloads if ({each[1]} | _words(each[1])) & asked]


def _asked(question: str) -> frozenset[str]:
    """The telling words of a question; a hyphenated name counts whole, not by its parts."""
    text = question.lower()
    names = frozenset(_FULL_NAME.findall(text))
    words = _words(_FULL_NAME.sub(" ", text)) - _COMMON
    return names | {word for word in words if len(word) >= _SHORTEST}


def _blocks(found: str) -> list[_Block]:
    bounds = [*(match.start() for match in _BLOCK.finditer(found)), len(found)]
    texts = (found[start:end] for start, end in pairwise(bounds))
    return [_Block(re.split(r"\n(?![ ])", text, maxsplit=1)[0]) for text in texts]


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


def _same(asked: str, named: str) -> bool:
    """Whether a word of a question means a word in a name."""
    if asked == named or named in _other_words(asked):
        return True
    shorter, longer = sorted((asked, named), key=len)
    if len(shorter) < _SHORTEST_SHARED:
        return False
    if len(asked) >= _COMPOUND and asked in named:
        return True
    shared = _shared_start(shorter, longer)
    return shared >= _SHORTEST_SHARED and shared >= _SHARED * len(longer)


def _other_words(word: str) -> Iterable[str]:
    return _OTHER_WORDS.get(word) or _OTHER_WORDS.get(word.removesuffix("s"), ())


def _shared_start(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
