"""The rules of CONTRIBUTING.md that a machine can hold."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_PACKAGES = 25
MAX_DIRECT = 8

# Loaded only by what needs them: `holmes --help` and `holmes version` must not pay for any.
HEAVY = {
    "anyio", "asyncio", "difflib", "httpx2", "inspect", "jinja2", "json_repair", "jsonschema_rs",
    "logging", "msgspec", "rich", "ssl", "subprocess", "typing_extensions", "urllib.request",
    "xllamacpp", "yaml",
}  # fmt: skip


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=relative)
def test_modules_and_functions_fit_on_a_few_screens(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_MODULE_LINES
    long = {
        f.name: f.end_lineno - f.lineno + 1
        for f in functions(path)
        if f.end_lineno and f.end_lineno - f.lineno >= MAX_FUNCTION_LINES
    }
    assert not long


def test_every_module_says_what_it_is() -> None:
    silent = [relative(p) for p in SOURCES if not ast.get_docstring(ast.parse(p.read_text()))]
    assert not silent


def test_processes_start_in_one_place() -> None:
    starters = {
        relative(path)
        for path in SOURCES
        if {"subprocess", "multiprocessing", "pty"} & {name.split(".")[0] for name in imports(path)}
        or re.search(
            r"create_subprocess|os\.(system|popen|spawn|posix_spawn|exec|fork)|open_process",
            path.read_text(),
        )
    }
    # The second one starts this program itself, for as long as the embedded model is needed.
    assert starters == {"src/holmes/tools/process.py", "src/holmes/embedded/server.py"}


def test_tests_talk_to_real_parts() -> None:
    word = re.compile(r"\b(Magic" + r"Mock|mock\.patch|unittest\.mock|monkeypatch\.setattr)\b")
    assert not [relative(path) for path in TESTS if word.search(path.read_text())]


def test_nothing_is_left_for_later() -> None:
    word = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    assert not [relative(path) for path in [*SOURCES, *TESTS] if word.search(path.read_text())]


def test_the_product_does_not_know_the_answers_of_the_recording() -> None:
    assert not [relative(path) for path in SOURCES if "truth.json" in path.read_text()]


@pytest.mark.parametrize("arguments", [["--help"], ["version"], ["ask", "--help"]], ids=" ".join)
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom holmes.cli.main import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        "print('LOADED', *sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split("LOADED", 1)[1].split())
    assert not HEAVY & loaded


def closure(name: str, found: set[str]) -> set[str]:
    """Distributions that come with `name`, without extras."""
    for line in metadata.requires(name) or []:
        if "extra ==" in line or "sys_platform == 'win32'" in line or 'python_version < "3' in line:
            continue
        required = re.split(r"[ ;\[<>=!~(]", line, maxsplit=1)[0].lower().replace("_", "-")
        if required not in found and installed(required):
            found.add(required)
            closure(required, found)
    return found


def installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def direct_dependencies() -> list[str]:
    lines = [line for line in metadata.requires("holmesgpt") or [] if "extra ==" not in line]
    return sorted(re.split(r"[ ;\[<>=!~(]", line, maxsplit=1)[0].lower() for line in lines)


def test_few_packages_are_installed() -> None:
    packages = closure("holmesgpt", {"holmesgpt"})
    assert "httpx2" in packages
    assert len(packages) <= MAX_PACKAGES
    assert len(direct_dependencies()) <= MAX_DIRECT


@pytest.mark.parametrize("name", direct_dependencies())
def test_the_readme_says_why_each_dependency_is_there(name: str) -> None:
    assert re.search(
        rf"^\| {name} \|", (ROOT / "README.md").read_text(), re.MULTILINE | re.IGNORECASE
    )
