"""What holds for every text: nothing raises, streams agree with wholes, renderings come back."""

import time
from typing import cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from holmes.core.messages import JsonObject, ToolCall
from holmes.models.tool_syntax import StreamFilter, parse
from holmes.models.tool_syntax.core.scanner import syntaxes
from tool_syntax.offered import TOOLS, tool
from tool_syntax.writers import WRITERS

MARKERS = sorted({o for s in syntaxes() for o in (*s.openers, *s.result_openers)})
PIECES = st.sampled_from(
    [
        *MARKERS,
        *("</tool_call>", "</function>", "</parameter>", "<parameter=namespace>", "[ARGS]"),
        *("<arg_key>namespace</arg_key>", "<arg_value>", "</arg_value>", "</invoke>", "```json\n"),
        *("list_pods", "get_logs", '{"name": "list_pods", "arguments": {"namespace": "web"}}'),
        *('{"tool": "x"', '"arguments": ', "call:list_pods{", "<|message|>", "to=functions.x "),
        *(
            "Action Input: {}",
            "Action: list_pods\n",
            "Action: a\r\nAction Input: ",
            "\r\n",
            "\n",
            " ",
            '"',
            "{",
            "}",
            "[",
            "]",
            "(",
            ")",
            ",",
            ":",
            "`",
            "```",
        ),
        *("</think>", "# Heading\n", "- item\n", "Some words. ", "\\", "é", "\ud800", "{{", "}}"),
        *("[list_pods(namespace='web')]", "functions.list_pods:0", "<|tool_call_argument_begin|>"),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=24).map("".join)


@given(TEXTS)
@settings(max_examples=500, deadline=None)
def test_no_text_raises(text: str) -> None:
    parsed = parse(text, TOOLS)
    assert bool(parsed.calls) == bool(parsed.syntax)
    assert parsed.calls or len(parsed.content) <= len(text)


@given(TEXTS, st.lists(st.integers(1, 9), min_size=1, max_size=40))
@settings(max_examples=500, deadline=None)
def test_a_stream_in_any_pieces_agrees_with_the_whole(text: str, sizes: list[int]) -> None:
    stream = StreamFilter(TOOLS)
    shown, at = [], 0
    while at < len(text):
        size = sizes[at % len(sizes)]
        shown.append(stream.feed(text[at : at + size]))
        at += size
    parsed = stream.finish()
    assert parsed == parse(text, TOOLS)
    assert parsed.content.startswith("".join(shown))


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
# What plain-text syntaxes can't escape: their own markers, and blanks at a value's edges.
TAME = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), max_size=20
).filter(lambda text: "<" not in text and "|" not in text)
LINES = st.lists(TAME.filter(bool), max_size=3).map("\n".join)
KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)


def values(text: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    leaves = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | text
    return st.recursive(
        leaves | st.floats(allow_nan=False, allow_infinity=False, width=32),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=6,
    )


def arguments(text: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(
        {"query": text, "labels": st.dictionaries(KEYS, values(text), max_size=3)},
        optional={"limit": st.integers(), "deep": st.booleans()},
    )


RENDERED = (
    tool(
        "query_metrics",
        "Run a query",
        "query",
        labels={"type": "object"},
        limit={"type": "integer"},
        deep={"type": "boolean"},
    ),
    tool("cluster_info", "About the cluster"),
)
NOT_A_THOUGHT: dict[str, object] = {"query": "</think>", "labels": {"a": "x</think>y"}}
# Their values are text between markers; every other syntax carries any text at all.
PLAIN_TEXT = ("qwen3_coder", "glm", "invoke", "gemma")


def came_back(syntax: str, given_arguments: dict[str, object]) -> None:
    wanted = [
        ("query_metrics", given_arguments),
        ("cluster_info", {}),
    ]
    calls = [
        ToolCall(id="", name=name, arguments=cast("JsonObject", value)) for name, value in wanted
    ]
    parsed = parse(f"I will look.\n{WRITERS[syntax](calls)}", RENDERED)
    assert [(c.name, c.arguments) for c in parsed.calls] == wanted
    assert parsed.content == "I will look."
    assert not any(c.repaired or c.parse_error for c in parsed.calls)


def test_every_syntax_is_written_by_the_tests() -> None:
    assert {syntax.name for syntax in syntaxes()} == set(WRITERS)


@pytest.mark.parametrize("syntax", sorted(set(WRITERS) - set(PLAIN_TEXT)))
def test_a_written_call_comes_back(syntax: str) -> None:
    @given(arguments(WORDS | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)))
    @example(given_arguments=NOT_A_THOUGHT)
    @settings(max_examples=60, deadline=None)
    def check(given_arguments: dict[str, object]) -> None:
        came_back(syntax, given_arguments)

    check()


@pytest.mark.parametrize("syntax", PLAIN_TEXT)
def test_a_call_written_as_plain_text_comes_back(syntax: str) -> None:
    @given(arguments(LINES))
    @settings(max_examples=60, deadline=None)
    def check(given_arguments: dict[str, object]) -> None:
        came_back(syntax, given_arguments)

    check()


MEGABYTE = 1_000_000
HOSTILE = [
    "[",
    "{",
    '{"name": ',
    '{"name": "list_pods", "arguments": {',
    '{"name":"list_pods" x} ',
    "[list_pods(",
    "<tool_call>",
    "<tool_call>{",
    '<tool_call>{"name": "a" b} ',
    "<function=a><parameter=b>",
    "```json\n{",
    '```json\n{"name": ',
    "```",
    "`",
    "<|channel|>",
    "<|channel|>analysis<|message|>",
    "Action: a\nAction Input: ",
    "[TOOL_CALLS]a[ARGS]{",
    "<tool_call>a<arg_key>b</arg_key><arg_value>",
    "<start_function_call>call:a{<escape>",
    "<|python_tag|>{",
    '<invoke name="a"><parameter name="b">',
    "\\",
    '"',
    "word ",
    "# a\n- b\n",
    " ",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_megabyte_of_anything_takes_seconds_at_most(unit: str) -> None:
    text = unit * (MEGABYTE // len(unit))
    started = time.monotonic()
    parse(text, TOOLS)
    # Linear work takes seconds even beside other tests; quadratic work would take hours.
    assert time.monotonic() - started < 60


def test_a_megabyte_in_one_argument_is_read() -> None:
    long = "x" * MEGABYTE
    parsed = parse(
        f'<tool_call>{{"name": "list_pods", "arguments": {{"namespace": "{long}"}}}}', TOOLS
    )
    assert parsed.calls[0].arguments == {"namespace": long}


def test_deep_nesting_is_an_error_and_not_a_crash() -> None:
    for depth in (65, 900, 100_000):
        deep = "[" * depth + "]" * depth
        parsed = parse(
            f'<tool_call>{{"name": "query_metrics", "arguments": {{"query": {deep}}}}}', TOOLS
        )
        assert "nested" in parsed.calls[0].parse_error
