"""Measure how well a model with these tools finds what is wrong in recorded clusters.

Interrupted, the same command goes on where it was: a finished question is not asked again.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holmes.cli import options
from holmes.cli.printing import say, warn

if TYPE_CHECKING:
    from holmes.config.settings import Config
    from holmes.evals.results import Result, ResultFile
    from holmes.evals.scenario import Case

NAME = "eval"
HELP = "score a model on recorded incidents, with a report; compare two runs"

DEFAULT_SCENARIOS = Path("evals/scenarios")
DEFAULT_OUT = Path("eval-results")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which questions, which model, where results go, and what to do with results."""
    parser.add_argument(
        "scenarios", nargs="*", metavar="SCENARIO", help="NAME, NAME/KIND or a folder (all)"
    )
    group = parser.add_argument_group("questions")
    group.add_argument(
        "--scenarios",
        dest="root",
        metavar="DIR",
        type=Path,
        default=DEFAULT_SCENARIOS,
        help="folder of scenarios (evals/scenarios)",
    )
    group.add_argument(
        "--set", dest="sets", metavar="SET", action="append", default=[],
        help="recorded, heldout, healthy, development-2026-11-30, evidence, …; repeatable",
    )  # fmt: skip
    group.add_argument(
        "--kind", dest="kinds", metavar="KIND", action="append", default=[],
        help="broad, namespace, symptom, …; repeatable",
    )  # fmt: skip
    group.add_argument(
        "--from", dest="foreign", metavar=("FORMAT", "PATH"), nargs=2,
        help="another benchmark's scenarios, of which the manifests are read: holmesgpt",
    )  # fmt: skip
    group.add_argument(
        "--context", metavar="NAME", default="",
        help="with --from: ask of this live cluster, where you have set the scenarios up",
    )  # fmt: skip
    group.add_argument("--repeat", type=int, metavar="K", default=1, help="times each (1)")
    group.add_argument("--list", action="store_true", help="show the questions, ask none")
    options.add_model(parser)
    options.add_limits(parser)
    options.add_config(parser)
    run_group = parser.add_argument_group("run")
    run_group.add_argument(
        "--no-triage",
        dest="triage",
        action="store_false",
        help="without find_problems and what it shows a small model first",
    )
    run_group.add_argument("--jobs", type=int, metavar="N", default=1, help="questions at once (1)")
    run_group.add_argument("--judge-model", metavar="NAME", help="a second model marks the prose")
    run_group.add_argument("--judge-api-base", metavar="URL", help="its server, where another")
    run_group.add_argument("--judge-api-key", metavar="KEY", help="its key, where another")
    _add_results(parser)


def _add_results(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("results")
    group.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=DEFAULT_OUT,
        help="results.jsonl and report.html; a run in it goes on (eval-results)",
    )
    group.add_argument(
        "--min-score", type=float, metavar="SHARE", help="exit 1 below this pass@1 (0 to 1)"
    )
    group.add_argument(
        "--rescore", action="store_true", help="score DIR's answers anew, ask nothing"
    )
    group.add_argument(
        "--table", nargs="+", metavar="DIR", type=Path, help="print runs as a Markdown table"
    )
    group.add_argument(
        "--into", metavar="FILE", type=Path, help="with --table: between the marks of a document"
    )
    group.add_argument(
        "--compare", nargs=2, metavar=("BEFORE", "AFTER"), type=Path, help="what changed"
    )
    group.add_argument(
        "--fail-on-regression", action="store_true", help="with --compare: exit 1 on any"
    )


def run(args: argparse.Namespace) -> int:
    """Return 0, or 1 where the score is below --min-score or --compare found a regression."""
    if args.table:
        return _table(args.table, args.into)
    if args.compare:
        return _compare(*args.compare, fail=args.fail_on_regression)
    from holmes.evals import scenario  # noqa: PLC0415  # see cli/main.py

    if args.foreign:
        cases = _imported(args)
    else:
        cases = scenario.select(args.root, args.scenarios, sets=args.sets, kinds=args.kinds)
    if args.list:
        for case in cases:
            say(f"{case.scenario.set:9} {case.name:28} {case.question.ask}")
        return 0
    if args.rescore:
        return _rescore(cases, args.out, args.min_score)
    return _measure(args, cases)


