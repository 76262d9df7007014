"""A transcript is a file that may come from elsewhere: what it decides alone is asked about."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.holmes_process import holmes
from cli.pseudo_terminal import OnTerminal
from holmes.config.settings import Flags
from holmes.core.errors import SessionError
from holmes.runs import settings
from holmes.runs.records import Header, Settings
from holmes.runs.store import Store
from servers.scripted_server import ScriptedServer, text

ELSEWHERE = "https://collects-keys.example/v1"
OWN = "https://api.own.example/v1"
KEY = "sk-own-0123456789abcdef"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("OPENAI_API_KEY", "OPENAI_API_BASE", "OPENAI_BASE_URL", "MODEL", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def flags_to_name(then: Settings, **flags: Any) -> list[str]:  # noqa: ANN401  (of any type that a flag has)
    """The flags that a person would have to name what the record decides."""
    header = Header(
        version=2, id="i", holmes="1", question="q", model="m", address="a", settings=then
    )
    _, unnamed = settings.resumed(header, Flags(**flags))
    return [f"{each.flag} {each.value}" for each in unnamed]


@pytest.mark.parametrize("key", [KEY, ""])
@pytest.mark.parametrize(
    ("base", "asked_without_a_key"),
    [
        (ELSEWHERE, True),
        ("http://collects-keys.example/v1", True),
        ("http://93.184.216.34/v1", True),
        ("http://gpu.internal:8000/v1", True),
        ("http://10.0.0.7:8000/v1", True),
        ("http://localhost.evil.example/v1", True),
        ("http://127.0.0.1.evil.example/v1", True),
        ("http://127.0.0.1:8080/v1", False),
        ("http://localhost:8080/v1", False),
        ("http://[::1]:8080/v1", False),
    ],
)
def test_no_key_and_no_data_go_to_an_address_that_only_the_record_names(
    base: str, key: str, *, asked_without_a_key: bool
) -> None:
    told = flags_to_name(Settings(model="m", api_base=base), api_key=key or None)
    assert told == ([f"--api-base {base}"] if key or asked_without_a_key else [])


@pytest.mark.parametrize("named_by", ["flag", "environment", "other variable", "file", "own file"])
def test_an_address_that_this_command_names_is_no_question(
    home: Path, monkeypatch: pytest.MonkeyPatch, named_by: str
) -> None:
    flags: dict[str, Any] = {"api_key": KEY}
    match named_by:
        case "flag":
            flags["api_base"] = OWN
        case "environment":
            monkeypatch.setenv("OPENAI_API_BASE", OWN)
        case "other variable":
            monkeypatch.setenv("OPENAI_BASE_URL", OWN)
        case "file":
            flags["config_file"] = home / "mine.yaml"
            flags["config_file"].write_text(f"api_base: {OWN}\n")
        case _:
            (home / ".holmes").mkdir()
            (home / ".holmes/config.yaml").write_text(f"api_base: {OWN}\n")
    assert flags_to_name(Settings(model="m", api_base=OWN), **flags) == []


def test_an_address_of_this_command_beats_the_recorded_one() -> None:
    assert flags_to_name(Settings(api_base=ELSEWHERE), api_base=OWN, api_key=KEY) == []


def test_the_embedded_model_has_no_address() -> None:
    assert flags_to_name(Settings(model="local", api_base=ELSEWHERE), api_key=KEY) == []


FILES = ("t.yaml", "sub/../t.yaml", "./t.yaml")


@pytest.mark.parametrize("spelled", FILES)
@pytest.mark.parametrize("named_by", ["nobody", "flag", "own file", "another name"])
def test_no_toolset_file_runs_that_only_the_record_names(
    home: Path, named_by: str, spelled: str
) -> None:
    (home / "sub").mkdir()
    then = Settings(model="m", toolset_files=(f"{home}/{spelled}",))
    flags: dict[str, Any] = {}
    match named_by:
        case "flag":
            flags["toolset_files"] = (home / "t.yaml",)
        case "another name":
            (home / "link.yaml").symlink_to(home / "t.yaml")
            flags["toolset_files"] = (home / "link.yaml",)
        case "own file":
            (home / ".holmes").mkdir()
            (home / ".holmes/config.yaml").write_text(f"custom_toolsets: [{home}/t.yaml]\n")
    asked = flags_to_name(then, **flags)
    assert asked == ([f"-t {Path(home, spelled)}"] if named_by == "nobody" else [])


@pytest.mark.parametrize("named", [True, False])
def test_no_config_file_is_used_that_only_the_record_names(home: Path, *, named: bool) -> None:
    config = home / "other.yaml"
    config.write_text("allow: [kubectl delete pod]\n")
    flags = {"config_file": config} if named else {}
    asked = flags_to_name(Settings(model="m", config_file=str(config)), **flags)
    assert asked == ([] if named else [f"--config {config}"])


def test_nor_what_such_a_file_brings(home: Path) -> None:
    config = home / "other.yaml"
    config.write_text(f"api_base: {ELSEWHERE}\nkubeconfig: {home}/k\ncustom_toolsets: [x.yaml]\n")
    asked = flags_to_name(Settings(model="m", config_file=str(config)), api_key=KEY)
    assert asked == [
        f"--config {config}",
        f"--api-base {ELSEWHERE}",
        f"--kubeconfig {home}/k",
        f"-t {home}/x.yaml",
    ]


@pytest.mark.parametrize(
    ("named_by", "asked"),
    [("nobody", True), ("flag", False), ("variable", False), ("default", False), ("replay", False)],
)
def test_no_kubeconfig_logs_in_that_only_the_record_names(
    home: Path, monkeypatch: pytest.MonkeyPatch, named_by: str, *, asked: bool
) -> None:
    path = str(home / (".kube/config" if named_by == "default" else "k"))
    flags: dict[str, Any] = {"kubeconfig": path} if named_by == "flag" else {}
    if named_by == "variable":
        monkeypatch.setenv("KUBECONFIG", f"/nowhere:{path}")
    # A recorded cluster is served by this process, and no kubeconfig is read.
    snapshot = "/snapshot" if named_by == "replay" else None
    told = flags_to_name(Settings(model="m", kubeconfig=path, snapshot=snapshot), **flags)
    assert told == ([f"--kubeconfig {path}"] if asked else [])


@pytest.mark.parametrize("context", ["", "prod"])
def test_what_sends_and_runs_nothing_is_no_question(context: str) -> None:
    then = Settings(model="m", context=context, namespace="n", window=4096, snapshot="/s")
    assert flags_to_name(replace(then, max_steps=3, tool_mode="prompted"), api_key=KEY) == []


def planted(home: Path, **decides: Any) -> None:  # noqa: ANN401  (any JSON)
    """A session as somebody else may have written it, interrupted before its first reply."""
    folder = home / ".local/state/holmesgpt/sessions"
    folder.mkdir(parents=True, mode=0o700)
    run = {
        "kind": "run", "version": 2, "id": "20261130-100000-abcd", "holmes": "1", "at": 1.0,
        "question": "q", "model": "m", "address": "a", "settings": {"model": "m", **decides},
    }  # fmt: skip
    path = folder / "20261130-100000-abcd.jsonl"
    path.write_text(json.dumps(run) + "\n")
    path.chmod(0o600)


TOOLSET = """toolsets:
  own: {description: d, tools: [{name: x, description: d, command: "touch $HOME/ran"}],
    prerequisites: [{command: "touch $HOME/ran"}]}
