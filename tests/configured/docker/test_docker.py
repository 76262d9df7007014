"""Containers of the real dockerd: ended with a code, ended for want of memory, with a secret."""

import json
from collections.abc import Iterator

import pytest

from configured.platforms import opened
from configured.servers.docker import Docker, dockerd
from holmes.core.messages import JsonValue
from holmes.core.tool_output import Json, Table
from holmes.redaction.redactor import Redactor

pytestmark = [pytest.mark.anyio, pytest.mark.lab]

PASSWORD = "hunter2-hunter2-hunter2"  # noqa: S105  (must not be shown)


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Docker]:
    with dockerd(tmp_path_factory.mktemp("docker")) as running:
        run = ("run", "--network=none", "--log-opt=max-size=10m")
        says = "echo listening; echo 'no route to db' >&2; exec sleep 600"
        secret = f"--env=DB_PASSWORD={PASSWORD}"
        running.run(*run, "--detach", "--name=web", secret, "bb:1", "sh", "-c", says)
        running.run(*run, "--name=job", "bb:1", "sh", "-c", "exit 3", check=False)
        eats = "head -c 200000000 /dev/zero | tail"
        running.run(*run, "--name=leak", "--memory=20m", "bb:1", "sh", "-c", eats, check=False)
        yield running


def config(docker: Docker) -> dict[str, JsonValue]:
    return {"host": docker.host}


async def test_containers_with_state_code_and_memory(docker: Docker) -> None:
    async with opened("docker/core", config(docker)) as asked:
        assert asked.toolset.status.server.startswith("Docker 20.10")
        running = await asked("docker_ps")
        assert isinstance(running.data, Table)
        assert [row[-1] for row in running.data.rows] == ["web"]
        assert running.command == f"DOCKER_HOST={docker.host} docker ps"
        every = await asked("docker_ps", all=True)
        assert "Exited (3)" in every.text
        inspected = await asked("docker_inspect", container_id="leak")
        assert isinstance(inspected.data, Json)
        assert isinstance(inspected.data.value, list)
        (leak,) = inspected.data.value
        assert isinstance(leak, dict)
        state = leak["State"]
        assert isinstance(state, dict)
        assert (state["OOMKilled"], state["ExitCode"]) == (True, 137)
        stats = await asked("docker_stats")
        assert "web" in stats.text
        assert "bb" in (await asked("docker_images")).text


async def test_a_log_has_both_streams_and_no_secret_is_left_in_an_environment(
    docker: Docker,
) -> None:
    async with opened("docker/core", config(docker)) as asked:
        log = await asked("docker_logs", container_id="web")
        assert "listening" in log.text
        assert "no route to db" in log.text
        assert (await asked("docker_logs", container_id="web", tail=1)).text.count("\n") == 1
        inspected = await asked("docker_inspect", container_id="web")
        assert PASSWORD in inspected.text
        assert PASSWORD not in Redactor().secrets(inspected.text)  # as every tool is wrapped
        missing = await asked("docker_inspect", container_id="nobody")
        assert missing.status == "failed"
        assert "No such object: nobody" in missing.note


async def test_events_end_and_are_on_the_time_line(docker: Docker) -> None:
    async with opened("docker/core", config(docker)) as asked:
        assert "container oom" in (await asked("docker_events")).text
        output = await asked("what_changed", workload="leak", since="1h")
        assert isinstance(output.data, Table)
        said = [row[3] for row in output.data.rows if row[1] == "container"]
    assert sorted(said) == [
        "create (image bb:1)", "die with exit code 137 (image bb:1)", "oom (image bb:1)",
        "start (image bb:1)",
    ]  # fmt: skip


async def test_of_several_hosts_each_is_told_and_one_that_is_down_is_named(
    docker: Docker,
) -> None:
    hosts: list[JsonValue] = [
        {"name": "here", "host": docker.host}, {"name": "gone", "host": "unix:///nonexistent/s"},
    ]  # fmt: skip
    async with opened("docker/core", {"instances": hosts}) as asked:
        assert asked.toolset.status.server.startswith("here: Docker 20.10")
        assert "web" in (await asked("docker_ps", instance="here")).text
        output = await asked("what_changed", since="1h")
    assert "Container leak" in output.text
    assert "gone: " in output.note


async def test_a_daemon_that_is_not_there_is_one_line() -> None:
    async with opened("docker/core", {"host": "unix:///nonexistent/s"}) as asked:
        assert asked.toolset.status.state == "failed"
        assert "unix:///nonexistent/s" in asked.toolset.status.reason
    assert json.dumps(asked.toolset.status.reason).count("\\n") == 0
