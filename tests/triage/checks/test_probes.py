from triage import builders as b

PROBE = {"httpGet": {"path": "/readyz", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 5}
SPEC = {"containers": [b.container(readinessProbe=PROBE, ports=[{"containerPort": 8080}])]}
UNHEALTHY = b.event(
    "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404",
    field="spec.containers{app}",
)  # fmt: skip


def test_a_path_that_the_app_does_not_have() -> None:
    other = b.container(readinessProbe={"httpGet": {"path": "/ready", "port": 8080}})
    healthy = b.pod("other", ready=True, owner=[], spec={"containers": [other]}, labels={"a": "b"})

    [finding] = b.found_by("probes", b.pod(spec=SPEC), UNHEALTHY, healthy)

    assert "readinessProbe GET /readyz on port 8080 keeps the pods" in finding.cause
    assert "the app answers 404, it has no /readyz (other probes here ask /ready)" in finding.cause


def test_a_port_that_the_app_does_not_listen_on() -> None:
    [finding] = b.found_by(
        "probes", b.pod(spec=SPEC), logs={"web-7d9f-abcde": "listening on 0.0.0.0:9090"}
    )

    assert finding.cause.endswith("the app listens on port 9090, not 8080")


def test_a_liveness_probe_that_kills() -> None:
    spec = {"containers": [b.container(livenessProbe=PROBE)]}
    restarted = b.status(ready=True, restartCount=4, lastState=b.terminated(137))
    killing = b.event("Killing", "…", field="spec.containers{app}", type_="Normal")
    timeout = b.event(
        "Unhealthy", "Liveness probe failed: context deadline exceeded (Client.Timeout exceeded)",
        field="spec.containers{app}",
    )  # fmt: skip
    pod = b.pod(ready=True, spec=spec, containerStatuses=[restarted])

    [finding] = b.found_by("probes", pod, killing, timeout)

    assert finding.cause == (
        "livenessProbe GET /readyz on port 8080 restarts the container: "
        "no answer within timeoutSeconds 1"
    )
    assert not b.found_by("crash_loop", pod, killing, timeout)


def test_a_sick_dependency_explains_it() -> None:
    line = '{"level": "warn", "path": "/readyz", "status": 503, "detail": "db:5432 is down"}'

    [finding] = b.found_by(
        "probes", b.pod(spec=SPEC), b.service("db", selector={"app": "db"}),
        logs={"web-7d9f-abcde": line},
    )  # fmt: skip

    assert [str(ref) for ref in finding.explained_by] == ["Service shop/db"]


def test_a_first_failure_of_a_ready_pod_is_noise() -> None:
    assert not b.found_by("probes", b.pod(ready=True, spec=SPEC), UNHEALTHY)


def test_a_pod_that_just_started_has_time() -> None:
    young = b.status(state={"running": {"startedAt": "2026-11-24T16:19:55Z"}})

    assert not b.found_by("probes", b.pod(spec=SPEC, containerStatuses=[young]))
