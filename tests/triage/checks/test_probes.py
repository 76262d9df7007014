import pytest

from holmes.triage.fields import Obj
from holmes.triage.listening import LISTENS
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


def probing(probe: Obj, *, kind: str = "readinessProbe", **more: object) -> Obj:
    made = {**b.container(ports=[{"containerPort": 8080}]), kind: probe, **more}
    spec = {"containers": [made]}
    return b.pod(spec=spec)


@pytest.mark.parametrize(
    ("probe", "said", "log", "why"),
    [
        (
            {"grpc": {"port": 9999}},
            'timeout: failed to connect service "10.0.0.9:9999" within 1s',
            "",
            "the container's ports are 8080, not 9999",
        ),
        (
            {"httpGet": {"port": 8080, "scheme": "HTTPS"}},
            'Get "https://10.0.0.9:8080/": http: server gave HTTP response to HTTPS client',
            "",
            "the probe speaks HTTPS, the app plain HTTP",
        ),
        (
            {"httpGet": {"port": 8080, "scheme": "HTTP"}},
            r'Get "http://10.0.0.9:8080/": net/http: malformed HTTP response "\x00\x00\x06\x04"',
            "",
            "the probe speaks plain HTTP, the app gRPC (HTTP/2)",
        ),
        (
            {"httpGet": {"port": 8080, "scheme": "HTTP"}},
            "HTTP probe failed with statuscode: 400",
            ("http: TLS handshake error from 10.0.0.1: tls: first record does not look like a TLS "
            "handshake"),
            "the probe speaks plain HTTP, the app expects HTTPS (TLS)",
        ),
        (
            {"exec": {"command": ["curl", "localhost"]}},
            ("OCI runtime exec failed: exec failed: unable to start container process: "
            'exec: "curl": executable file not found in $PATH: unknown'),
            "",
            "its command curl does not exist in the container",
        ),
        (  # the events have aged out: the app's own log tells
            {"httpGet": {"port": 8080, "path": "/readyz"}},
            "",
            '10.0.0.1 - - "GET /readyz HTTP/1.1" 404 153 "-" "kube-probe/1.30"',
            "the app answers 404, it has no /readyz",
        ),
        (
            {"tcpSocket": {"port": "admin"}},
            "",
            "",
            "the container has no port named admin",
        ),
    ],
)  # fmt: skip
def test_what_in_the_probe_can_not_work(probe: Obj, said: str, log: str, why: str) -> None:
    events = [b.event("Unhealthy", f"Readiness probe failed: {said}")] if said else []

    [finding] = b.found_by("probes", probing(probe), *events, logs={"web-7d9f-abcde": log})

    assert finding.cause.endswith(f"keeps the pods from becoming ready: {why}")
    assert not said or any(said in line for line in finding.evidence)


def killed(seconds: int, probe: Obj, code: int = 137, **more: object) -> Obj:
    start = f"2026-11-24T16:{20 - seconds // 60 - 1:02}:{60 - seconds % 60:02}Z"
    ended = b.terminated(code, startedAt=start)
    state = b.status(state=b.waiting("CrashLoopBackOff"), restartCount=4, lastState=ended)
    made = probing(probe, kind="livenessProbe", **more)
    made["status"]["containerStatuses"] = [state]
    return made


SLOW = {"httpGet": {"path": "/live", "port": 8080}, "initialDelaySeconds": 5, "periodSeconds": 5}


def test_a_kill_by_a_probe_whose_events_are_gone() -> None:
    pod = killed(22, SLOW)

    [finding] = b.found(pod)

    assert finding.check == "probes"
    assert (
        "livenessProbe GET /live on port 8080 restarts the container: nothing answers on it, "
        in (finding.cause)
    )
    assert "killed 22 s after its start, the probe allows 20 s (initialDelaySeconds 5 + " in (
        finding.cause
    )


def test_a_size_or_a_duration_is_no_status() -> None:
    lines = ["2026-11-24T16:19:50.412+00:00 INFO boot", "GET /live 503 0.4 ms - 12",
             "GET /items 200 49.214 ms - 512"]  # fmt: skip

    [finding] = b.found_by(
        "probes", b.pod(spec=SPEC), UNHEALTHY, logs={"web-7d9f-abcde": "\n".join(lines)}
    )

    assert not any("512" in line or "INFO" in line for line in finding.evidence)
    assert any("GET /live 503" in line for line in finding.evidence)


def test_before_the_startup_probe_succeeds_no_other_kills() -> None:
    pod = killed(22, SLOW)
    quick = {"httpGet": {"path": "/live", "port": 8080}, "periodSeconds": 1, "failureThreshold": 2}
    pod["spec"]["containers"][0]["startupProbe"] = quick
    pod["spec"]["terminationGracePeriodSeconds"] = 1

    [finding] = b.found(pod)

    assert finding.cause.startswith("startupProbe")


def test_an_app_that_needs_longer_than_its_probe_allows() -> None:
    log = "2026-11-24T16:19:40.0Z boot\n2026-11-24T16:19:59.0Z Started Shop in 61.2 seconds"

    [finding] = b.found_by("probes", killed(22, SLOW), logs={"web-7d9f-abcde": log}, previous=True)

    assert "the app is up only 61 s after its start, the probe allows 20 s" in finding.cause


def test_a_tiny_cpu_limit_behind_a_timeout() -> None:
    tiny = {"limits": {"cpu": "20m"}}
    pod = probing({"httpGet": {"port": 8080}}, resources=tiny)
    event = b.event("Unhealthy", "Readiness probe failed: context deadline exceeded")

    [finding] = b.found_by("probes", pod, event)

    assert "its cpu limit of 20m throttles it" in finding.cause


def test_the_events_of_another_container_are_not_its_own() -> None:
    event = b.event("Killing", "Container sidecar failed liveness probe, will be restarted",
                    field="", type_="Normal")  # fmt: skip
    pod = killed(300, SLOW)
    pod["spec"]["containers"].append(b.container("sidecar"))

    assert not b.found_by("probes", pod, event)


def test_where_events_remain_and_none_is_of_a_kill_it_was_no_probe() -> None:
    event = b.event("BackOff", "Back-off restarting failed container app in pod web-7d9f-abcde")

    assert not b.found_by("probes", killed(22, SLOW, code=0), event)


def test_a_port_on_which_another_pod_answers_is_right() -> None:
    probe = {"tcpSocket": {"port": 9090}}
    well = probing(probe)
    well["metadata"]["name"] = "web-7d9f-other"
    well["status"]["containerStatuses"] = [b.status(ready=True)]

    [alone] = b.found_by("probes", probing(probe))
    [beside] = b.found_by("probes", probing(probe), well)

    assert alone.cause.endswith("the container's ports are 8080, not 9090")
    assert "8080" not in beside.cause


@pytest.mark.parametrize(
    ("line", "port"),
    [
        ("Listening on http://0.0.0.0:3000", "3000"),
        ("Tomcat started on port(s): 8081 (http)", "8081"),
        ('{"msg": "server listening", "addr": ":9000"}', "9000"),
        ("running migrations against db:5432", ""),
        ("Started Shop in 61.2 seconds", ""),
    ],
)
def test_the_port_that_a_log_tells(line: str, port: str) -> None:
    found = LISTENS.search(line)

    assert (found[1] if found else "") == port
