"""What a model without native tools is told, and what a server is held to."""

import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest
from inline_snapshot import snapshot

from holmes.core.messages import ToolCall
from holmes.models.tool_syntax import (
    action_schema,
    parse,
    prompt,
    render_call,
    render_result,
)
from holmes.models.tool_syntax.base import ToolSyntax
from holmes.models.tool_syntax.core.prompt import signature
from holmes.models.tool_syntax.core.scanner import syntaxes
from tool_syntax.offered import TOOLS, TWENTY, tool
from tool_syntax.writers import WRITERS


def test_the_prompt_names_each_tool_on_a_line() -> None:
    assert prompt(TOOLS) == snapshot("""\
Tools:
list_pods(namespace) - List pods in a Kubernetes namespace
get_logs(namespace, pod, level: info|warn|error, tail?: int) - Get logs of a pod
query_metrics(query, labels?: object) - Run a PromQL query
cluster_info() - Version and nodes of the cluster

To call a tool, end your reply with its call in a JSON fence:
```json
{"tool": "list_pods", "arguments": {"namespace": "…"}}
```\
""")


def test_twenty_tools_fit_in_four_hundred_tokens() -> None:
    assert len(TWENTY) == 20
    # The tokenizer of Qwen2.5-Coder makes 337 tokens of this prompt, 4.1 characters each, and
    # 3.7 for the one of four tools (llama.cpp's /tokenize, 24 Nov 2026).
    assert len(prompt(TWENTY)) <= 400 * 3.7


def test_without_tools_there_is_nothing_to_say() -> None:
    assert prompt(()) == ""


def test_a_signature_shows_types_choices_and_what_may_be_left_out() -> None:
    shown = signature(
        tool("x", "", "a", "b", b={"type": ["integer", "null"]}, c={"enum": ["p", 1]})
    )
    assert shown == "x(a, b: int, c?: p|1)"


def test_the_example_of_the_prompt_is_a_call_of_an_offered_tool() -> None:
    parsed = parse(prompt(TOOLS).rpartition(":\n")[2], TOOLS)
    assert [call.name for call in parsed.calls] == ["list_pods"]
    assert parsed.content == ""


def test_every_syntax_says_where_it_comes_from() -> None:
    modules = {sys.modules[syntax.read.__module__] for syntax in syntaxes()}
    documented = "".join(Path(str(module.__file__)).read_text() for module in modules)
    assert len(modules) >= 10
    assert documented.count("Form: ") >= len({syntax.name for syntax in syntaxes()})


@pytest.mark.parametrize(
    "syntax", [s for s in syntaxes() if s.result_openers], ids=lambda s: s.name
)
def test_a_result_that_a_model_writes_itself_is_dropped(syntax: ToolSyntax) -> None:
    call = ToolCall(id="", name="list_pods", arguments={"namespace": "web"})
    reply = f"{WRITERS[syntax.name]([call])}\n{syntax.result_openers[0]}\nfront-9 Running"
    parsed = parse(reply, TOOLS)
    assert [c.name for c in parsed.calls] == ["list_pods"]
    assert parsed.content == ""


def test_history_can_be_written_as_text() -> None:
    call = ToolCall(id="c1", name="list_pods", arguments={"namespace": "web"})
    assert render_call([call]) == snapshot("""\
```json
{"tool": "list_pods", "arguments": {"namespace": "web"}}
```\
""")
    assert render_result("list_pods", "front-1 Running") == snapshot("""\
Result of list_pods:
front-1 Running\
""")


ACTIONS: list[tuple[object, bool]] = [
    ({"tool": "list_pods", "arguments": {"namespace": "web"}}, True),
    ({"tool": "cluster_info", "arguments": {}}, True),
    ({"answer": "All is well."}, False),
    ({"tool": "list_pods", "arguments": {}}, False),
    ({"tool": "describe_pod", "arguments": {}}, False),
    ({"name": "list_pods", "arguments": {"namespace": "web"}}, False),
    (
        {"tool": "get_logs", "arguments": {"namespace": "a", "pod": "b", "level": "all"}},
        False,
    ),
]


@pytest.mark.parametrize(("action", "allowed"), ACTIONS)
def test_the_schema_allows_one_call_and_nothing_else(action: object, allowed: bool) -> None:  # noqa: FBT001  # a table's column
    assert jsonschema_rs.is_valid(dict(action_schema(TOOLS)), action) is allowed


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; from holmes.models.tool_syntax import parse; parse('[a] {\"name\": 1}', ());"
        "print({'json_repair', 'msgspec', 'jsonschema_rs', 'httpx2'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
