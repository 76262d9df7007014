"""One HTML file with every figure and transcript; nothing in it is loaded from elsewhere.

Transcripts hold what clusters and models wrote. The template escapes every text, and the page's own
policy forbids scripts, so that a log line can't become part of the page.
"""

from importlib import resources
from pathlib import Path

from holmes.evals.results import Result, read, settings_of
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
    parts = []
    if score.object is not None:
        parts.append(f"object {'named' if score.object else 'not named'}")
    if score.cause is not None:
        parts.append(f"cause {'told' if score.cause else 'not told'}")
    if result.expect.verdict == "healthy" and not score.passed and not score.false_alarm:
        parts.append("does not say that nothing is wrong")
    if score.false_alarm:
        parts.append(f'false alarm: "{score.false_alarm}"')
    if score.forbidden:
        parts.append(f'says what is not so: "{score.forbidden}"')
    if score.sprawl:
        parts.append(f"goes on about {', '.join(score.sprawl)}")
    if score.invented:
        parts.append(f"invented: {', '.join(score.invented)}")
    if score.marked:
        parts.append(f"{score.marked} marked as unverified")
    if not result.answer:
        parts.append("no answer")
    return "; ".join(parts) or "nothing to say against it"