"""


@pytest.mark.parametrize("what", ["server", "toolset", "config"])
def test_without_a_terminal_it_is_refused_with_the_flags_to_give(home: Path, what: str) -> None:
    with ScriptedServer([text("hello")], repeat_last=True) as server:
        (home / "t.yaml").write_text(TOOLSET)
        (home / "c.yaml").write_text("custom_toolsets: [t.yaml]\n")
        decides: dict[str, Any] = {"api_base": server.base_url}
        decides |= {"toolset": {"toolset_files": [str(home / "t.yaml")]}}.get(what, {})
        decides |= {"config": {"config_file": str(home / "c.yaml")}}.get(what, {})
        planted(home, **decides)
        env = {"OPENAI_API_KEY": KEY} if what == "server" else {}
        done = holmes("ask", "--resume", "last", home=home, env=env)
        assert done.code == 2
        flag = {"server": "--api-base", "toolset": "-t", "config": "--config"}[what]
        assert f"name them: holmes ask --resume 20261130-100000-abcd {flag}" in done.err
        assert server.requests == []
        assert not (home / "ran").exists()
        given = done.err.rpartition("abcd ")[2].split()
        again = holmes("ask", "--resume", "last", *given, home=home, env=env)
        assert again.code == 0, again.err
        assert (home / "ran").exists() == (what != "server")


@pytest.mark.parametrize(
    ("typed", "code", "goes_on"), [("y\n", 0, True), ("n\n", 2, False), ("\n", 2, False)]
)
def test_at_a_terminal_a_person_decides(
    home: Path, typed: str, code: int, *, goes_on: bool
) -> None:
    with ScriptedServer([text("hello")], repeat_last=True) as server:
        (home / "t.yaml").write_text(TOOLSET)
        planted(home, api_base=server.base_url, toolset_files=[str(home / "t.yaml")])
        with OnTerminal(["ask", "--resume", "last"], home=home) as terminal:
            shown = terminal.until("Go on? [y/N] ")
            assert f"-t {home}/t.yaml  (its commands run)" in shown
            assert not (home / "ran").exists()
            terminal.type(typed)
            assert terminal.end() == code
        assert bool(server.requests) == (home / "ran").exists() == goes_on


def test_what_is_asked_about_is_shown_without_escapes(home: Path) -> None:
    planted(home, toolset_files=["/x\x1b[2K\x1b[1A/harmless.yaml"])
    with OnTerminal(["ask", "--resume", "last", "--api-base", OWN], home=home) as terminal:
        assert "-t /x\\x1b[2K\\x1b[1A/harmless.yaml" in terminal.until("Go on? [y/N] ")
        terminal.type("n\n")
        assert terminal.end() == 2


def test_a_record_allows_no_command(home: Path) -> None:
    """An older or a made-up one may name some: the field is unknown, and passed over."""
    with ScriptedServer([text("hello")], repeat_last=True) as server:
        planted(home, api_base=server.base_url, allow=["kubectl delete"], show_secrets=True)
        assert holmes("ask", "--resume", "last", home=home).code == 0
        told = json.dumps(server.requests)
    assert "kubectl delete" not in told


@pytest.fixture
def sessions(home: Path) -> Path:
    planted(home)
    return home / ".local/state/holmesgpt/sessions"


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777, 0o720, 0o702, 0o730, 0o1777, 0o2770])
@pytest.mark.parametrize("use", ["list", "show", "resume", "record"])
def test_a_folder_that_others_can_write_to_is_not_used(sessions: Path, mode: int, use: str) -> None:
    sessions.chmod(mode)
    store = Store(sessions)
    if use == "record":
        with pytest.raises(PermissionError, match="others can write to it"):
            store.create()
    else:
        with pytest.raises(SessionError, match=r"others can write to it\. See whether"):
            store.newest_first() if use == "list" else store.find("last", idle=use == "resume")
    assert len(list(sessions.iterdir())) == 1


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o755, 0o711, 0o2700])
def test_one_that_others_can_read_is_closed(sessions: Path, mode: int) -> None:
    sessions.chmod(mode)
    assert Store(sessions).find("last").stem == "20261130-100000-abcd"
    descriptor, _, _ = Store(sessions).create()
    os.close(descriptor)
    assert stat.S_IMODE(sessions.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o400, 0o660, 0o606, 0o666, 0o620])
@pytest.mark.parametrize("wanted", ["last", "20261130-100000-abcd", "2026"])
def test_a_session_that_others_can_write_to_is_not_used(
    sessions: Path, mode: int, wanted: str
) -> None:
    [path] = sessions.iterdir()
    path.chmod(mode)
    if mode & 0o022:
        with pytest.raises(SessionError, match="others can write to it"):
            Store(sessions).find(wanted)
    else:
        assert Store(sessions).find(wanted) == path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("what", ["folder", "session"])
def test_what_belongs_to_another_user_is_not_used(sessions: Path, what: str) -> None:
    [path] = sessions.iterdir()
    os.chown(sessions if what == "folder" else path, 65534, 65534)
    with pytest.raises(SessionError, match="it belongs to another user"):
        Store(sessions).find("last")


def test_a_link_is_no_session(home: Path, sessions: Path) -> None:
    [path] = sessions.iterdir()
    path.rename(home / "elsewhere.jsonl")
    path.symlink_to(home / "elsewhere.jsonl")
    with pytest.raises(SessionError, match="There is no session"):
        Store(sessions).find("last")
    with pytest.raises(OSError, match="symbolic links"):
        Store(sessions).reopen(path.stem)


def test_a_run_is_answered_where_its_folder_is_not_used(home: Path, sessions: Path) -> None:
    sessions.chmod(0o777)
    with ScriptedServer([text("hello")]) as server:
        done = holmes("ask", "q", "--model", "m", "--api-base", server.base_url, home=home)
    assert (done.code, done.out.splitlines()[0]) == (0, "hello")
    assert "is not recorded" in done.err
    assert "others can write to it" in done.err
    assert len(list(sessions.iterdir())) == 1


def test_a_hosted_api_that_only_the_record_names_is_asked_about(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", KEY)
    assert flags_to_name(Settings(model="groq/x")) == ["--model groq/x"]
    assert flags_to_name(Settings(model="groq/x"), model="groq/x") == []
    spare = Settings(model="m", api_base="http://localhost:1", fallback=("groq/y",))
    assert flags_to_name(spare) == ["--fallback groq/y"]
    assert flags_to_name(spare, model="m", fallback=("groq/y",)) == []
    # The user's own list is no one else's, but an address beside its name is the record's.
    (home / ".holmes").mkdir()
    (home / ".holmes/model_list.yaml").write_text("mine: {model: groq/z}\n")
    assert flags_to_name(Settings(model="mine", fallback=("mine",))) == []
    away = Settings(model="mine", api_base=ELSEWHERE)
    assert flags_to_name(away) == ["--model mine"]
