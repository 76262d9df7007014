"""A journal that systemd-journal-remote wrote, read by the real journalctl.

systemd itself runs in no container: what `systemctl` prints is not tested here.
"""

import subprocess
from pathlib import Path

import pytest

from configured.platforms import opened
from configured.servers.journal import entry as journal_entry
from configured.servers.journal import write_journal
from holmes.core.messages import JsonValue
from holmes.core.tool_output import LogLines, Table

pytestmark = [pytest.mark.anyio, pytest.mark.lab]

_TEN = 1_795_514_400  # 2026-11-24T10:00:00Z
_STARTED, _FAILED = "39f53479d3a045ac8e11786248231fbf", "d9b373ed55a64feb8242e02dbe79a49c"


def entry(minute: float, message: str, **fields: str) -> str:
    return journal_entry(_TEN + 60 * minute, message, **fields)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("journal")
    kubelet = {"_SYSTEMD_UNIT": "kubelet.service", "PRIORITY": "6"}
    entries = [
        entry(0, "Started kubelet.", UNIT="kubelet.service", MESSAGE_ID=_STARTED, PRIORITY="6",
              _SYSTEMD_UNIT="init.scope"),
        *(entry(1 + n / 10, f"sync loop {n}", **kubelet) for n in range(300)),
        entry(40, "token=Zx9Qw2Er7Ty4Ui1Op5As8Df3 rejected", **{**kubelet, "PRIORITY": "3"}),
        entry(41, "Out of memory: Killed process 4242 (java)", _TRANSPORT="kernel", PRIORITY="3",
              SYSLOG_IDENTIFIER="kernel"),
        entry(42, "containerd.service: Failed with result 'oom-kill'.", UNIT="containerd.service",
              MESSAGE_ID=_FAILED, PRIORITY="4", _SYSTEMD_UNIT="init.scope"),
    ]  # fmt: skip
    write_journal(folder, entries)
    return folder


def config(journal: Path) -> dict[str, JsonValue]:
    return {"journal_directory": str(journal)}


WINDOW: dict[str, JsonValue] = {"since": "2026-11-24T09:00:00Z", "until": "2026-11-24T11:00:00Z"}


async def test_lines_are_typed_limited_and_chosen_by_unit_priority_and_kernel(
    journal: Path,
) -> None:
    async with opened("systemd", config(journal)) as asked:
        assert asked.toolset.status.server.startswith("systemd 25")
        last = await asked("journal_logs", unit="kubelet", limit=2, **WINDOW)
        assert isinstance(last.data, LogLines)
        assert [line.text for line in last.data.lines][:1] == ["sync loop 299"]
        assert last.data.lines[0].time == "2026-11-24T10:30:54.000000Z"
        assert last.data.lines[0].source == "kubelet.service"
        assert last.note == "Only the last 2 lines."
        again = subprocess.run(["bash", "-c", last.command], capture_output=True, text=True)  # noqa: PLW1510, ASYNC221
        assert "sync loop 299" in again.stdout
        kernel = await asked("journal_logs", unit="kernel", **WINDOW)
        assert (
            kernel.text
            == "2026-11-24T10:41:00.000000Z kernel: Out of memory: Killed process 4242 (java)\n"
        )
        errors = await asked("journal_logs", priority="err", **WINDOW)
        assert errors.text.count("\n") == 2
        assert (await asked("journal_logs", since="2026-11-20T00:00:00Z",
                            until="2026-11-21T00:00:00Z")).status == "no_data"  # fmt: skip


async def test_a_filter_looks_at_masked_lines(journal: Path) -> None:
    async with opened("systemd", config(journal)) as asked:
        found = await asked("journal_logs", filter="loop 1[05]$", **WINDOW)
        assert [line.split()[-1] for line in found.text.splitlines()] == ["10", "15"]
        assert (await asked("journal_logs", filter="^token=Zx9", **WINDOW)).status == "no_data"
        wrong = await asked("journal_logs", filter="(", **WINDOW)
        assert wrong.status == "invalid_arguments"
        late = await asked("journal_logs", since="yesterday")
        assert (late.status, late.command) == ("invalid_arguments", "")


async def test_units_that_started_and_failed_are_on_the_time_line(journal: Path) -> None:
    async with opened("systemd", config(journal)) as asked:
        output = await asked("what_changed", **WINDOW)
    assert isinstance(output.data, Table)
    assert output.data.rows == (
        ("2026-11-24T10:00:00Z", "unit", "Unit node-1/kubelet.service",
         "started: Started kubelet."),
        ("2026-11-24T10:42:00Z", "unit", "Unit node-1/containerd.service",
         "failed: containerd.service: Failed with result 'oom-kill'."),
    )  # fmt: skip


@pytest.mark.skipif(Path("/run/systemd/system").is_dir(), reason="systemd runs here")
async def test_where_systemd_does_not_run_that_is_said() -> None:
    async with opened("systemd") as asked:
        assert asked.toolset.status.state == "failed"
        assert "name a folder of journal files" in asked.toolset.status.reason
