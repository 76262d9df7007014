"""Whether an answer is right: the same text always gets the same score; no model is asked.

incident  names the object, affirms the cause, and nothing that must not be said
healthy   says that nothing is wrong, and raises no alarm
fact      affirms the fact, and raises no alarm
general   affirms what is asked of no system; "killed" is no alarm where a word is explained
judged    is told in prose, and passes by a judge's mark (see `holmes.evals.judge`)

An answer with an invented name or a wrong detail fails, whatever else it says; so does one that
lists everything that is wrong elsewhere.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from holmes.evals.phrases import affirms, clauses, names
from holmes.evals.scenario import Expectation
from holmes.grounding.checker import MARK

_NOTHING_WRONG = (
    *("nothing is wrong", "nothing wrong", "nothing is broken", "nothing unhealthy", "all is well"),
    *("not … wrong", "not … unhealthy", "not unhealthy", "isnt unhealthy", "arent unhealthy"),
    *("no … problem*", "no … issue*", "no … incident*", "no … error*", "no … failure*"),
    *("no … alert*", "no unhealthy", "no problem*", "no issue*", "no incident*", "no error*"),
    *("no failure*", "no failing", "no crash*", "no alert*", "no restart*", "none … unhealthy"),
    *("healthy", "running normally", "running as expected", "running fine", "running well"),
    *("running smoothly", "working normally", "working as expected", "working correctly"),
    *("operating normally", "functioning normally", "functioning as expected", "in order"),
    *("are fine", "is fine", "looks fine", "look fine", "looks good", "is ok", "are ok"),
    *("all pods are running", "all … are running", "all … ready", "not restart*", "none of"),
    *("are running and ready", "is running and ready"),
)
_ALARM = re.compile(
    r"\b(?:crash\w*|crashloopbackoff|oom\w*|out of memory|imagepullbackoff|errimagepull|evict\w*"
    r"|not (?:ready|running|healthy|available|working|reachable)|notready|unhealthy"
    r"|fail(?:s|ed|ing)?|pending|stuck|unreachable|unavailable|degraded|broken|root cause|down"
    r"|misconfigur\w*|missing|does not exist|do not exist|exceed\w*|unable|cannot"
    r"|(?:is|are) wrong|keeps? restarting|terminating|exit code [1-9]\d*)\b"
)
_QUIET = re.compile(
    r"\b(?:no|not|none|nothing|never|neither|nor|without|zero|0|isnt|arent|wasnt|werent|doesnt|dont"
    r"|didnt|hasnt|havent|free of|if|in case|whether|would|should|could|might|may|once|after"
    r"|recovered|resolved|avoid|prevent|look(?:ed|ing)? for|check(?:ed|ing)? for)\b"
)

_MISMATCH = re.compile(r"([\w./:=-]*\w), not (?:on )?([\w./:=-]*\w)")

MOST_ELSEWHERE = 3
"""Other namespaces that an answer about one incident may tell of; a list of all that is wrong in a
cluster answers no question about one service, though the right line is in it."""

# Names that only a look at the system can give: generated pod names, and names with a hyphen in
# code quotes, in a namespace/name pair, or with a digit behind a kind ("the pod crash-loops").
_LABEL = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+"
_GENERATED = re.compile(
    r"(?<![\w./-])[a-z][a-z0-9-]*-(?=[a-z0-9]*\d)[a-z0-9]{5,10}-[a-z0-9]{5}(?![\w-])"
)
_CLAIMED = re.compile(
    rf"`(?P<quoted>{_LABEL})`"
    r"|\b(?:pods?|deployments?|statefulsets?|daemonsets?|services?|configmaps?|secrets?|nodes?"
    r"|namespaces?|jobs?|replicasets?)[ /]+[*\"']*(?P<kind>(?=[a-z-]*\d)"
    rf"{_LABEL})(?![\w./-])"
    rf"|(?<![\w./:-])(?P<place>{_LABEL})/(?P<name>{_LABEL})(?![\w./-])",
    re.IGNORECASE,
)
_NO_NAMES = frozenset(
    {"back-off", "crash-loop", "end-to-end", "health-check", "key-value", "liveness-probe"}
    | {"multi-node", "out-of-memory", "read-only", "readiness-probe", "real-time", "single-node"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """What holds of one answer; what a verdict does not ask for is None.

    object, cause  the right one was named
    false_alarm    the alarm that was raised although nothing is wrong, or ""
    forbidden      the phrase that must not be said and was, or ""
    sprawl         the other namespaces that the answer tells of, where they are too many
    invented       names in the answer that stand neither in the question nor in any evidence
    by_code        the cause stands in what code states; None where it states nothing
    own_words      the cause stands in what the model itself says
    wrong          details that are another object's, or the wrong way round
    marked         specifics of the answer that no result holds
    """

    passed: bool
    object: bool | None
    cause: bool | None
    false_alarm: str
    forbidden: str
    sprawl: tuple[str, ...]
    invented: tuple[str, ...]
    own_words: bool | None = None
    marked: int = 0
    by_code: bool | None = None
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """An answer's parts by their authors.

    by_code  what code states; empty where it states nothing
    said     the model's words
    rows     the rows of a table that code shows: data, which raises no alarm
    """

    by_code: str = ""
    said: str = ""
    rows: tuple[str, ...] = ()


def score(
    answer: str,
    expect: Expectation,
    *,
    question: str = "",
    evidence: Iterable[str] | None = None,
    elsewhere: Iterable[str] = (),
    unfounded: Iterable[str] = (),
    wrong: Iterable[str] = (),
    parts: Parts | None = None,
) -> Score:
    """Hold one answer against what is expected; without `evidence` no name counts as invented.

    elsewhere  the namespaces that the question is not about
    unfounded  what the investigation's own check finds in the final answer
    wrong      details of the answer that are known to be wrong
    parts      who wrote which part; without them all is the model's
    """
    parts = parts or Parts(said=answer)
    details = tuple(dict.fromkeys(wrong))
    others = told_of(answer, elsewhere)
    sprawl = others if len(others) > MOST_ELSEWHERE else ()
    own = () if evidence is None else invented_names(answer, [question, *evidence])
    invented = tuple(dict.fromkeys([*own, *unfounded]))
    forbidden = affirms(answer, expect.never)
    named = affirmed = None
    alarm = ""
    if expect.object:
        named = bool(names(answer, expect.object))
    if expect.cause:
        affirmed = _tells(answer, expect)
    if expect.calm:
        alarm = false_alarm("\n".join(x for x in answer.splitlines() if x not in parts.rows))
    judged = expect.verdict == "judged"  # until a judge has marked it, it has not passed
    calm = expect.verdict != "healthy" or says_nothing_is_wrong(answer)
    return Score(
        passed=bool(answer.strip())
        and not judged
        and calm
        and named is not False
        and affirmed is not False
        and not (alarm or forbidden or sprawl or invented or details),
        object=named,
        cause=affirmed,
        false_alarm=alarm,
        forbidden=forbidden,
        sprawl=sprawl,
        invented=invented,
        own_words=_tells(parts.said, expect) if expect.cause else None,
        marked=answer.count(MARK),
        by_code=_tells(parts.by_code, expect) if expect.cause and parts.by_code else None,
        wrong=details,
    )


def swapped(answer: str, known: Iterable[str]) -> tuple[str, ...]:
    """The mismatches that an answer turns round: "80, not 8081" for a known "8081, not 80"."""
    text = answer.replace("`", "").replace("*", "")
    pairs = {pair for each in known for pair in _MISMATCH.findall(each)}
    return tuple(
        f"{wrong}, not {right}"
        for right, wrong in sorted(pairs)
        if right != wrong
        and re.search(
            rf"(?<![\w.-]){re.escape(wrong)},? (?:not|instead of|rather than) "
            rf"{re.escape(right)}(?![\w-]|\.\w)",
            text,
        )
    )


def _tells(text: str, expect: Expectation) -> bool:
    return all(affirms(text, group) for group in expect.cause)


def told_of(answer: str, namespaces: Iterable[str]) -> tuple[str, ...]:
    """The namespaces that the answer tells of: `NS/name`, "namespace NS", "in NS"."""
    text = answer.replace("`", "").replace("*", "")
    return tuple(
        name
        for name in namespaces
        if re.search(
            rf"(?<![\w./-]){re.escape(name)}(?:/| namespace\b)"
            rf"|\b(?:namespace|in|-n)[ :]+{re.escape(name)}(?![\w-])",
            text,
            re.IGNORECASE,
        )
    )


def says_nothing_is_wrong(answer: str) -> bool:
    """Whether the answer says in some words that all is well."""
    return bool(affirms(answer, _NOTHING_WRONG))


def false_alarm(answer: str) -> str:
    """The first word of trouble that the answer affirms ("if it crashes" does not), or nothing."""
    for clause in clauses(answer):
        for match in _ALARM.finditer(clause):
            if not _QUIET.search(clause[: match.start()]):
                return match.group()
    return ""


def invented_names(answer: str, known: Iterable[str]) -> tuple[str, ...]:
    """Object names in the answer that stand in none of the known texts, each once."""
    seen = "\n".join(known).lower()
    found = [match.group() for match in _GENERATED.finditer(answer)]
    for match in _CLAIMED.finditer(answer):
        found += [part for part in match.groups() if part]
    return tuple(
        dict.fromkeys(n for n in found if n.lower() not in seen and n.lower() not in _NO_NAMES)
    )
