from holmes.triage.fields import Obj
from triage import builders as b


def cron(*, policy: str = "Allow", suspend: bool = False, active: str = "") -> Obj:
    runs = [{"name": active}] if active else []
    return b.obj(
        "CronJob", "nightly", spec={"concurrencyPolicy": policy, "suspend": suspend},
        status={"active": runs},
    )  # fmt: skip


def run(started: str) -> Obj:
    return b.obj("Job", "nightly-1", status={"startTime": started, "active": 1})


def test_a_hung_run_keeps_the_next_ones_from_starting() -> None:
    [finding] = b.found_by(
        "cron_jobs", cron(policy="Forbid", active="nightly-1"), run("2026-11-24T10:20:00Z")
    )

    assert finding.cause == (
        "its run nightly-1 has been active for 360 min and, with concurrencyPolicy Forbid, keeps "
        "later runs from starting"
    )


def test_a_suspended_one_is_a_remark() -> None:
    [finding] = b.found_by("cron_jobs", cron(suspend=True))

    assert finding.severity == "info"


def test_starts_that_were_missed() -> None:
    missed = b.event("TooManyMissedTimes", "too many", kind="CronJob", name="nightly")

    [finding] = b.found_by("cron_jobs", cron(), missed)

    assert finding.cause == "its runs don't start: TooManyMissedTimes: too many"


def test_a_run_of_some_minutes_is_well() -> None:
    assert not b.found_by("cron_jobs", cron(policy="Forbid", active="nightly-1"), run(b.START))
