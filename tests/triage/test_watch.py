"""`holmes scan --watch`: only what changes is told, and a cluster that is away is waited for."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from holmes.core.finding import Finding, NextCall
from holmes.demo import CLUSTER
from holmes.snapshot.serve import SnapshotServer
from holmes.triage.collect import NotRead, Report
from holmes.triage.watch import Look, changes, watch

CRASH = Finding(
    check="crash_loop",
    severity="critical",
    kind="Deployment",
    namespace="shop",
    name="web",
    cause="crash-loops (9 restarts)",
    next_call=NextCall(tool="kubectl_logs", arguments={}, command="kubectl logs web"),
)


def told(before: list[Finding], after: list[Finding]) -> list[tuple[str, str]]:
    return [(change.kind, change.finding.name) for change in changes(before, after)]


def test_what_comes_and_goes_is_told() -> None:
    other = replace(CRASH, name="api")

    assert told([CRASH], [CRASH, other]) == [("new", "api")]
    assert told([CRASH, other], [other]) == [("gone", "web")]
    assert told([CRASH], [other]) == [("new", "api"), ("gone", "web")]


def test_one_more_restart_is_no_change_and_another_cause_is() -> None:
    assert not told([CRASH], [replace(CRASH, cause="crash-loops (10 restarts)")])
    assert told([CRASH], [replace(CRASH, cause="is out of memory")]) == [("changed", "web")]
    assert told([CRASH], [replace(CRASH, severity="warning")]) == [("changed", "web")]


def test_two_findings_of_one_check_about_one_object_stay_apart() -> None:
    both = [CRASH, replace(CRASH, cause="the sidecar crash-loops")]

    assert not told(both, both)
    assert told(both, [CRASH]) == [("gone", "web")]


def report(*findings: Finding, unread: tuple[NotRead, ...] = ()) -> Report:
    return Report(findings=findings, counts={}, namespaces=1, scope="", unread=unread)


async def looks(*reports: Report) -> list[Look]:
    left = iter(reports)

    async def look() -> Report:
        return next(left)

    found: list[Look] = []
    async for each in watch(look, 0.001):
        found.append(each)
        if len(found) == len(reports):
            break
    return found


@pytest.mark.anyio
async def test_a_list_that_fails_now_takes_nothing_away() -> None:
    away = report(unread=(NotRead(what="pods", why="timed out", decisive=True),))
    first, failed, last = await looks(report(CRASH), away, report(CRASH))
    assert [change.kind for change in first.changes] == ["new"]
    assert not failed.changes
    assert failed.failure == "Could not read pods (timed out)."
    assert not last.changes


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("what", "why", "said"),
    [("pods", "forbidden", "Could not read pods (forbidden)."), ("events", "timed out", "")],
)
async def test_what_can_not_be_read_for_good_is_not_waited_for(
    what: str, why: str, said: str
) -> None:
    before = report(CRASH, unread=(NotRead(what="events", why="too large"),))
    looked = await looks(before, report(unread=(NotRead(what=what, why=why),)))
    assert [change.kind for change in looked[-1].changes] == ["gone"]
    assert looked[-1].failure == said


@pytest.mark.anyio
async def test_a_first_look_that_does_not_see_everything_says_so() -> None:
    [look] = await looks(report(unread=(NotRead(what="pods", why="timed out", decisive=True),)))
    assert look.failure == "Could not read pods (timed out)."


@pytest.fixture
def watching() -> Iterator[tuple[SnapshotServer, "subprocess.Popen[str]"]]:
    with SnapshotServer(CLUSTER) as server:
        arguments = ["--kubeconfig", str(server.kubeconfig), "--watch", "1", "--json"]
        with subprocess.Popen(
            [sys.executable, "-m", "holmes.cli.main", "scan", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield server, process
            finally:
                process.kill()


def test_a_cluster_that_goes_away_is_told_and_waited_for(
    watching: tuple[SnapshotServer, "subprocess.Popen[str]"],
) -> None:
    server, process = watching
    assert process.stdout
    first = json.loads(process.stdout.readline())
    assert first["change"] == "new"
    assert first["finding"]["cause"]

    config = server.kubeconfig.read_text()
    server.kubeconfig.write_text("{}")
    lines = iter(process.stdout.readline, "")
    away = next(line for line in map(json.loads, lines) if line["change"] != "new")
    assert away["change"] == "failed"
    assert away["reason"]
    server.kubeconfig.write_text(config)

    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_an_interval_below_a_second_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "holmes.cli.main", "scan", "--watch", "0.1"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == "holmes: --watch is 0.1. Give seconds, 1 or more.\n"
