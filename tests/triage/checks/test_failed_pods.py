from triage import builders as b

ENDED = [b.status(state=b.terminated(2))]


def test_a_bare_pod_that_failed() -> None:
    [finding] = b.found_by(
        "failed_pods", b.pod("once", phase="Failed", owner=[], containerStatuses=ENDED),
        logs={"once": "panic: no config"},
    )  # fmt: skip

    assert finding.cause == "container app ended with exit code 2: panic: no config"


def test_a_pod_of_a_job_is_the_jobs_affair() -> None:
    owner = b.owned_by("Job", "migrate")

    assert not b.found_by(
        "failed_pods", b.pod(phase="Failed", owner=owner, containerStatuses=ENDED)
    )