def _imported(args: argparse.Namespace) -> "list[Case]":
    """The questions of another benchmark's scenarios, telling what can't run of each."""
    from holmes.core.errors import UsageError  # noqa: PLC0415  # see cli/main.py
    from holmes.evals.imported import import_from  # noqa: PLC0415

    if not (args.list or args.judge_model):
        raise UsageError(
            "What is right is told in prose there.", hint="Give --judge-model NAME, or --list."
        )
    format_, path = args.foreign
    found = import_from(format_, Path(path), args.out / "imported")
    wanted = [each for each in found
              if not args.scenarios or each.cases[0].scenario.name in args.scenarios]  # fmt: skip
    for each in wanted if not args.context else ():
        warn(f"{each.cases[0].scenario.name}: without {'; '.join(each.missing)}")
    return [case for each in wanted for case in each.cases]


def _table(folders: list[Path], document: Path | None) -> int:
    from holmes.evals.summary import markdown_table, write_table  # noqa: PLC0415  # see cli/main.py

    if document is None:
        say(markdown_table(folders))
    else:
        write_table(folders, document)
    return 0


def _measure(args: argparse.Namespace, cases: "list[Case]") -> int:
    from holmes.cli.ending import Terminated, run_to_end  # noqa: PLC0415
    from holmes.config import settings as configuration  # noqa: PLC0415  # see cli/main.py
    from holmes.core.errors import UsageError  # noqa: PLC0415
    from holmes.evals import report  # noqa: PLC0415
    from holmes.evals.results import ResultFile  # noqa: PLC0415
    from holmes.evals.run import repeated, without_triage  # noqa: PLC0415

    if args.repeat < 1 or args.jobs < 1:
        raise UsageError("--repeat and --jobs are 1 or more.")
    if args.context and not args.foreign:
        raise UsageError("--context goes with --from: our own scenarios are recorded.")
    if args.min_score is not None and not 0 <= args.min_score <= 1:
        raise UsageError(f"--min-score is {args.min_score:g}.", hint="Give a share from 0 to 1.")
    config = configuration.load(options.flags(args))
    if not args.triage:
        config = without_triage(config)
    into = ResultFile(args.out, _settings(config, args))
    try:
        run_to_end(_run(args, config, repeated(cases, args.repeat), into))
    except Terminated as ending:
        warn(f"holmes: ended by {ending.signal}; the same command goes on")
        return ending.code
    finally:
        if (args.out / "results.jsonl").is_file():
            warn(f"report: {report.write(args.out)}")
    return _conclude(args.out, args.min_score)


def _settings(config: "Config", args: argparse.Namespace) -> dict[str, Any]:
    """What makes two runs comparable; the server's address and the number of repeats do not."""
    return {
        "model": config.model_name,
        "tool_mode": config.tool_mode,
        "guidance": config.guidance,
        "max_steps": config.max_steps,
        "timeout": config.timeout,
        "window": config.window,
        "triage": args.triage,
        "toolsets": [str(path) for path in config.toolset_files],
        "judge": args.judge_model,
    }


