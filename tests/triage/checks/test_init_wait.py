from triage import builders as b

WAITING = b.pod(
    phase="Pending",
    spec={"initContainers": [b.container("wait", command=["sh", "-c", "nc -z db 5432"])]},
    initContainerStatuses=[b.status("wait")],
    containerStatuses=[b.status(state=b.waiting("PodInitializing"))],
)
LOG = {"web-7d9f-abcde/wait": "server can't find db.shop.svc.cluster.local: NXDOMAIN"}


def test_a_service_with_another_name() -> None:
    [finding] = b.found_by("init_wait", WAITING, b.service("db-main"), logs=LOG)

    assert finding.cause == (
        "init container wait never finishes: it waits for db, and no Service db exists in shop"
    )


def test_a_near_miss_is_named() -> None:
    log = {"web-7d9f-abcde/wait": "waiting for ledger-postgres: can't resolve ledger-postgres"}

    [finding] = b.found_by("init_wait", WAITING, b.service("ledger-pg"), logs=log)

    assert "(Service ledger-pg exists)" in finding.cause


def test_a_service_that_is_not_ready_explains_it() -> None:
    database = b.pod("db-0", owner=b.owned_by("StatefulSet", "db"), labels={"app": "db"})

    [finding] = b.found_by("init_wait", WAITING, b.service("db", selector={"app": "db"}), database)

    assert [str(ref) for ref in finding.explained_by] == ["Service shop/db", "StatefulSet shop/db"]


def test_a_sidecar_is_meant_to_run() -> None:
    sidecar = b.container("wait", restartPolicy="Always")
    spec = {"initContainers": [sidecar]}

    assert not b.found_by("init_wait", b.pod(spec=spec, initContainerStatuses=[b.status("wait")]))


def test_one_that_works_on_something_healthy_has_time() -> None:
    young = b.status("wait", state={"running": {"startedAt": "2026-11-24T16:15:00Z"}})
    working = {**WAITING, "status": {**WAITING["status"], "initContainerStatuses": [young]}}
    database = b.pod("db-0", ready=True, owner=[], labels={"app": "db"})

    assert not b.found_by("init_wait", working, b.service("db", selector={"app": "db"}), database)
