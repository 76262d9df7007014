import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holmes.core.messages import JsonObject, JsonValue, ToolDefinition
from holmes.tools.arguments import (
    InvalidArguments,
    ValidArguments,
    nearest_tools,
    signature,
    validate,
)

GET = ToolDefinition(
    name="kubectl_get",
    description="List objects",
    parameters={
        "type": "object",
        "properties": {
            "kind": {"type": "string"},
            "namespace": {"type": "string"},
            "tail": {"type": "integer"},
            "ratio": {"type": "number"},
            "previous": {"type": "boolean"},
            "names": {"type": "array", "items": {"type": "string"}},
            "labels": {"type": "object"},
            "output": {"type": "string", "enum": ["wide", "Name"]},
            "maybe": {"type": ["integer", "null"]},
        },
        "required": ["kind"],
    },
)


def valid(**arguments: JsonValue) -> ValidArguments:
    checked = validate(GET, arguments)
    assert isinstance(checked, ValidArguments), checked
    return checked


def message(arguments: JsonObject) -> str:
    checked = validate(GET, arguments)
    assert isinstance(checked, InvalidArguments), checked
    return checked.message


def test_good_arguments_pass_unchanged_and_without_a_note() -> None:
    checked = valid(kind="pods", tail=5, previous=True, names=["a"], output="wide", maybe=None)
    assert checked.arguments == {
        "kind": "pods",
        "tail": 5,
        "previous": True,
        "names": ["a"],
        "output": "wide",
        "maybe": None,
    }
    assert checked.notes == ()


@pytest.mark.parametrize(
    ("name", "given", "meant"),
    [
        ("tail", "5", 5),
        ("tail", " 50 ", 50),
        ("tail", [7], 7),
        ("tail", 2.0, 2),
        ("ratio", "0.5", 0.5),
        ("previous", "true", True),
        ("previous", "False", False),
        ("namespace", 5, "5"),
        ("namespace", True, "true"),
        ("namespace", ["shop"], "shop"),
        ("names", "web", ["web"]),
        ("names", 3, ["3"]),
        ("names", '["a", "b"]', ["a", "b"]),
        ("labels", '{"a": 1}', {"a": 1}),
        ("output", "WIDE", "wide"),
        ("output", "name", "Name"),
    ],
)
def test_what_can_mean_one_thing_only_is_mended_and_noted(
    name: str, given: JsonValue, meant: JsonValue
) -> None:
    checked = valid(kind="pods", **{name: given})
    assert checked.arguments[name] == meant
    assert type(checked.arguments[name]) is type(meant)
    assert len(checked.notes) == 1
    assert f'"{name}"' in checked.notes[0]


def test_an_empty_object_for_an_optional_argument_is_left_out() -> None:
    checked = valid(kind="pods", labels={})
    assert checked.arguments == {"kind": "pods"}
    assert checked.notes == ('"labels": {} was read as not given.',)
    demanding = ToolDefinition(
        name="label",
        description="",
        parameters={
            "type": "object",
            "properties": {"labels": {"type": "object"}},
            "required": ["labels"],
        },
    )
    assert validate(demanding, {"labels": {}}) == ValidArguments(arguments={"labels": {}})


@pytest.mark.parametrize("nothing", [None, "", "  ", "null", "None"])
def test_an_optional_argument_that_says_nothing_is_left_out(nothing: str | None) -> None:
    assert valid(kind="pods", namespace=nothing).arguments == {"kind": "pods"}


def test_an_unknown_argument_is_left_out_with_a_note() -> None:
    checked = valid(kind="pods", cluster="prod")
    assert checked.arguments == {"kind": "pods"}
    assert checked.notes == ('The tool has no argument "cluster"; it was left out.',)


def test_a_name_in_another_spelling_is_recognised() -> None:
    checked = valid(Kind="pods")
    assert checked.arguments == {"kind": "pods"}
    assert checked.notes == ('"Kind" was read as "kind".',)


@pytest.mark.parametrize("arguments", [{}, {"kind": ""}, {"kind": None}, {"namespace": "shop"}])
def test_a_missing_required_argument_is_named_with_the_signature(arguments: JsonObject) -> None:
    text = message(arguments)
    assert text.startswith('The required argument is missing: "kind". Nothing ran.')
    assert "kubectl_get(kind: string, namespace?: string, tail?: integer" in text


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"kind": "pods", "tail": "many"}, '"tail"'),
        ({"kind": "pods", "tail": 1.5}, '"tail"'),
        ({"kind": "pods", "output": "yaml"}, '"output"'),
        ({"kind": ["a", "b"]}, '"kind"'),
        ({"kind": {"a": 1}}, '"kind"'),
        ({"kind": "pods", "previous": "maybe"}, '"previous"'),
    ],
)
def test_what_can_not_be_mended_is_named(arguments: JsonObject, names: str) -> None:
    assert names in message(arguments)


def test_the_signature_shows_enums_and_arrays() -> None:
    text = signature(GET)
    assert "names?: array of string" in text
    assert 'output?: "wide"|"Name"' in text
    assert "maybe?: integer|null" in text


def test_half_a_surrogate_pair_is_refused_not_raised() -> None:
    assert "can't be checked" in message({"kind": "a\ud83d"})


def test_a_schema_that_is_none_is_refused_not_raised() -> None:
    broken = ToolDefinition(
        name="x", description="", parameters={"type": "object", "minProperties": "many"}
    )
    assert isinstance(validate(broken, {}), InvalidArguments)


def test_near_tools_are_found() -> None:
    names = ("kubectl_get", "kubectl_logs", "kubectl_describe", "promql")
    assert nearest_tools("get_kubectl_logs", names)[0] == "kubectl_logs"
    assert nearest_tools("KUBECTL_GET", names)[0] == "kubectl_get"
    assert nearest_tools("zzz", names) == ()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["5", "true", "null", "[1]", '{"a":1}', "[", "wide", "-1e400", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([*GET.parameters["properties"], "KIND", "other"]) | st.text()  # type: ignore[misc]


@given(st.dictionaries(NAMES, JSON, max_size=6))
def test_it_never_raises_and_what_it_calls_valid_satisfies_the_schema(
    arguments: dict[str, JsonValue],
) -> None:
    checked = validate(GET, arguments)
    if isinstance(checked, ValidArguments):
        assert jsonschema_rs.is_valid(dict(GET.parameters), checked.arguments)
        assert checked.arguments["kind"]
        assert set(checked.arguments) <= set(GET.parameters["properties"])  # type: ignore[arg-type]
    else:
        assert "kubectl_get(" in checked.message


SCHEMAS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["string", "array"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "properties", "required", "enum", "items", "a", "anyOf"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["type", "properties", "required", "enum"]), SCHEMAS),
    st.dictionaries(st.sampled_from("abc"), JSON, max_size=3),
)
def test_no_schema_of_a_user_makes_it_raise(
    schema: dict[str, JsonValue], arguments: dict[str, JsonValue]
) -> None:
    validate(ToolDefinition(name="x", description="", parameters=schema), arguments)
