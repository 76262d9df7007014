import shlex
import shutil
import time
from pathlib import Path

import anyio
import pytest

from holmes.core.messages import JsonObject
from holmes.core.tool_output import ToolOutput
from holmes.kubernetes.target import KubeTarget
from holmes.tools.base import Tool
from support.context import from_file, tool_context

pytestmark = pytest.mark.anyio


def tool(tmp_path: Path, body: str, target: KubeTarget | None = None) -> Tool:
    """The tool of a file, made of the given lines besides its name and description."""
    path = tmp_path / "toolset.yaml"
    lines = "\n".join(f"      {line}" for line in body.strip("\n").splitlines())
    text = f"x:\n  tools:\n    - name: t\n      description: d\n{lines}\n"
    path.write_text(text, encoding="utf-8")
    (toolset,) = from_file(path, tool_context(target))
    return toolset.tools[0]


async def run(tmp_path: Path, body: str, **arguments: object) -> ToolOutput:
    return await tool(tmp_path, body).run(arguments)  # type: ignore[arg-type]


async def test_a_plain_command_runs_without_a_shell(tmp_path: Path) -> None:
    output = await run(tmp_path, "command: printf '%s|' {{ a }} -x={{ b }}", a="$(id) b", b="-c")
    assert output == ToolOutput(
        status="ok",
        text="$(id) b|-x=-c|",
        command="printf '%s|' '$(id) b' -x=-c",
        exit_code=0,
    )


async def test_a_script_runs_in_bash_and_its_command_line_can_be_run_again(tmp_path: Path) -> None:
    body = "script: |\n  set -e\n  printf '%s\\n' {{ a }} | tr a-z A-Z\n"
    output = await run(tmp_path, body, a="it's $(id)")
    assert output.text == "IT'S $(ID)\n"
    again = await anyio.run_process(["bash", "-c", output.command])
    assert again.stdout.decode() == output.text


async def test_a_script_without_odd_values_is_shown_as_it_is(tmp_path: Path) -> None:
    output = await run(tmp_path, "command: echo {{ a }} | cat", a="web-1")
    assert (output.text, output.command) == ("web-1\n", "echo web-1 | cat")


@pytest.mark.parametrize("arguments", [{}, {"a": ""}, {"a": None}])
async def test_a_missing_required_argument_never_runs(
    tmp_path: Path, arguments: JsonObject
) -> None:
    mark = tmp_path / "ran"
    output = await tool(tmp_path, f"command: touch {mark} {{{{ a }}}}").run(arguments)
    assert output.status == "invalid_arguments"
    assert '"a"' in output.note
    assert not mark.exists()


async def test_a_value_like_an_option_never_runs(tmp_path: Path) -> None:
    output = await run(tmp_path, "command: ls {{ a }}", a="--help")
    assert output.status == "invalid_arguments"
    assert '"--help"' in output.note
    assert output.command == ""


@pytest.mark.parametrize(
    ("command", "status", "text", "note"),
    [
        ("printf x", "ok", "x", ""),
        ("'true'", "no_data", "", "it printed nothing"),
        ("grep x /dev/null", "no_data", "", "it printed nothing"),
        ("echo x; echo why >&2; exit 4", "failed", "x\nwhy", "why"),
        ("exit 3", "failed", "", "exit code 3"),
        ("no-such-program x", "failed", "", '"no-such-program" was not found in PATH'),
        ("printf x; echo careful >&2", "ok", "x", "careful"),
    ],
)
async def test_how_a_command_ends_is_a_status(
    tmp_path: Path, command: str, status: str, text: str, note: str
) -> None:
    output = await run(tmp_path, f"command: {command}")
    assert (output.status, output.text) == (status, text)
    assert note in output.note


async def test_a_command_that_hangs_is_ended_and_keeps_its_output(tmp_path: Path) -> None:
    started = time.monotonic()
    output = await run(tmp_path, "command: echo first; sleep 60\ntimeout: 0.5")
    assert time.monotonic() - started < 30
    assert (output.status, output.text) == ("timeout", "first\n")


async def test_environment_values_reach_the_program_and_not_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_TOKEN", "s3 cret")
    plain = await run(tmp_path, "command: printf '%s' {{ env.APP_TOKEN }}")
    script = await run(tmp_path, "command: printf '%s' {{ env.APP_TOKEN }} | cat")
    braces = await run(tmp_path, 'command: printf "%s" "${APP_TOKEN}"')
    assert plain.text == script.text == braces.text == "s3 cret"
    assert "cret" not in f"{plain.command} {script.command} {braces.command}"


