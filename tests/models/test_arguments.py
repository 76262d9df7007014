"""Arguments of tool calls in every form, and repairs that say what they did."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holmes.models.client.arguments import read_arguments, repair


@pytest.mark.parametrize(
    ("sent", "arguments"),
    [
        ('{"a": 1}', {"a": 1}),
        ({"a": 1}, {"a": 1}),
        ('"{\\"a\\": 1}"', {"a": 1}),
        (None, {}),
        ("", {}),
        ("  \n", {}),
        ("null", {}),
        ('""', {}),
        ("{}", {}),
    ],
)
def test_readable_arguments(sent: object, arguments: object) -> None:
    read = read_arguments(sent)
    assert (read.arguments, read.error, read.repaired) == (arguments, "", "")


@pytest.mark.parametrize(
    ("sent", "arguments"),
    [
        ("{'a': 1}", {"a": 1}),
        ('{"a": 1,}', {"a": 1}),
        ('{"a": 1', {"a": 1}),
        ('{namespace: "web"}', {"namespace": "web"}),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('{"query": "line\nline"}', {"query": "line\nline"}),
    ],
)
def test_broken_arguments_are_repaired_and_it_is_said(sent: str, arguments: object) -> None:
    read = read_arguments(sent)
    assert (read.arguments, read.error, read.raw) == (arguments, "", sent)
    assert "not valid JSON" in read.repaired
    assert json.dumps(arguments, separators=(",", ":")) in read.repaired


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ("pods in web", "not valid JSON: Expecting value at character 1"),
        ("[1, 2]", "a JSON array, not an object"),
        ([1, 2], "a JSON array, not an object"),
        ("7", "a JSON number, not an object"),
        ("true", "a JSON boolean, not an object"),
        ("{", "not valid JSON"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_unreadable_arguments_say_why(sent: object, says: str) -> None:
    read = read_arguments(sent)
    assert (read.arguments, read.repaired) == ({}, "")
    assert says in read.error


def test_numbers_that_are_no_json_are_not_read_as_such() -> None:
    assert "NaN" in read_arguments('{"a": NaN}').repaired + read_arguments('{"a": NaN}').error


def test_nothing_is_guessed_from_text_without_an_object() -> None:
    assert repair("just words") is None


@given(st.text() | st.text(alphabet='{}[]":,\\ a1', max_size=40))
def test_any_text_is_either_read_or_explained(text: str) -> None:
    read = read_arguments(text)
    assert isinstance(read.arguments, dict)
    assert read.raw == text
    assert not (read.error and (read.arguments or read.repaired))
    json.dumps(read.arguments, allow_nan=False)
