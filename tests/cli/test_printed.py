"""Whatever is printed of text from elsewhere, a terminal obeys none of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.holmes_process import Finished, holmes

OBEYED = {
    "color": "\x1b[31mred",
    "clear": "\x1b[2J\x1b[H",
    "title": "\x1b]0;pwned\x07",
    "link": "\x1b]8;;http://evil\x1b\\here\x1b]8;;\x1b\\",
    "one character": "\x9b31mred",
    "return": "Error\rAll well",
    "backspace": "no\x08\x08ok",
    "bidi": "\u202egnp.exe",
}


def config_key(home: Path, text: str) -> Finished:
    path = home / "c.yaml"
    path.write_text(json.dumps({text: 1}))
    return holmes("toolset", "list", "--config", str(path), home=home)


def config_path(home: Path, text: str) -> Finished:
    return holmes("toolset", "list", "--config", text.replace("/", "_"), home=home)


def snapshot_path(home: Path, text: str) -> Finished:
    folder = home / text.replace("/", "_")
    folder.mkdir()
    (folder / "snapshot.json").write_text("{")
    return holmes("scan", "--snapshot", str(folder), home=home)


def toolset_name(home: Path, text: str) -> Finished:
    path = home / "t.yaml"
    tool = {"name": "x", "description": text, "command": "echo"}
    toolset = {"description": text, "tools": [tool], "prerequisites": [{"command": "false"}]}
    path.write_text(json.dumps({"toolsets": {text: toolset}}))
    return holmes("toolset", "list", "-t", str(path), home=home)


def session_question(home: Path, text: str) -> Finished:
    folder = home / ".local/state/holmesgpt/sessions"
    folder.mkdir(parents=True, mode=0o700)
    run = {"kind": "run", "version": 2, "id": "i", "holmes": text, "question": text, "model": text}
    line = json.dumps({**run, "address": text, "settings": {}})
    path = folder / "20261130-100000-abcd.jsonl"
    path.write_text(f"{line}\n")
    path.chmod(0o600)
    listed = holmes("session", "list", home=home)
    shown = holmes("session", "show", home=home)
    return Finished(code=shown.code, out=listed.out + shown.out, err=listed.err + shown.err)


def evaluated(home: Path, text: str) -> Finished:
    out = home / "out"
    out.mkdir()
    (out / "settings.json").write_text(json.dumps({"model": text}))
    (out / "results.jsonl").write_text("")
    return holmes("eval", "--table", str(out), home=home)


WAYS: tuple[Callable[[Path, str], Finished], ...] = (
    *(config_key, config_path, snapshot_path, toolset_name, session_question, evaluated),
)


@pytest.mark.parametrize("escape", OBEYED)
@pytest.mark.parametrize("way", WAYS)
def test_nothing_that_is_printed_is_obeyed(
    tmp_path: Path, way: Callable[[Path, str], Finished], escape: str
) -> None:
    done = way(tmp_path, OBEYED[escape])
    said = done.out + done.err
    assert said.strip()
    assert not [char for char in said if not char.isprintable() and char not in "\n\t"]
    assert "Traceback" not in said


@pytest.mark.parametrize("text", ["größe", "名前", "a b", "émoji ✓", "tab\there"])
def test_other_scripts_and_signs_are_printed(tmp_path: Path, text: str) -> None:
    assert text.split(maxsplit=1)[0] in session_question(tmp_path, text).out
