"""Why a query gave an error or nothing: which metric, label or value of it is not there."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from holmes.core.ranking import Ranking, terms
from holmes.toolsets.configured.prometheus.api import Api, QueryError

_SELECTOR = re.compile(
    r"(?P<name>[a-zA-Z_:][\w:]*)?\s*(?P<braces>\{(?:[^{}\"']|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')*\})"
    r"|(?P<bare>[a-zA-Z_:][\w:]*)(?!\s*\()"
)
_MATCHER = re.compile(r"([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*(\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')")
_TEXTS = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_LISTS = re.compile(
    r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)", re.IGNORECASE
)
_UNKNOWN_FUNCTION = re.compile(
    r'unknown func(?:tion with name)? "(\w+)"|unsupported function "(\w+)"'
)
# prometheus.io/docs/prometheus/latest/querying: operators that stand where a name may, functions.
_WORDS = frozenset(
    [
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "bool",
        "offset",
        "and",
        "or",
        "unless",
        "atan2",
        "inf",
        "nan",
        "start",
        "end",
    ]
)
FUNCTIONS = [
    "abs",
    "absent",
    "absent_over_time",
    "avg",
    "avg_over_time",
    "bottomk",
    "ceil",
    "changes",
    "clamp",
    "clamp_max",
    "clamp_min",
    "count",
    "count_over_time",
    "count_values",
    "day_of_month",
    "day_of_week",
    "days_in_month",
    "delta",
    "deriv",
    "exp",
    "floor",
    "group",
    "histogram_quantile",
    "holt_winters",
    "hour",
    "idelta",
    "increase",
    "irate",
    "label_join",
    "label_replace",
    "last_over_time",
    "ln",
    "log10",
    "log2",
    "max",
    "max_over_time",
    "min",
    "min_over_time",
    "minute",
    "month",
    "predict_linear",
    "present_over_time",
    "quantile",
    "quantile_over_time",
    "rate",
    "resets",
    "round",
    "scalar",
    "sgn",
    "sort",
    "sort_desc",
    "sqrt",
    "stddev",
    "stddev_over_time",
    "stdvar",
    "stdvar_over_time",
    "sum",
    "sum_over_time",
    "time",
    "timestamp",
    "topk",
    "vector",
    "year",
]
_MOST_NAMED = 3
_MOST_LOOKED_AT = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Selector:
    """One selector of a query; each matcher is label, operator and value, and its text."""

    name: str
    matchers: tuple[tuple[str, str, str, str], ...]

    @property
    def text(self) -> str:
        """As PromQL writes it."""
        inner = ",".join(text for *_, text in self.matchers)
        return f"{self.name}{{{inner}}}" if inner or not self.name else self.name


def selectors(query: str) -> Iterator[Selector]:
    """The selectors of a query, found without parsing the rest of it."""
    seen = set()
    # A list of labels holds none, and a text outside of braces is an argument.
    for match in _SELECTOR.finditer(_LISTS.sub(" ", query)):
        name = match["name"] or match["bare"] or ""
        if match["bare"] and (name.lower() in _WORDS or _inside_text(query, match["bare"])):
            continue
        found = tuple(
            (label, operator, value[1:-1], f"{label}{operator}{value}")
            for label, operator, value in _MATCHER.findall(match["braces"] or "")
        )
        selector = Selector(name=name, matchers=found)
        if (name or found) and selector not in seen and name not in FUNCTIONS:
            seen.add(selector)
            yield selector


def _inside_text(query: str, word: str) -> bool:
    return not re.search(rf"\b{re.escape(word)}\b", _TEXTS.sub('""', query))


def nearest(word: str, among: Sequence[str], most: int = _MOST_NAMED) -> list[str]:
    """The names that are most like a word: those that share words with it, then by spelling."""
    ranked = Ranking(terms(each.replace("_", " ")) for each in among)
    best = [among[place] for place in ranked.best(terms(word.replace("_", " ")), 20)]
    close = difflib.get_close_matches(word, best or among, n=most, cutoff=0.5)
    return list(dict.fromkeys([*close, *best]))[:most]


def _or(names: Sequence[str]) -> str:
    return f"; nearest: {', '.join(names)}" if names else ""


async def of_error(api: Api, error: QueryError, query: str, since: float, until: float) -> str:
    """What the server said, with the nearest name for what it does not know."""
    said = error.message
    if match := _UNKNOWN_FUNCTION.search(said):
        word = match[1] or match[2]
        return f"{said}{_or(difflib.get_close_matches(word, FUNCTIONS, n=2))}"
    if error.kind == "timeout":
        return f"{said}: ask for a shorter time, or for fewer series"
    lacking = await of_nothing(api, query, since, until) if error.kind == "bad_data" else ""
    return f"{said} ({lacking})" if lacking else said


async def of_nothing(api: Api, query: str, since: float, until: float) -> str:
    """Which part of a query matches nothing in that time; empty where each selector matches."""
    for selector in list(selectors(query))[:_MOST_LOOKED_AT]:
        if said := await _lacking(api, selector, since, until):
            return said
    return ""


async def _lacking(api: Api, selector: Selector, since: float, until: float) -> str:
    if await api.label_values("__name__", [selector.text], since, until):
        return ""
    name = selector.name
    if name and not await api.label_values("__name__", [name], since, until):
        return f'no metric "{name}"{_or(nearest(name, await api.names(since, until)))}'
    of = f' of "{name}"' if name else ""
    match = [name] if name else []
    known = await api.labels(match, since, until)
    for label, operator, value, text in selector.matchers:
        if operator.startswith("!"):
            continue
        if label not in known and label != "__name__":
            return f'no series{of} has the label "{label}"; labels: {", ".join(known[1:])}'
        alone = f"{name}{{{text}}}"
        if not await api.label_values("__name__", [alone], since, until):
            values = await api.label_values(label, match, since, until)
            return f"no series{of} has {text}{_or(nearest(value, values) or values[:_MOST_NAMED])}"
    return f"each part of {selector.text} is there, but no series has all of them"
