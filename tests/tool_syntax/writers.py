"""Calls written as a model of each family writes them, by the name of the syntax."""

import json
from collections.abc import Callable, Sequence
from typing import TypeAlias

from holmes.core.messages import ToolCall
from holmes.models.tool_syntax import render_call

Writer: TypeAlias = Callable[[Sequence[ToolCall]], str]


def dumps(value: object, *markers: str) -> str:
    """JSON on one line; a marker is escaped so that it can't end the call."""
    text = json.dumps(value, ensure_ascii=False)
    for marker in filter(None, markers):
        text = text.replace(marker, f"\\u{ord(marker[0]):04x}{marker[1:]}")
    return text


def each(opener: str, closer: str = "", *, arguments: str = "arguments") -> Writer:
    """One JSON object a call, between markers."""
    return lambda calls: "\n".join(
        opener + dumps({"name": c.name, arguments: c.arguments}, opener, closer or opener) + closer
        for c in calls
    )


def array(
    opener: str, closer: str = "", *, name: str = "name", arguments: str = "arguments"
) -> Writer:
    """All calls in one array, between markers."""
    marks = [mark for mark in (opener, closer, "<|") if mark]
    return lambda calls: (
        opener + dumps([{name: c.name, arguments: c.arguments} for c in calls], *marks) + closer
    )


def named(before: str, between: str, after: str) -> Writer:
    """The name, then the arguments, between tokens."""
    marks = [mark for mark in (before, between, after) if mark] + ["```", "<|", "<\uff5c"]
    return lambda calls: "".join(
        f"{before}{c.name}{between}{dumps(c.arguments, *marks)}{after}" for c in calls
    )


def around(opener: str, writer: Writer, closer: str) -> Writer:
    return lambda calls: opener + writer(calls) + closer


def elements(head: str, parameter: str, end: str) -> Writer:
    """One element a parameter: text bare, anything else as JSON."""

    def value(given: object) -> str:
        return given if isinstance(given, str) else dumps(given)

    def write(call: ToolCall) -> str:
        inner = "".join(parameter.format(k, value(v)) for k, v in call.arguments.items())
        return f"{head.format(call.name)}{inner}{end}"

    return lambda calls: "\n".join(map(write, calls))


def gemma(value: object) -> str:
    if isinstance(value, str):
        return f"<escape>{value}<escape>"
    if isinstance(value, dict):
        return f"{{{','.join(f'{key}:{gemma(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{','.join(map(gemma, value))}]"
    return json.dumps(value)


def python(call: ToolCall) -> str:
    return f"{call.name}({', '.join(f'{k}={v!r}' for k, v in call.arguments.items())})"


def token(words: str) -> str:
    return f"<\uff5c{words.replace(' ', chr(0x2581))}\uff5c>"


WRITERS: dict[str, Writer] = {
    "bare_json": each(""),
    "xlam": array(""),
    "fenced": render_call,
    "hermes": each("<tool_call>", "</tool_call>"),
    "command_r": array(
        "<|START_ACTION|>", "<|END_ACTION|>", name="tool_name", arguments="parameters"
    ),
    "granite": array("<|tool_call|>"),
    "lm_studio": each("[TOOL_REQUEST]", "[END_TOOL_REQUEST]"),
    "phi4": array("<|tool_call|>", "<|/tool_call|>"),
    "llama3": each("<|python_tag|>", "<|eom_id|>", arguments="parameters"),
    "deepseek": around(
        token("tool calls begin"),
        named(token("tool call begin"), token("tool sep"), token("tool call end")),
        token("tool calls end"),
    ),
    "kimi": around(
        "<|tool_calls_section_begin|>",
        named(
            "<|tool_call_begin|>functions.", ":0<|tool_call_argument_begin|>", "<|tool_call_end|>"
        ),
        "<|tool_calls_section_end|>",
    ),
    "mistral": named("[TOOL_CALLS]", "[ARGS]", ""),
    "harmony": named(
        "<|channel|>commentary to=functions.", " <|constrain|>json<|message|>", "<|call|>"
    ),
    "react": lambda calls: "\n".join(
        f"Action: {c.name}\nAction Input: {dumps(c.arguments)}" for c in calls
    ),
    "pythonic": lambda calls: f"[{', '.join(map(python, calls))}]",
    "glm": elements(
        "<tool_call>{}\n", "<arg_key>{}</arg_key>\n<arg_value>{}</arg_value>\n", "</tool_call>"
    ),
    "qwen3_coder": elements(
        "<tool_call>\n<function={}>\n",
        "<parameter={}>\n{}\n</parameter>\n",
        "</function>\n</tool_call>",
    ),
    "invoke": around(
        "<minimax:tool_call>\n",
        elements('<invoke name="{}">\n', '<parameter name="{}">{}</parameter>\n', "</invoke>"),
        "\n</minimax:tool_call>",
    ),
    "gemma": lambda calls: "".join(
        f"<start_function_call>call:{c.name}{gemma(dict(c.arguments))}<end_function_call>"
        for c in calls
    ),
}
