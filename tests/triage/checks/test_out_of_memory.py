from triage import builders as b

LIMITED = {"containers": [b.container(resources={"limits": {"memory": "128Mi"}})]}


def test_killed_at_start_names_the_limit() -> None:
    end = b.terminated(137, "OOMKilled", startedAt="2026-11-24T16:19:58Z")
    state = b.status(state=b.waiting("CrashLoopBackOff"), lastState=end, restartCount=6)

    [finding] = b.found_by("out_of_memory", b.pod(spec=LIMITED, containerStatuses=[state]))

    assert finding.cause == (
        "container app is OOMKilled (exit 137): it exceeds its memory limit of 128Mi "
        "2 s after it started"
    )
    assert finding.severity == "critical"


def test_growth_is_told_from_a_bad_start() -> None:
    state = b.status(ready=True, lastState=b.terminated(137, "OOMKilled"), restartCount=1)

    [finding] = b.found_by(
        "out_of_memory", b.pod(ready=True, spec=LIMITED, containerStatuses=[state])
    )

    assert finding.cause.endswith("after growing for 20 min")


def test_long_recovered_is_no_finding() -> None:
    end = b.terminated(137, "OOMKilled", finishedAt="2026-11-24T12:00:00Z")

    assert not b.found_by(
        "out_of_memory",
        b.pod(ready=True, containerStatuses=[b.status(ready=True, lastState=end, restartCount=1)]),
    )
