import pytest

from holmes.triage.fields import Obj
from triage import builders as b


def looping(spec: Obj | None = None) -> Obj:
    state = b.status(state=b.waiting("CrashLoopBackOff"), lastState=b.terminated(1), restartCount=7)
    return b.pod(spec=spec, containerStatuses=[state])


def test_quotes_the_fatal_line_of_the_previous_run() -> None:
    log = '{"level": "info", "msg": "starting"}\n{"level": "fatal", "msg": "DB_URL is not set"}'

    [finding] = b.found_by(
        "crash_loop", b.replica_set(), looping(), logs={"web-7d9f-abcde": log}, previous=True
    )

    assert str(finding.subject) == "Deployment shop/web"
    assert finding.cause == (
        "container app crash-loops (CrashLoopBackOff, 7 restarts, exit code 1): DB_URL is not set"
    )
    assert finding.evidence == ('log of web-7d9f-abcde (previous run): "msg": "DB_URL is not set"',)
    assert finding.next_call.command.endswith("-c app --previous")


def test_an_exit_code_speaks_where_the_log_is_empty() -> None:
    state = b.status(state=b.waiting("CrashLoopBackOff"), lastState=b.terminated(127))

    [finding] = b.found_by("crash_loop", b.pod(containerStatuses=[state]))

    assert "the command does not exist in the image (exit 127)" in finding.cause


def test_a_config_error_is_joined_to_its_config_map() -> None:
    spec = {
        "containers": [
            b.container(volumeMounts=[{"name": "conf", "mountPath": "/etc/nginx/site"}])
        ],
        "volumes": [{"name": "conf", "configMap": {"name": "site"}}],
    }
    line = "2026/11/24 16:20:10 [emerg] 1#1: unknown directive in /etc/nginx/site/a.conf:2"

    [finding] = b.found_by(
        "crash_loop",
        looping(spec=spec),
        b.config_map("site", **{"a.conf": "server {\n  lisen 80;\n}"}),
        logs={"web-7d9f-abcde": line},
        previous=True,
    )

    assert "ConfigMap site key a.conf line 2: lisen 80;" in finding.evidence
    assert finding.cause.endswith("a.conf:2 (ConfigMap site key a.conf line 2: lisen 80;)")


def test_a_restart_long_ago_is_no_finding() -> None:
    long_ago = b.terminated(1, finishedAt="2026-11-24T12:00:00Z")
    state = b.status(ready=True, restartCount=3, lastState=long_ago)

    assert not b.found_by("crash_loop", b.pod(ready=True, containerStatuses=[state]))


def test_memory_is_left_to_its_own_check() -> None:
    killed = b.status(state=b.waiting("CrashLoopBackOff"), lastState=b.terminated(137, "OOMKilled"))

    assert not b.found_by("crash_loop", b.pod(containerStatuses=[killed]))


def sigkilled(limit: str = "") -> Obj:
    state = b.status(
        state=b.waiting("CrashLoopBackOff"), lastState=b.terminated(137), restartCount=5
    )
    limits = {"resources": {"limits": {"memory": limit}}} if limit else {}
    return b.pod(spec={"containers": [{**b.container(), **limits}]}, containerStatuses=[state])


METRICS = {"kind": "PodMetrics", "metadata": b.metadata("web-7d9f-abcde"),
           "containers": [{"name": "app", "usage": {"memory": "125Mi"}}]}  # fmt: skip
SYSTEM_OOM = b.event("SystemOOM", "System OOM encountered, victim process: java",
                     kind="Node", name="node-1")  # fmt: skip


@pytest.mark.parametrize(
    ("pod", "beside", "log", "why"),
    [
        (sigkilled(), SYSTEM_OOM, "", "node node-1 ran out of memory"),
        (
            sigkilled("128Mi"), METRICS, "",
            "most likely for its memory limit of 128Mi: it uses 125Mi of it",
        ),
        (
            sigkilled("128Mi"), b.service(), "java.lang.OutOfMemoryError: Java heap space",
            "most likely for its memory limit of 128Mi: its log says: java.lang.OutOfMemoryError",
        ),
        (sigkilled(), b.service(), "", "it has no memory limit"),
        (sigkilled("1Gi"), b.service(), "", "its status names no memory limit as the reason"),
    ],
)  # fmt: skip
def test_exit_137_is_no_cause(pod: Obj, beside: Obj, log: str, why: str) -> None:
    [finding] = b.found_by(
        "crash_loop", pod, beside, logs={"web-7d9f-abcde": log}, previous=True
    )  # fmt: skip

    assert "killed (exit 137, SIGKILL) 1200 s after its start" in finding.cause
    assert why in finding.cause
