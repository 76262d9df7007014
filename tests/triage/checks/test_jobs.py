from holmes.triage.fields import Obj
from triage import builders as b

TRACE = "Traceback (most recent call last):\n  File x\npsycopg2.errors.Dup: column exists\n"


def job(name: str = "migrate", *, owner: list[Obj] | None = None, **status: object) -> Obj:
    made = b.obj("Job", name, spec={"backoffLimit": 2}, status=status)
    made["metadata"]["ownerReferences"] = owner or []
    return made


def failed_pod() -> Obj:
    return b.pod(
        "migrate-x1", phase="Failed", owner=b.owned_by("Job", "migrate"),
        containerStatuses=[b.status(state=b.terminated(1))],
    )  # fmt: skip


FAILED = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}


def test_a_failed_job_says_its_last_words() -> None:
    [finding] = b.found(
        job(failed=3, conditions=[FAILED]), failed_pod(), logs={"migrate-x1": TRACE}
    )

    assert finding.cause == (
        "the Job failed (BackoffLimitExceeded, backoffLimit 2, exit code 1): "
        "psycopg2.errors.Dup: column exists"
    )
    assert [str(ref) for ref in finding.affected] == ["Pod shop/migrate-x1"]


def test_a_job_that_keeps_failing_is_a_warning() -> None:
    [finding] = b.found_by("jobs", job(failed=1, active=1), failed_pod())

    assert finding.severity == "warning"


def test_a_deadline() -> None:
    late = {**FAILED, "reason": "DeadlineExceeded", "message": "Job was active too long"}

    [finding] = b.found_by("jobs", job(conditions=[late]))

    assert finding.cause == "the Job failed (DeadlineExceeded): Job was active too long"


def test_a_failure_that_a_later_run_made_good_is_history() -> None:
    cron = b.owned_by("CronJob", "nightly")
    complete = {"type": "Complete", "status": "True"}
    later = job("nightly-2", owner=cron, conditions=[complete])
    later["metadata"]["creationTimestamp"] = b.NOW

    assert not b.found_by("jobs", job("nightly-1", owner=cron, conditions=[FAILED]), later)


def test_a_completed_job_is_well() -> None:
    assert not b.found_by("jobs", job(succeeded=1, conditions=[]))


ENDED = [b.status(state=b.terminated(2))]


def test_a_bare_pod_that_failed() -> None:
    [finding] = b.found_by(
        "jobs", b.pod("once", phase="Failed", owner=[], containerStatuses=ENDED),
        logs={"once": "panic: no config"},
    )  # fmt: skip

    assert finding.cause == "container app ended with exit code 2: panic: no config"


def test_a_pod_of_a_job_is_the_jobs_affair() -> None:
    owner = b.owned_by("Job", "migrate")

    assert not b.found_by("jobs", b.pod(phase="Failed", owner=owner, containerStatuses=ENDED))


def test_a_deadline_of_a_pods_own() -> None:
    pod = b.pod(
        "load", phase="Failed", owner=[], spec={"activeDeadlineSeconds": 600},
        reason="DeadlineExceeded", message="Pod was active on the node longer than specified",
    )  # fmt: skip
    [finding] = b.found_by("jobs", pod)
    assert finding.cause == "it was ended for running longer than its activeDeadlineSeconds 600"
