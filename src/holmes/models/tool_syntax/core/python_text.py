"""Calls written as Python, read as data: nothing is ever evaluated."""

import ast
import re
import warnings
from collections.abc import Sequence

from holmes.core.messages import JsonValue
from holmes.models.client.json_reply import MAX_DEPTH
from holmes.models.tool_syntax.base import MORE, More, Offered, WrittenCall
from holmes.models.tool_syntax.core.shapes import bare_name, properties_of

_MARKS = re.compile(r"\\.|'''|\"\"\"|[\"'\[\](){}]", re.DOTALL)
MAX_SOURCE = 64_000
"""Characters of calls that are parsed."""

_WORDS: dict[str, JsonValue] = {"true": True, "false": False, "null": None, "none": None}


class NotData(Exception):  # not a failure: the text is code, and stays text
    """The Python text holds more than calls with plain values."""


def call_end(text: str, at: int, *, final: bool) -> int | More:
    """The offset after the bracket that closes the first one from `at` on; -1 for none."""
    depth, quote = 0, ""
    for token in _MARKS.finditer(text, at, at + MAX_SOURCE):
        mark = token[0]
        if quote:
            quote = "" if mark == quote else quote
        elif mark[0] in "\"'":
            quote = mark
        elif mark in "([{":
            depth += 1
        elif mark[0] != "\\":
            depth -= 1
            if depth <= 0:
                return token.end() if depth == 0 else -1
        if depth > MAX_DEPTH:
            return -1
    return MORE if not final and len(text) - at < MAX_SOURCE else -1


def calls_in_python(source: str, offered: Offered) -> tuple[WrittenCall, ...]:
    """Read `name(key=value)`, several of them on lines of their own, or a list of them.

    Raises NotData where the source is anything else.
    """
    if len(source) > MAX_SOURCE:
        raise NotData
    try:
        with warnings.catch_warnings():
            # A model's "\d" is no concern of the person who reads stderr.
            warnings.simplefilter("ignore")
            module = ast.parse(source.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotData from error
    nodes: list[ast.expr] = []
    for statement in module.body:
        if not isinstance(statement, ast.Expr):
            raise NotData
        value = statement.value
        nodes += value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
    return tuple(_call(_unprinted(node), offered) for node in nodes)


def _unprinted(node: ast.expr) -> ast.expr:
    """Take `print(get_pods())`, which Gemma's tool_code examples show, for the call in it."""
    match node:
        case ast.Call(func=ast.Name(id="print"), args=[ast.Call() as inner], keywords=[]):
            return inner
    return node


def _call(node: ast.expr, offered: Offered) -> WrittenCall:
    if not isinstance(node, ast.Call):
        raise NotData
    name = bare_name(_dotted(node.func), offered)
    arguments: dict[str, JsonValue] = {}
    parameters = tuple(properties_of(offered[name].parameters)) if name in offered else ()
    if len(node.args) > len(parameters):
        raise NotData
    for parameter, argument in zip(parameters, node.args, strict=False):
        arguments[parameter] = _value(argument)
    for keyword in node.keywords:
        if keyword.arg is None:
            raise NotData
        arguments[keyword.arg] = _value(keyword.value)
    return WrittenCall(name=name, arguments=arguments, raw=ast.unparse(node))


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        raise NotData
    return ".".join(reversed([*parts, node.id]))


def _value(node: ast.expr) -> JsonValue:
    match node:
        case ast.Constant(value=str() | bool() | int() | float() | None as value):
            return value
        case ast.Name(id=word) if word in _WORDS:
            return _WORDS[word]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            return dict(zip(_keys(keys), map(_value, values), strict=True))
    raise NotData


def _keys(nodes: Sequence[ast.expr | None]) -> list[str]:
    keys = [_value(node) if node else None for node in nodes]
    if not all(isinstance(key, str) for key in keys):
        raise NotData
    return [str(key) for key in keys]