async def _run(
    args: argparse.Namespace, config: "Config", cases: "list[Case]", into: "ResultFile"
) -> None:
    from contextlib import AsyncExitStack  # noqa: PLC0415
    from dataclasses import replace  # noqa: PLC0415

    from holmes import cluster  # noqa: PLC0415
    from holmes import runtime as app  # noqa: PLC0415
    from holmes.evals.run import run_all  # noqa: PLC0415
    from holmes.models.client.chat_completions import ChatCompletionsModel  # noqa: PLC0415

    finished = into.finished()
    done = sum(case.key in finished for case in cases)
    if done:
        warn(f"{done} of {len(cases)} are finished in {into.folder}")
    progress = _Progress(done, len(cases))
    async with AsyncExitStack() as stack:
        judge = None
        if args.judge_model:
            asked = replace(
                config,
                model=args.judge_model,
                named=None,
                api_base=args.judge_api_base or config.address,
                # A key goes to the server that it is for, and to no other.
                api_key=args.judge_api_key or ("" if args.judge_api_base else config.key),
            )
            client = await stack.enter_async_context(app.server(asked, progress.notice))
            judge = ChatCompletionsModel(client)
            stack.push_async_callback(judge.aclose)
        await run_all(
            config,
            cases,
            into,
            jobs=args.jobs,
            judge=judge,
            told=progress,
            emit=progress.notice,
            live=replace(cluster.chosen(config), context=args.context) if args.context else None,
        )


class _Progress:
    def __init__(self, done: int, total: int) -> None:
        self._done = done
        self._total = total

    def __call__(self, result: "Result") -> None:
        from holmes.evals.report import in_words  # noqa: PLC0415  # loaded by now
        from holmes.render.text import counted, duration  # noqa: PLC0415

        self._done += 1
        mark = "✓" if result.score.passed else "✗"
        seconds = duration(result.document["seconds"]["total"])
        calls = counted(len(result.tool_calls), "call")
        told = f"{calls}, {seconds}: {result.error or in_words(result)}"
        warn(f"[{self._done}/{self._total}] {mark} {result.case} #{result.repeat}  {told}")

    @staticmethod
    def notice(event: object) -> None:
        """Show what a person should know about the server."""
        if text := getattr(event, "text", ""):
            warn(text)


def _conclude(folder: Path, least: float | None) -> int:
    from holmes.evals.results import read  # noqa: PLC0415  # see cli/main.py
    from holmes.evals.summary import markdown_table, summarize  # noqa: PLC0415

    results = read(folder)
    say(markdown_table([folder]))
    passed = summarize(results).first.part
    if least is not None and passed < least:
        warn(f"pass@1 is {passed:.2f}, below {least:g}")
        return 1
    return 0


def _rescore(cases: "list[Case]", folder: Path, least: float | None) -> int:
    import msgspec  # noqa: PLC0415  # see cli/main.py

    from holmes.evals import report  # noqa: PLC0415
    from holmes.evals.results import ResultFile, read, scored, settings_of  # noqa: PLC0415

    expected = {(case.name, case.fingerprint): case for case in cases}
    results = []
    for result in read(folder):
        case = expected.get((result.case, result.fingerprint))
        expect = case.expect if case else result.expect
        results.append(
            msgspec.structs.replace(
                result,
                expect=expect,
                truth=case.truth if case else result.truth,
                score=scored(result, expect),
            )
        )
    ResultFile(folder, settings_of(folder)).replace(results)
    warn(f"report: {report.write(folder)}")
    return _conclude(folder, least)


def _compare(before: Path, after: Path, *, fail: bool) -> int:
    from holmes.evals.results import read  # noqa: PLC0415  # see cli/main.py
    from holmes.evals.statistics import sign_test  # noqa: PLC0415
    from holmes.evals.summary import compare, markdown_table  # noqa: PLC0415

    say(f"{markdown_table([before, after])}\n")
    both = compare(read(before), read(after))
    changes = [change for change in both if change.before != change.after]
    for change in changes:
        what = "worse " if change.is_regression else "better"
        say(f"{what} {change.case}: {change.before:.0%} → {change.after:.0%}")
    worse = sum(change.is_regression for change in changes)
    better = len(changes) - worse
    chance = f" (by chance: p = {sign_test(worse, better):.2g}, sign test)" if changes else ""
    say(f"{worse} worse, {better} better of {len(both)} questions{chance}")
    return 1 if fail and worse else 0
