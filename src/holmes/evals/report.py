"""One HTML file with every figure and transcript; nothing in it is loaded from elsewhere.

Transcripts hold what clusters and models wrote. The template escapes every text, and the page's own
policy forbids scripts, so that a log line can't become part of the page.
"""

from importlib import resources
from pathlib import Path

from holmes.evals.results import Result, read, settings_of
from holmes.evals.scoring import Score
from holmes.evals.summary import groups_of, judged, label, summarize
from holmes.files import write_atomically

REPORT = "report.html"

_MOST_CHARS = 20_000
"""Of one tool result in the page; results.jsonl has the whole."""


def write(folder: Path) -> Path:
    """Make the report of a folder's results anew, and return its path."""
    import jinja2  # noqa: PLC0415  # 50 ms, at the end of a run

    settings, results = settings_of(folder), read(folder)
    source = resources.files("holmes.evals").joinpath("report.html.j2").read_text(encoding="utf-8")
    page = jinja2.Environment(autoescape=True).from_string(source)
    groups = {name: summarize(group) for name, group in groups_of(results).items()}
    text = page.render(
        title=f"holmes eval: {label(settings)}",
        settings=settings,
        groups={name: {**each.cells(), "judge": judged(each)} for name, each in groups.items()},
        results=sorted(results, key=lambda r: (r.score.passed, r.case, r.repeat)),
        in_words=in_words,
        most=_MOST_CHARS,
    )
    return write_atomically(folder / REPORT, text)


def in_words(result: Result) -> str:
    """The score in words."""
    score = result.score
    quiet = result.expect.verdict == "healthy" and not score.passed and not score.false_alarm
    told = {
        _named(score.object): score.object is not None,
        _cause(score): score.cause is not None,
        "does not say that nothing is wrong": quiet,
        f'false alarm: "{score.false_alarm}"': score.false_alarm,
        f'says what is not so: "{score.forbidden}"': score.forbidden,
        f"goes on about {', '.join(score.sprawl)}": score.sprawl,
        f"wrong: {'; '.join(score.wrong)}": score.wrong,
        f"invented: {', '.join(score.invented)}": score.invented,
        f"{score.marked} marked as unverified": score.marked,
        "no answer": not result.answer,
    }
    return "; ".join(said for said, holds in told.items() if holds) or "nothing to say against it"


def _named(held: bool | None) -> str:  # noqa: FBT001  # a field of the score
    return f"object {'named' if held else 'not named'}"


def _cause(score: Score) -> str:
    """Whether the cause is told, and by whom."""
    authors = {"code": score.by_code, "the model": score.own_words}
    by = " and ".join(who for who, holds in authors.items() if holds)
    return f"cause told by {by or 'both together'}" if score.cause else "cause not told"
