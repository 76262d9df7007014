from pathlib import Path

import pytest

from holmes.core.errors import ToolsetFileError
from holmes.tools.base import Toolset
from support.context import from_file, tool_context

GOOD = """
toolsets:
  acme/app:
    description: Our app
    docs_url: https://docs
    icon_url: https://icon
    installation_instructions: none
    tags: [core]
    is_default: true
    prerequisites:
      - env: [HOME]
    llm_instructions: "Tools: {{ tool_names | join(', ') }}. {{ config.rule }}"
    config:
      rule: Be brief.
    transformers:
      - name: llm_summarize
        config: {input_threshold: 100}
    tools:
      - name: app_status
        description: The status
        user_description: status of {{ name }}
        command: printf '%s' {{ name }} {{ level }} {% if deep %}deep{% endif %}
        transformers:
          - name: llm_summarize
        parameters:
          name:
            type: string
            description: which
          deep:
            type: boolean
            required: false
          level:
            enum: [low, high]
"""


def load(tmp_path: Path, text: str) -> tuple[Toolset, ...]:
    path = tmp_path / "toolsets.yaml"
    path.write_text(text, encoding="utf-8")
    return from_file(path, tool_context())


def refused(tmp_path: Path, text: str) -> str:
    with pytest.raises(ToolsetFileError) as caught:
        load(tmp_path, text)
    assert str(tmp_path / "toolsets.yaml") in str(caught.value)
    return str(caught.value)


def test_the_whole_format_is_read(tmp_path: Path) -> None:
    (toolset,) = load(tmp_path, GOOD)
    assert toolset.name == "acme/app"
    assert toolset.status.state == "enabled"
    assert toolset.instructions == "Tools: app_status. Be brief."
    assert toolset.source.endswith("toolsets.yaml")
    assert toolset.tools[0].definition.parameters == {
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "which"},
            "deep": {"type": "boolean"},
            "level": {"type": "string", "enum": ["low", "high"]},
        },
        "required": ["name", "level"],
    }


def test_undeclared_variables_become_required_strings(tmp_path: Path) -> None:
    text = "x: {tools: [{name: t, description: d, command: 'printf {{ a }} {{ b }}'}]}"
    (toolset,) = load(tmp_path, text)
    assert toolset.tools[0].definition.parameters == {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "required": ["a", "b"],
    }


def test_nested_parameters_become_json_schema(tmp_path: Path) -> None:
    text = """
x:
  tools:
    - name: t
      description: d
      command: printf {{ a }}
      parameters:
        a:
          type: array
          items:
            type: object
            properties:
              k: {type: string, required: true}
              v: {type: string, required: false}
        b: {anyOf: [{type: string}, {type: integer}], required: false}
"""
    (toolset,) = load(tmp_path, text)
    properties = toolset.tools[0].definition.parameters["properties"]
    assert properties == {
        "a": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"k": {"type": "string"}, "v": {"type": "string"}},
                "required": ["k"],
            },
        },
        "b": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    }


BODY = "description: d, tools: [{name: t, description: d, command: printf x}]"


@pytest.mark.parametrize(
    "text",
    [
        f"toolsets: {{x: {{{BODY}}}}}",
        f"x: {{{BODY}}}",
        f"toolsets: [{{name: x, {BODY}}}]",
        f"[{{name: x, {BODY}}}]",
        f"{{name: x, {BODY}}}",
    ],
)
def test_all_forms_that_files_have_are_read(tmp_path: Path, text: str) -> None:
    (toolset,) = load(tmp_path, text)
    assert (toolset.name, len(toolset.tools)) == ("x", 1)


@pytest.mark.parametrize("text", ["", "toolsets:", "toolsets: {}", "[]"])
def test_an_empty_file_has_no_toolsets(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x: {descripton: d}", ['toolset "x"', '"descripton"', 'Did you mean "description"?']),
        ("x: {tools: [{name: t, comand: ls}]}", ['tool "t"', '"comand"', '"command"']),
        (
            "x: {tools: [{name: t, description: d, command: a, parameters: {p: {typo: 1}}}]}",
            ['parameter "p"', '"typo"', '"type"'],
        ),
        (
            "x: {tools: [{name: t, description: d, command: a, parameters: {p: {pattern: '('}}}]}",
            ['parameter "p"', "its pattern is wrong: missing )"],
        ),
        ("x: {prerequisites: [{comand: ls}]}", ['"comand"', '"command"']),
        ("{toolsets: {}, other: 1}", ['"other"', "Known keys"]),
        ("x: {tools: [{name: t, description: d}]}", ['one of "command" and "script"']),
        ("x: {tools: [{name: t, description: d, command: a, script: b}]}", ["one of"]),
        ("x: {tools: [{name: 5, description: d, command: a}]}", ["tools[0].name", "str"]),
        ("x: {tools: [{name: t, command: a}]}", ["description"]),
        ("x: {tools: {name: t}}", ["list"]),
        ("x: {tools: [t]}", ["mapping"]),
        ("x: 5", ['toolset "x"', "mapping"]),
        ("5", ["mapping"]),
        ("[{description: d}]", ["number 1 has no name"]),
        ("x: ]", [":1", "not YAML"]),
        ("x:\n  y: 1\n z: 2\n", [":3", "not YAML"]),
        ("x: {tools: [{name: t, description: d, command: '{% if %}'}]}", ['tool "t"', "line 1"]),
        (
            "x: {tools: [{name: t, description: d, command: a, transformers: [{name: y}]}]}",
            ['no "y"', "kubernetes_yaml"],
        ),
        ("x: {llm_instructions: '{% if %}'}", ["llm_instructions"]),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, says: list[str]) -> None:
    message = refused(tmp_path, text)
    for part in says:
        assert part in message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolsetFileError, match="No such file"):
        from_file(tmp_path / "none.yaml", tool_context())


def test_bytes_that_are_no_text_are_no_yaml(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"x: \xff")
    with pytest.raises(ToolsetFileError, match="not YAML"):
        from_file(path, tool_context())


@pytest.mark.parametrize(
    ("text", "state", "reason"),
    [
        ("x: {enabled: false}", "disabled", "switched off"),
        ("x: {prerequisites: [{enabled: false, disabled_reason: broken}]}", "disabled", "broken"),
        ("x: {prerequisites: [{env: [NO_SUCH_VARIABLE]}]}", "failed", '"NO_SUCH_VARIABLE"'),
        ("x: {type: gopher, config: {endpoints: []}}", "failed", '"gopher"'),
    ],
)
def test_what_can_not_be_used_says_why(tmp_path: Path, text: str, state: str, reason: str) -> None:
    (toolset,) = load(tmp_path, text)
    assert toolset.status.state == state
    assert reason in toolset.status.reason
