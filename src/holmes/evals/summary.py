"""Many results in few figures: shares with intervals, what a question cost, what got worse."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from holmes.core.errors import UsageError
from holmes.evals.results import Result, read, settings_of
from holmes.evals.statistics import Share, share


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Figures of a group of results; `questions` is the number that each interval rests on.

    first         share of runs that pass, where one question is asked once (pass@1)
    every         share of questions that pass in each of their repeats
    object, cause of those where one is expected
    by_code       the cause, in what code states, where it states anything
    own_words     the cause, in the model's own words
    wrong         runs with a wrong detail
    calm          share of the questions without anything wrong that raised no alarm
    invented      runs with a name that is in no evidence
    tokens        medians of a run: prompt, of those cached, completion; None where not told
    """

    questions: int
    runs: int
    repeats: int
    first: Share
    every: Share
    object: Share
    cause: Share
    by_code: Share
    own_words: Share
    calm: Share
    invented: int
    wrong: int
    calls: float
    seconds: float
    slowest: float
    prompt_tokens: float | None
    cached_tokens: float | None
    completion_tokens: float | None
    mark: float | None

    def cells(self) -> dict[str, str]:
        """The figures as they are printed, by their column."""
        return {
            "questions x repeats": f"{self.questions} x {self.repeats}",
            "pass@1": str(self.first),
            "all of k": str(self.every),
            "object": str(self.object),
            "cause": str(self.cause),
            "cause by code": str(self.by_code),
            "cause in own words": str(self.own_words),
            "no false alarm": str(self.calm),
            "invented": str(self.invented),
            "wrong detail": str(self.wrong),
            "calls": f"{self.calls:.0f}",
            "tokens in (cached)": f"{_whole(self.prompt_tokens)} ({_whole(self.cached_tokens)})",
            "out": _whole(self.completion_tokens),
            "seconds": f"{self.seconds:.0f} (max {self.slowest:.0f})",
        }


def summarize(results: Sequence[Result]) -> Figures:
    """The figures of these results; repeats are not independent, so intervals count questions."""
    questions = _by_question(results)
    healthy = [r for r in results if r.expect.calm]
    marks = [r.judge["mark"] for r in results if r.judge and r.judge.get("mark") is not None]
    return Figures(
        questions=len(questions),
        runs=len(results),
        repeats=max((len(runs) for runs in questions.values()), default=0),
        first=_share(results, lambda r: r.score.passed),
        every=_share(
            [runs[0] for runs in questions.values()],
            lambda r: all(each.score.passed for each in questions[r.case]),
        ),
        object=_share(results, lambda r: r.score.object),
        cause=_share(results, lambda r: r.score.cause),
        by_code=_share(results, lambda r: r.score.by_code),
        own_words=_share(results, lambda r: r.score.own_words),
        calm=_share(healthy, lambda r: not r.score.false_alarm),
        invented=sum(bool(r.score.invented) for r in results),
        wrong=sum(bool(r.score.wrong) for r in results),
        calls=_median(len(r.tool_calls) for r in results) or 0.0,
        seconds=_median(r.seconds for r in results) or 0.0,
        slowest=max((r.seconds for r in results), default=0.0),
        prompt_tokens=_median(_tokens(r, "prompt_tokens") for r in results),
        cached_tokens=_median(_tokens(r, "cached_tokens") for r in results),
        completion_tokens=_median(_tokens(r, "completion_tokens") for r in results),
        mark=mean(marks) if marks else None,
    )


def _by_question(results: Iterable[Result]) -> dict[str, list[Result]]:
    questions: dict[str, list[Result]] = {}
    for result in results:
        questions.setdefault(result.case, []).append(result)
    return questions


def _share(results: Iterable[Result], holds: Callable[[Result], bool | None]) -> Share:
    """Of the results of which it can be told (not None), those of which it holds."""
    told = [(result, held) for result in results if (held := holds(result)) is not None]
    part = mean(held for _, held in told) if told else 0.0
    return share(part, len({result.case for result, _ in told}))


