from triage import builders as b

CACHE = b.pod(
    "cache-0",
    ready=True,
    owner=b.owned_by("StatefulSet", "cache"),
    labels={"app": "cache"},
    spec={"containers": [b.container(args=["--maxmemory 8mb --maxmemory-policy noeviction"])]},
)
SERVICE = b.service("cache", selector={"app": "cache"}, ports=[{"port": 6379}])
OOM = "WARN cache:6379 unavailable: -OOM command not allowed when used memory > 'maxmemory'."


def test_a_full_redis_is_the_cause_and_its_client_the_symptom() -> None:
    [finding] = b.found(
        b.pod(ready=True), b.replica_set(), CACHE, SERVICE, logs={"web-7d9f-abcde": OOM}
    )

    assert str(finding.subject) == "StatefulSet shop/cache"
    assert finding.cause == (
        "its memory is full and it refuses writes (OOM command not allowed): "
        "maxmemory 8mb, maxmemory-policy noeviction"
    )
    assert "Deployment shop/web" in map(str, finding.affected)


def test_a_server_may_say_it_itself() -> None:
    [finding] = b.found_by(
        "server_replies", CACHE, logs={"cache-0": "ERROR write: no space left on device"}
    )

    assert str(finding.subject) == "StatefulSet shop/cache"
    assert finding.cause == "its disk is full: ERROR write: no space left on device"


def test_other_failures_are_not_replies() -> None:
    assert not b.found_by("server_replies", CACHE, logs={"cache-0": "ERROR connection refused"})
