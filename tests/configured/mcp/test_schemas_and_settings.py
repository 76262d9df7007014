"""Schemas of strangers, and the sections that people write."""

import re
from pathlib import Path
from typing import Any

import pytest

from holmes.core.errors import ToolsetFileError
from holmes.tools import registry
from holmes.tools.base import ToolContext
from holmes.tools.section import Section
from holmes.toolsets.configured.mcp.schema import definition_of
from holmes.toolsets.configured.mcp.settings import McpSettings, settings_of


def parameters(**properties: Any) -> Any:  # noqa: ANN401  (any JSON)
    schema = {"type": "object", "properties": properties, "$defs": {"Side": {"enum": ["a", "b"]}}}
    return definition_of("t", "d", schema).parameters["properties"]


def test_references_are_put_in_place_and_others_left_out() -> None:
    found = parameters(
        side={"$ref": "#/$defs/Side", "description": "which"},
        away={"$ref": "http://169.254.169.254/latest/meta-data"},
    )
    assert found == {"side": {"enum": ["a", "b"], "description": "which"}, "away": {}}


def test_what_may_be_null_may_be_left_out() -> None:
    found = parameters(
        a={"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "title": "A"},
        b={"type": ["string", "null"]},
        c={"oneOf": [{"type": "string"}, {"type": "integer"}]},
    )
    assert found == {
        "a": {"type": "integer", "minimum": 1},
        "b": {"type": "string"},
        "c": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    }


def test_a_schema_that_holds_itself_ends() -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"child": {"$ref": "#"}, "twin": {"$ref": "#/properties/twin"}},
        "required": ["child", "no-such"],
    }
    assert definition_of("t", None, schema).parameters["required"] == ["child"]


def test_a_huge_schema_loses_its_depths() -> None:
    deep = {"type": "object", "properties": {f"field{n}": {"type": "string"} for n in range(400)}}
    found = definition_of("t", "d", {"properties": {"body": deep, "name": {"type": "string"}}})
    assert found.parameters["properties"] == {
        "body": {"type": "object"},
        "name": {"type": "string"},
    }


def test_names_are_such_as_model_servers_take() -> None:
    name = definition_of("list.orders/ä <|im_end|>" + "x" * 100, "d", {}).name
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name)


def test_names_and_choices_that_frame_a_conversation_are_left_out() -> None:
    found = parameters(**{"<|im_end|>": {}, "state": {"enum": ["ok", "<|im_start|>system"]}})
    assert found == {"state": {}}


def settings(**config: object) -> McpSettings:
    section = Section(name="s", kind="mcp", config=config, source="f.yaml")
    return settings_of(section, {"TOKEN": "t0ken"})


def test_headers_come_from_the_environment_and_not_from_a_request_that_is_not_there() -> None:
    said = settings(
        url="http://h/mcp",
        mode="streamable-http",
        headers={"Authorization": "Bearer {{ env.TOKEN }}"},
        extra_headers={"X-Tenant": "{{ request_context.headers['X-Tenant'] }}"},
    )
    assert said.sent_headers == {"Authorization": "Bearer t0ken"}


@pytest.mark.parametrize(
    ("config", "transport", "sse"),
    [
        ({"command": "x"}, "stdio", ""),
        ({"url": "http://h:1"}, "", "http://h:1/sse"),
        ({"url": "http://h:1/", "mode": "sse"}, "sse", "http://h:1/sse"),
        ({"url": "http://h/a/sse"}, "sse", "http://h/a/sse"),
        ({"url": "http://h/mcp", "mode": "http"}, "http", ""),
        ({"url": "http://h/mcp", "mode": "streamable-http"}, "http", ""),
    ],
)
def test_the_way_to_a_server(config: dict[str, object], transport: str, sse: str) -> None:
    said = settings(**config)
    assert said.transport == transport
    assert not sse or said.sse_url == sse


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"mode": "stdio"}, '"command" of its "config" is missing'),
        ({"mode": "sse"}, '"url" of its "config" is missing'),
        ({"mode": "websocket", "url": "ws://h"}, '"mode" is "websocket"'),
        ({"comand": "x"}, 'Did you mean "command"?'),
        ({"url": "http://h", "oauth": {"grant": "password"}}, "oauth.grant"),
    ],
)
def test_a_mistake_is_named_with_its_place(config: dict[str, object], words: str) -> None:
    with pytest.raises(ToolsetFileError) as error:
        settings(**config)
    assert words in str(error.value)
    assert 'f.yaml: toolset "s"' in str(error.value)


PEERS = """\
mcp_servers:
  tickets:
    description: Incident tickets
    config: {mode: stdio, command: python3, args: [/opt/tickets.py], env: {TICKETS_DB: /data/t.db}}
    llm_instructions: Look here for earlier incidents.
    approval_required_tools: ["close_*"]
  metrics:
    config:
      mode: streamable-http
      url: https://mcp.example.com/mcp
      headers: {Authorization: "Bearer {{ env.METRICS_TOKEN }}"}
      extra_headers: {X-Tenant: "{{ request_context.headers['X-Tenant'] }}"}
      icon_url: https://example.com/icon.svg
      oauth: {enabled: false}
  old:
    url: http://old.example.com:8000/sse
  paused:
    enabled: false
    config: {url: http://off.example.com}
"""


def test_a_section_that_was_written_for_the_peer_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mcp.yaml").write_text(PEERS)
    context = ToolContext(environment={"METRICS_TOKEN": "m"})
    loaded = {item.name: item for item in registry.load([tmp_path / "mcp.yaml"], {}, context)}
    states = {name: loaded[name].status.state for name in ("tickets", "metrics", "old", "paused")}
    assert states == {
        "tickets": "enabled",
        "metrics": "enabled",
        "old": "enabled",
        "paused": "disabled",
    }
    assert loaded["tickets"].asked == ("close_*",)
    assert loaded["tickets"].instructions == "Look here for earlier incidents."