async def test_config_values_are_arguments_too(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(
        "x: {config: {url: 'a b'}, "
        "tools: [{name: t, description: d, command: 'printf [%s] {{ config.url }}'}]}",
        encoding="utf-8",
    )
    (toolset,) = from_file(path, tool_context())
    assert (await toolset.tools[0].run({})).text == "[a b]"


async def test_the_preview_is_what_runs(tmp_path: Path) -> None:
    item = tool(tmp_path, "command: printf '%s' {{ a }}")
    assert item.preview({"a": "x y"}) == (await item.run({"a": "x y"})).command
    assert item.preview({"a": "-x"}) == ""


TARGET = KubeTarget(context="prod", kubeconfig="/k/config", namespace="shop")
AIMED = "--kubeconfig=/k/config --context=prod"


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("kubectl get pods", f"kubectl get pods {AIMED} --namespace=shop"),
        ("kubectl get pods -A -o wide", f"kubectl get pods {AIMED} -A -o wide"),
        ("kubectl get pods -n x", f"kubectl get pods {AIMED} -n x"),
        ("kubectl get pods --namespace=x", f"kubectl get pods {AIMED} --namespace=x"),
        ("kubectl -nx get pods", f"kubectl {AIMED} -nx get pods"),
        (
            "kubectl --context other get pods -A",
            "kubectl --kubeconfig=/k/config --context other get pods -A",
        ),
        ("kubectl cert-manager status -A", f"kubectl cert-manager status {AIMED} -A"),
    ],
)
def test_kubectl_is_aimed_at_the_target(tmp_path: Path, command: str, shown: str) -> None:
    assert shutil.which("kubectl")
    assert tool(tmp_path, f"command: {command}", TARGET).preview({}) == shown


def test_without_a_target_kubectl_is_left_alone(tmp_path: Path) -> None:
    assert tool(tmp_path, "command: kubectl get pods").preview({}) == "kubectl get pods"


CONFIG = """
apiVersion: v1
kind: Config
current-context: dev
clusters:
- {name: c1, cluster: {server: "http://127.0.0.1:1"}}
- {name: c2, cluster: {server: "http://127.0.0.1:2"}}
contexts:
- {name: dev, context: {cluster: c1, user: u, namespace: one}}
- {name: prod, context: {cluster: c2, user: u, namespace: two}}
users:
- {name: u, user: {}}
"""


@pytest.mark.parametrize(
    ("context", "namespace", "sees"),
    [
        ("", "", "dev http://127.0.0.1:1 one"),
        ("prod", "", "prod http://127.0.0.1:2 two"),
        ("prod", "shop", "prod http://127.0.0.1:2 shop"),
        ("", "shop", "dev http://127.0.0.1:1 shop"),
    ],
)
async def test_kubectl_inside_a_script_sees_the_chosen_cluster(
    tmp_path: Path, context: str, namespace: str, sees: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    config = tmp_path / "config"
    config.write_text(CONFIG, encoding="utf-8")
    target = KubeTarget(context=context, kubeconfig=str(config), namespace=namespace)
    path = "{.current-context} {.clusters[0].cluster.server} {.contexts[0].context.namespace}"
    body = f"command: kubectl config view --minify -o jsonpath='{path}' | cat"
    output = await tool(tmp_path, body, target).run({})
    assert (output.status, output.text) == ("ok", sees)
    again = await anyio.run_process(["bash", "-c", output.command])
    assert again.stdout.decode() == sees
    assert config.read_text(encoding="utf-8") == CONFIG


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("kubectl {{ verb }} pod web", {"verb": "delete"}),
        ("kubectl rollout {{ verb }} deploy/web", {"verb": "undo"}),
        ("kubectl -n shop {{ verb }} pod web", {"verb": "delete"}),
        ("helm {{ verb }} web", {"verb": "uninstall"}),
        ("docker container {{ verb }} web", {"verb": "rm"}),
        ("kubectl get {{ kind }} -o yaml", {"kind": "secrets"}),
        ("kubectl get {{ kind }} -A -o json", {"kind": "pods,Secret"}),
        ("kubectl describe {{ kind }} x", {"kind": "secret"}),
        ("kubectl get {{ kind }} -o json | jq .items", {"kind": "Secrets"}),
    ],
)
async def test_a_model_can_not_turn_a_users_kubectl_into_another(
    tmp_path: Path, command: str, arguments: JsonObject
) -> None:
    output = await tool(tmp_path, f"command: {command}").run(arguments)
    assert output.status == "denied"
    assert output.note.startswith("Nothing ran: ")


def test_what_the_user_wrote_is_the_users_word(tmp_path: Path) -> None:
    item = tool(tmp_path, "command: kubectl get secret {{ name }} -o yaml --as=auditor")
    assert shlex.split(item.preview({"name": "db"}))[-1] == "--as=auditor"


@pytest.mark.parametrize(
    ("script", "values"),
    [
        ("echo kubectl-like {{ name }} | cat", {"name": "web"}),
        ("echo -n {{ name }}; : kubectl -n {{ name }} get pods", {"name": "web"}),
    ],
)
async def test_a_model_chooses_names_in_a_script(
    tmp_path: Path, script: str, values: JsonObject
) -> None:
    output = await tool(tmp_path, f'script: "{script}"').run(values)
    assert output.status == "ok", output
