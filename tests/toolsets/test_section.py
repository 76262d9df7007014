"""A toolset's section of the configuration: settings, variables, several servers."""

import msgspec
import pytest

from holmes.core.errors import ToolsetFileError
from holmes.core.tool_output import ToolOutput
from holmes.tools.base import Toolset, ToolsetStatus
from holmes.tools.function_tool import FunctionTool, ToolFailure, definition
from holmes.tools.instances import instances_of, joined
from holmes.tools.section import Section

pytestmark = pytest.mark.anyio


class _Settings(msgspec.Struct, frozen=True, kw_only=True):
    api_url: str
    timeout_seconds: float = 5.0
    headers: dict[str, str] = {}


def section(**config: object) -> Section:
    return Section(name="acme/metrics", config=config, source="file.yaml")


def test_variables_are_filled_in_and_numbers_read_from_them() -> None:
    said = section(
        api_url="http://{{ env.HOST }}:{{env.PORT}}",
        timeout_seconds="{{ env.T }}",
        headers={"X-Team": "{{ env.HOST }}"},
    )
    environment = {"HOST": "prom", "PORT": "9090", "T": "7"}
    settings = said.settings(_Settings, environment)
    assert settings == _Settings(
        api_url="http://prom:9090", timeout_seconds=7.0, headers={"X-Team": "prom"}
    )


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"api_ulr": "x"}, 'the key "api_ulr" of "config" is not known. Did you mean "api_url"?'),
        ({"api_url": "a", "headers": 1}, '"config.headers": expected object, got int'),
        ({}, "missing required field api_url"),
        ({"api_url": "{{ env.NOT_SET }}"}, 'the environment variable "NOT_SET" is not set'),
    ],
)
def test_what_is_wrong_is_named_with_its_place(config: dict[str, object], said: str) -> None:
    with pytest.raises(ToolsetFileError) as error:
        section(**config).settings(_Settings, {})
    assert said in str(error.value)
    assert str(error.value).startswith('file.yaml: toolset "acme/metrics"')


def test_an_instance_with_a_login_of_its_own_inherits_none() -> None:
    shared = section(
        api_url="http://a",
        username="ann",
        password="p1",  # noqa: S106
        timeout_seconds=3,
        instances=[{"name": "one"}, {"name": "two", "api_url": "http://b", "api_key": "k"}],
    )
    found = instances_of(shared)
    assert found["one"].config == {
        "api_url": "http://a",
        "username": "ann",
        "password": "p1",
        "timeout_seconds": 3,
    }
    assert found["two"].config == {"api_url": "http://b", "api_key": "k", "timeout_seconds": 3}


@pytest.mark.parametrize(
    ("instances", "said"),
    [
        ([], "is to be a list of instances"),
        ([{"api_url": "x"}], "instance number 1 has no name"),
        ([{"name": "a"}, {"name": "a"}], 'two instances are named "a"'),
    ],
)
def test_instances_that_can_not_be_told_apart_are_refused(instances: object, said: str) -> None:
    with pytest.raises(ToolsetFileError, match=said):
        instances_of(section(instances=instances))


def _server(name: str, *, up: bool = True) -> Toolset:
    async def call(arguments: dict[str, object]) -> ToolOutput:
        return ToolOutput(status="ok", text=f"{name} {arguments.get('query')}")

    async def health() -> str:
        if not up:
            raise ToolFailure(f"{name} is down")
        return f"{name} 1.0"

    tool = FunctionTool(
        definition=definition("ask", "Ask.", {"query": {"type": "string"}}, required=("query",)),
        call=call,  # type: ignore[arg-type]
        show=lambda arguments: f"ask {arguments['query']}",
    )
    return Toolset(
        name="acme",
        description="",
        tools=(tool,),
        status=ToolsetStatus(state="enabled"),
        health=health,
    )


async def test_a_call_goes_to_the_instance_that_it_names() -> None:
    both = joined({"east": _server("east"), "west": _server("west", up=False)})
    (tool,) = both.tools
    assert tool.definition.parameters["required"] == ["instance", "query"]
    output = await tool.run({"instance": "west", "query": "up"})
    assert output.text == "west up"
    assert both.health is not None
    assert await both.health() == "east: east 1.0; not used: west: west is down"


async def test_no_instance_that_answers_is_a_failure() -> None:
    both = joined({"a": _server("a", up=False), "b": _server("b", up=False)})
    assert both.health is not None
    with pytest.raises(ToolFailure, match="a: a is down; b: b is down"):
        await both.health()
