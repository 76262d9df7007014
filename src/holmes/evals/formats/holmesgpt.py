"""HolmesGPT's own evaluation: a folder a scenario, with `test_case.yaml` beside its manifests.

The format as of November 2025 (robusta-dev/holmesgpt, tests/llm/fixtures/test_ask_holmes):
`user_prompt` is a question or several, `expected_output` what a judge looks for, `before_test` a
script of bash that makes the incident in a live cluster. Nothing of a script is run: the manifests
that it applies are read, and what else it does is named.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from holmes.core.errors import UsageError
from holmes.core.messages import JsonObject
from holmes.evals.imported import Foreign

FILE = "test_case.yaml"

_APPLIED = re.compile(r"kubectl (?:apply|create)[^\n|;&]*?\s-f ?(\S+)")
_PLACE = re.compile(r"(?:^|\s)(?:-n|--namespace)[ =]?([\w-]+)")
_MADE = re.compile(r"kubectl create (?:namespace|ns) ([\w-]+)")
_HERE = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?[^\n]*\n(.*?)\n\s*\1\s*$", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"^\s*(kubectl (?:create )?[a-z]+|\./\S+|[a-z][\w.-]*)(?=\s|$)", re.MULTILINE)
# What waits, looks or is read here, and bash's own words.
_KUBECTL = ("apply", "create", "create namespace", "create ns", "get", "wait", "describe", "logs")
_BASH = (
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac",
    "break", "continue", "exit", "set", "true", "false", "echo", "cat", "sleep", "date", "grep",
)  # fmt: skip
_IDLE = frozenset({*_BASH, *(f"kubectl {each}" for each in _KUBECTL)})


def read(path: Path) -> Iterator[Foreign]:
    """Every scenario below a folder, by name; UsageError where a file can't be read."""
    for file in sorted(path.rglob(FILE)):
        try:
            case = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise UsageError(f'"{file}" can\'t be read: {" ".join(str(error).split())}.') from error
        if isinstance(case, dict) and case.get("user_prompt"):
            yield _scenario(file.parent, case, path)


def _scenario(folder: Path, case: dict[str, Any], root: Path) -> Foreign:
    script = str(case.get("before_test") or case.get("before-test") or "").replace("\\\n", " ")
    objects, gaps = _objects(folder, script, root)
    return Foreign(
        name=folder.name,
        questions=tuple(_texts(case["user_prompt"])),
        truth="; ".join(_texts(case.get("expected_output"))),
        objects=tuple(objects),
        missing=(*gaps, *_beyond(folder, case, script)),
    )


def _texts(value: object) -> list[str]:
    several = value if isinstance(value, list) else [value] if value else []
    return [" ".join(str(each).split()) for each in several]


def _objects(folder: Path, script: str, root: Path) -> tuple[list[JsonObject], list[str]]:
    """The objects of all manifests that a script applies, and those that could not be read."""
    objects: list[JsonObject] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        for name in dict.fromkeys(_MADE.findall(script))
    ]
    gaps = []
    for found in _APPLIED.finditer(script):
        if found[1] in {"-", "EOF"}:
            continue
        end = script.find("\n", found.start())
        place = _PLACE.search(script[found.start() : end if end > 0 else len(script)])
        file = (folder / found[1].strip("\"'")).resolve()
        if not file.is_relative_to(root.resolve()) or not file.exists():
            gaps.append(f"the manifest {found[1]}")
            continue
        for each in sorted(file.rglob("*.y*ml")) if file.is_dir() else [file]:
            objects += _documents(each.read_text(encoding="utf-8"), place[1] if place else "", gaps)
    for found in _HERE.finditer(script):
        objects += _documents(found[2], "", gaps)
    return objects, gaps


def _documents(text: str, namespace: str, gaps: list[str]) -> Iterator[JsonObject]:
    try:
        for each in yaml.safe_load_all(text):
            listed = each.get("items", [each]) if isinstance(each, dict) else []
            for obj in listed:
                if isinstance(obj, dict) and obj.get("kind") and obj.get("apiVersion"):
                    metadata = {"namespace": namespace or "default", **(obj.get("metadata") or {})}
                    yield {**obj, "metadata": metadata}
    except yaml.YAMLError as error:
        gaps.append(f"a manifest that is no YAML ({str(error).splitlines()[0]})")


def _beyond(folder: Path, case: dict[str, Any], script: str) -> Iterator[str]:
    """What else a run of theirs would need."""
    bare = _HERE.sub("", script)
    started = [each for each in dict.fromkeys(_COMMAND.findall(bare)) if each not in _IDLE]
    if started:
        yield f"what its script runs ({', '.join(started)})"
    for field in ("port_forwards", "include_files", "runbooks", "test_env_vars"):
        if case.get(field):
            yield field
    if (folder / "toolsets.yaml").is_file():
        yield "the tools of its toolsets.yaml"
    if case.get("skip"):
        yield f"left out by its authors ({case.get('skip_reason') or 'no reason given'})"