def _median(values: Iterable[Any]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return median(known) if known else None


def _tokens(result: Result, name: str) -> int | None:
    found = result.document.get("usage", {}).get(name)
    return found if isinstance(found, int) else None


def groups_of(results: Sequence[Result]) -> dict[str, list[Result]]:
    """All results, and those of each set and of each kind of question about an incident."""
    groups = {"all": list(results)}
    for name in dict.fromkeys(r.set for r in results):
        groups[f"set {name}"] = [r for r in results if r.set == name]
    incidents = [r for r in results if r.expect.verdict == "incident"]
    for kind in dict.fromkeys(r.kind for r in incidents):
        groups[f"asked: {kind}"] = [r for r in incidents if r.kind == kind]
    return groups


def markdown_table(folders: Sequence[Path]) -> str:
    """One table of the runs in these folders, a row for each and for each of its groups."""
    rows = [["run", *summarize(()).cells()]]
    rows.append(["---"] * len(rows[0]))
    for folder in folders:
        title = label(settings_of(folder))
        for name, group in groups_of(read(folder)).items():
            shown = f"**{title}**" if name == "all" else name
            rows.append([shown, *summarize(group).cells().values()])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


BEGIN, END = "<!-- holmes eval --table: begin -->", "<!-- holmes eval --table: end -->"


def write_table(folders: Sequence[Path], document: Path) -> None:
    """Put the table, and what its runs were made on, between the two marks of a document."""
    try:
        text = document.read_text(encoding="utf-8")
    except OSError as error:
        reason = f"can't be read: {error.strerror}"
        raise UsageError(f'"{document}" {reason}.', hint="Check --into.") from error
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UsageError(
            f'"{document}" has no place for the table.', hint=f'Add the lines "{BEGIN}", "{END}".'
        )
    made = [f"- {label(s)}: {_told(s.get('made') or {})}" for s in map(settings_of, folders)]
    block = "\n\n".join([BEGIN, markdown_table(folders), "\n".join(made), END])
    document.write_text(before + block + after, encoding="utf-8")


def _told(made: dict[str, Any]) -> str:
    parts = [made.get("date"), f"{made['cores']} cores" if made.get("cores") else None]
    parts += [made.get("machine"), f"holmes {made['holmes']}" if made.get("holmes") else None]
    return ", ".join(str(part) for part in parts if part) or "not told"


def label(settings: dict[str, Any]) -> str:
    """What was measured, in a few words."""
    parts = [str(settings.get("model") or "the server's only model")]
    if settings.get("window"):
        parts.append(f"window {settings['window']}")
    parts.append("triage" if settings.get("triage") else "no triage")
    if settings.get("tool_mode") not in {None, "auto"}:
        parts.append(str(settings["tool_mode"]))
    if settings.get("guidance") not in {None, "auto"}:
        parts.append(f"guidance {settings['guidance']}")
    return ", ".join(parts)


def judged(figures: Figures) -> str:
    """The judge's mean mark."""
    return "-" if figures.mark is None else f"{figures.mark:.1f} of 5"


def _whole(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One question in two runs: the share of its repeats that pass, before and after."""

    case: str
    before: float
    after: float

    @property
    def is_regression(self) -> bool:
        """Whether it passes less often than before."""
        return self.after < self.before


def compare(before: Sequence[Result], after: Sequence[Result]) -> list[Change]:
    """Every question of both runs, regressions first."""
    old, new = _by_question(before), _by_question(after)
    both = [
        Change(case=case, before=_passes(old[case]), after=_passes(new[case]))
        for case in old
        if case in new
    ]
    return sorted(both, key=lambda change: (not change.is_regression, change.case))


def _passes(results: Sequence[Result]) -> float:
    return mean(result.score.passed for result in results)
