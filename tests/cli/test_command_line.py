"""What a person mistypes, and the places where `holmes` is started that are no terminal."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.holmes_process import HOLMES, environment, holmes
from cli.pseudo_terminal import OnTerminal
from holmes import __version__
from holmes.cli.main import build_parser
from holmes.cli.parser import all_of
from holmes.demo import CLUSTER
from servers.scripted_server import ScriptedServer, text

SCAN = ("scan", "--snapshot", str(CLUSTER), "-n", "shop-checkout")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["ask", "q", "--apibase", "http://x"],
            'holmes ask: There is no flag "--apibase". Did you mean "--api-base"?',
        ),
        (
            ["session", "list", "--jsn=1"],
            'holmes session list: There is no flag "--jsn". Did you mean "--json"?',
        ),
        (["ask", "q", "-z"], 'holmes ask: There is no flag "-z". See `holmes ask --help`.'),
        (["aks", "x"], 'holmes: COMMAND: "aks" is none of '),
        (["version", "it"], 'holmes version: "it" is one word too many. See'),
        (["ask", "--timeout", "1m"], 'holmes ask: --timeout: "1m" is not a number. See'),
        (["show", "x"], 'holmes show: N: "x" is not a whole number. See'),
        (["ask", "--tool-mode", "x"], 'holmes ask: --tool-mode: "x" is none of '),
        (
            ["scan", "--json", "--graph", "svg"],
            "holmes scan: --graph: not allowed with argument --json. See",
        ),
        (["eval", "--compare", "x"], "holmes eval: --compare needs 2 values. See"),
        (["ask", "--api-base"], "holmes ask: --api-base needs a value. See"),
        (["snapshot", "save"], "holmes snapshot save: DIR is missing. See"),
        (
            ["snapshot", "serve", str(CLUSTER), "--port", "99999"],
            'holmes snapshot serve: --port: "99999" is not a port, 0 to 65535. See',
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line_with_the_command_and_what_is_right(
    tmp_path: Path, arguments: list[str], line: str
) -> None:
    done = holmes(*arguments, home=tmp_path)
    assert done.code == 2
    assert done.err.startswith(line)
    assert done.err.count("\n") == 1
    assert not done.out


@pytest.mark.parametrize("arguments", [[], ["session"], ["model"]], ids=str)
def test_where_no_verb_is_named_the_help_comes(tmp_path: Path, arguments: list[str]) -> None:
    done = holmes(*arguments, home=tmp_path)
    assert done.code == 2
    assert done.err == holmes(*arguments, "--help", home=tmp_path).out


def test_every_verb_of_every_verb_takes_debug() -> None:
    without = [
        level.prog for level in all_of(build_parser()) if "--debug" not in level.format_help()
    ]
    assert without == ["holmes"]


def test_debug_counts_before_and_after_a_verb_of_a_verb(tmp_path: Path) -> None:
    for arguments in (["--debug", "show", "no"], ["show", "no", "--debug"]):
        done = holmes("session", *arguments, home=tmp_path)
        assert "Traceback" in done.err
        assert done.code == 2


def test_it_is_a_module_too_and_tells_its_version(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "holmes", "--version"],
        env=environment(tmp_path), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, f"{__version__}\n")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_nothing(tmp_path: Path, closed: str) -> None:
    with ScriptedServer([text("Well.")] * 4) as server:
        asked = ["ask", "q", "--api-base", server.base_url, "--model", "m"]
        for arguments, code in ((asked, 0), ([*asked, "--json"], 0), (SCAN, 1), (["show", "1"], 2)):
            done = subprocess.run(
                ["/bin/sh", "-c", f'"$0" "$@" {closed}', str(HOLMES), *arguments],
                env=environment(tmp_path), stdin=subprocess.DEVNULL, capture_output=True,
                text=True, check=False, timeout=60,
            )  # fmt: skip
            assert "Traceback" not in done.stderr
            assert done.returncode == code


def test_a_full_disk_behind_standard_output_is_one_line(tmp_path: Path) -> None:
    with ScriptedServer([text("Well.")]) as server:
        asked = ["ask", "q", "--api-base", server.base_url, "--model", "m"]
        for arguments in (["version"], SCAN, asked):
            with Path("/dev/full").open("w") as full:
                done = subprocess.run(
                    [str(HOLMES), *arguments], stdout=full, stderr=subprocess.PIPE,
                    stdin=subprocess.DEVNULL, env=environment(tmp_path), text=True, check=False,
                    timeout=60,
                )  # fmt: skip
            last = done.stderr.splitlines()[-1]
            assert last == "holmes: The output can't be written: No space left on device."
            assert done.returncode == 2


def test_a_locale_without_arrows_loses_the_arrows_alone(tmp_path: Path) -> None:
    plain = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
    done = holmes(*SCAN, home=tmp_path, env=plain)
    assert done.code == 1, done.err
    assert "DATABASE_URL ? DATABASE_URL,PAYMENT_API_KEY" in done.out
    document = json.loads(holmes(*SCAN, "--json", home=tmp_path, env=plain).out)
    assert document["findings"][0]["name"] == "checkout"


def test_on_a_screen_a_finding_is_a_block_with_a_command_to_copy(tmp_path: Path) -> None:
    with OnTerminal(["scan", *SCAN[1:]], home=tmp_path) as terminal:
        assert terminal.end() == 1
    seen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.screen)  # NO_COLOR leaves bold
    lines = [line.rstrip() for line in seen.splitlines()]
    at = next(n for n, line in enumerate(lines) if line.endswith("shop-checkout/checkout"))
    assert lines[at].endswith("warning  Deployment shop-checkout/checkout")
    block = lines[at + 1 : lines.index("", at)]
    assert block[0].startswith("  container checkout crash-loops (CrashLoopBackOff, 9 restarts")
    command = "kubectl logs checkout-78bbb7575c-ctxps -n shop-checkout -c checkout --previous"
    assert f"  {command}" in block
    assert block[-1].startswith("  kubectl rollout undo deployment checkout ")
    assert lines[-1].endswith("1 log in namespace shop-checkout")


def test_ctrl_c_ends_a_scan_in_one_line(tmp_path: Path) -> None:
    with OnTerminal(["scan", "--snapshot", str(CLUSTER)], home=tmp_path) as terminal:
        terminal.until("looking at the cluster")
        terminal.type("\x03")
        assert terminal.end() == 130
    assert "Traceback" not in terminal.screen
    assert terminal.screen.rstrip().endswith("holmes: interrupted")


def test_evals_say_where_results_and_tables_can_not_go(tmp_path: Path) -> None:
    scenarios = ("--scenarios", str(Path(__file__).parents[2] / "evals" / "scenarios"))
    plain = tmp_path / "plain"
    plain.touch()
    server = ("--api-base", "http://127.0.0.1:9")
    for arguments, message in (
        (("--out", str(plain)), f'Results can\'t be written to "{plain}": File exists.'),
        (("--min-score", "7"), "--min-score is 7. Give a share from 0 to 1."),
    ):
        done = holmes("eval", "archive/broad", *scenarios, *server, *arguments, home=tmp_path)
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert message in done.err
    missing = tmp_path / "no.md"
    done = holmes("eval", "--table", str(tmp_path), "--into", str(missing), home=tmp_path)
    assert (
        done.err
        == f'holmes: "{missing}" can\'t be read: No such file or directory. Check --into.\n'
    )


def test_the_address_is_told_as_it_is_asked(tmp_path: Path) -> None:
    with ScriptedServer([text("Well.")]) as server:
        short = server.base_url.removeprefix("http://").removesuffix("/v1")
        done = holmes("ask", "q", "--api-base", short, home=tmp_path)
    assert f'using "scripted", the only one at {server.base_url}.' in done.err


def test_ctrl_c_while_the_modules_load_is_one_line(tmp_path: Path) -> None:
    """The first thing that `holmes` imports is a module that interrupts, as a key press would."""
    planted = tmp_path / "argparse.py"
    planted.write_text("raise KeyboardInterrupt\n", encoding="utf-8")
    done = holmes("version", home=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert (done.code, done.err) == (130, "holmes: interrupted\n")
