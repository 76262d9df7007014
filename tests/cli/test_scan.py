"""`holmes scan` on a recorded cluster, as people run it."""

import re
import shutil
from pathlib import Path

import pytest

from cli.holmes_process import holmes
from cli.pseudo_terminal import OnTerminal
from holmes.demo import CLUSTER


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """The demo's cluster, whose programs write to the terminal of whoever reads their logs."""
    folder = tmp_path / "hostile"
    shutil.copytree(CLUSTER, folder)
    for log in folder.rglob("*.log"):
        text = log.read_text(encoding="utf-8")
        log.write_text(
            re.sub(r"^(\S+Z) ", "\\g<1> \x1b]0;owned\x07\u202e", text, flags=re.MULTILINE),
            encoding="utf-8",
        )
    return folder


def test_log_lines_can_not_write_to_the_terminal(hostile: Path, tmp_path: Path) -> None:
    done = holmes("scan", "--snapshot", str(hostile), home=tmp_path)
    assert done.code == 1
    assert "PAYMENT_API_KEY" in done.out
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    with OnTerminal(["scan", "--snapshot", str(hostile)], home=tmp_path) as terminal:
        shown = terminal.until("looked at:")
    assert "PAYMENT_API_KEY" in shown
    assert "owned" not in shown


@pytest.mark.parametrize("flags", [(), ("--json",), ("-v",)])
def test_secrets_in_log_lines_are_masked(tmp_path: Path, flags: tuple[str, ...]) -> None:
    folder = tmp_path / "leaky"
    shutil.copytree(CLUSTER, folder)
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    for log in folder.rglob("*.log"):
        text = log.read_text(encoding="utf-8")
        log.write_text(text.replace("PAYMENT_API_KEY", f"PAYMENT_API_KEY {secret}"), "utf-8")
    done = holmes("scan", *flags, "--snapshot", str(folder), home=tmp_path)
    assert done.code == 1
    assert "PAYMENT_API_KEY «token:1»" in done.out
    assert secret[:12] not in done.out


@pytest.mark.parametrize("seconds", ["nan", "inf"])
def test_an_interval_is_a_number_of_seconds(tmp_path: Path, seconds: str) -> None:
    done = holmes("scan", "--watch", seconds, "--snapshot", str(CLUSTER), home=tmp_path)
    assert (done.code, done.err) == (2, f"holmes: --watch is {seconds}. Give seconds, 1 or more.\n")


def test_the_chain_is_drawn(tmp_path: Path) -> None:
    def drawn(form: str) -> str:
        done = holmes("scan", "--graph", form, "--snapshot", str(CLUSTER), home=tmp_path)
        assert done.code == 1
        assert done.err.startswith("looked at: ")
        return done.out

    assert re.search(r"^\d  Deployment shop-checkout/checkout: ", drawn("text"), re.MULTILINE)
    assert drawn("mermaid").startswith("flowchart TD\n")
    assert drawn("svg").startswith("<svg ")
