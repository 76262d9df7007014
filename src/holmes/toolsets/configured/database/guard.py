"""Whether a statement only reads, judged from its syntax tree rather than from its words.

It is the second lock: the first one is the server's own, a read-only transaction. That one holds
for tables; functions that read files, sleep, or reach another server run in it all the same.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from holmes.tools.function_tool import ToolFailure
from holmes.toolsets.configured.database.statement import Call, Statement, denied

_QUERY_STARTS = frozenset({
    TokenType.SELECT, TokenType.WITH, TokenType.VALUES, TokenType.TABLE, TokenType.L_PAREN,
})  # fmt: skip
_EXPLAIN_OPTIONS = frozenset({
    "analyze", "verbose", "query", "plan", "ast", "syntax", "pipeline", "estimate", "extended",
})  # fmt: skip
_EXPLAIN_PARENTHESIS = _EXPLAIN_OPTIONS | {
    "costs", "settings", "buffers", "wal", "timing", "summary", "format", "generic_plan", "memory",
    "serialize", "json", "text", "yaml", "xml", "on", "off", "true", "false", "none", ",", "0", "1",
}  # fmt: skip
_NAME_PARTS = frozenset({TokenType.VAR, TokenType.IDENTIFIER, TokenType.DOT, TokenType.TABLE})
# What a tree of reading holds nowhere; `:=` assigns to a variable of MySQL.
_WRITES = (
    exp.DDL, exp.DML, exp.Command, exp.Into, exp.Lock, exp.Set, exp.Drop, exp.Alter, exp.Kill,
    exp.Attach, exp.Detach, exp.NextValueFor, exp.PropertyEQ, exp.Pragma,
)  # fmt: skip


def reading(sql: str, dialect: str, product: str) -> Statement:
    """The statement; ToolFailure "denied" where it does anything but read."""
    if dialect == "mysql" and ("/*!" in sql or "/*M!" in sql):
        raise denied("comments that MySQL runs (/*! … */) are not let through")
    tokens = _one_statement(sql, dialect, product)
    plain = _without_comments(sql, tokens)
    first = tokens[0]
    # sqlglot reads what follows some of these words as one text, so that is read on its own.
    word, rest = first.text.lower(), sql[first.end + 1 :]
    if first.token_type in _QUERY_STARTS:
        return _query(plain, tokens, dialect, product)
    if word == "show":
        return _shown(rest, dialect, product)
    if word == "pragma" and dialect == "sqlite":
        # Which of them only read, SQLite's authorizer knows: it gets each with its argument.
        return Statement(sql=plain, kind="pragma")
    if word in {"explain", "desc", "describe"}:
        return _explained(word.upper(), rest, dialect, product)
    raise denied(f'"{first.text.upper()}" is not a statement that reads')


def _one_statement(sql: str, dialect: str, product: str) -> list[Token]:
    try:
        tokens = list(Dialect.get_or_raise(dialect).tokenize(sql))
    except TokenError as error:
        raise _not_understood(product, str(error)) from error
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise ToolFailure("There is no statement in it.", status="invalid_arguments")
    if any(token.token_type == TokenType.SEMICOLON for token in tokens):
        raise denied("it holds more than one statement")
    return tokens


def _without_comments(sql: str, tokens: list[Token]) -> str:
    # Servers do not agree on where a comment ends (nested ones, versions), so none is sent.
    parts = [sql[tokens[0].start : tokens[0].end + 1]]
    for before, token in pairwise(tokens):
        gap = " " if token.start > before.end + 1 else ""
        parts.append(gap + sql[token.start : token.end + 1])
    return "".join(parts)


def _query(sql: str, tokens: list[Token], dialect: str, product: str) -> Statement:
    try:
        trees = sqlglot.parse(sql, read=dialect)
    except (ParseError, RecursionError) as error:
        raise _not_understood(product, _said(error)) from error
    tree = trees[0]
    if len(trees) != 1 or not isinstance(tree, exp.Query | exp.Values):
        raise denied("it is not a query")
    nodes = list(tree.walk())
    for node in nodes:
        if isinstance(node, _WRITES):
            raise denied(f"it holds {_named(node)}")
    if dialect == "clickhouse" and tree.args.get("format"):
        tree.set("format", None)  # the reply is asked for in a format of ours
        sql = tree.sql(dialect=dialect)
    if dialect == "tsql":
        # Two statements of T-SQL need nothing between them: what was parsed is what is sent.
        sql = tree.sql(dialect=dialect, comments=False, identify=True)
    tables = (node.this for node in nodes if isinstance(node, exp.Table))
    members = (part for node in nodes for part in _members(node))
    return Statement(
        sql=sql,
        kind="query",
        calls=frozenset(_calls(tokens)),
        unknown=frozenset(n.name.lower() for n in nodes if isinstance(n, exp.Anonymous)),
        tables=frozenset(_function_name(t).lower() for t in tables if isinstance(t, exp.Func)),
        members=frozenset(members),
    )


def _explained(word: str, text: str, dialect: str, product: str) -> Statement:
    said = [word]
    tokens = _one_statement(text, dialect, product)
    if tokens[0].token_type == TokenType.L_PAREN:
        end = next((i for i, t in enumerate(tokens) if t.token_type == TokenType.R_PAREN), 0)
        if {token.text.lower() for token in tokens[1:end]} <= _EXPLAIN_PARENTHESIS:
            said.append(_without_comments(text, tokens[: end + 1]))
            text = text[tokens[end].end + 1 :]
            tokens = _one_statement(text, dialect, product)
    while count := _option(tokens):
        said.append(_without_comments(text, tokens[:count]))
        text = text[tokens[count - 1].end + 1 :]
        tokens = _one_statement(text, dialect, product)
    if len(tokens) > 1 and tokens[0].token_type in _QUERY_STARTS - {TokenType.TABLE}:
        inner = _query(_without_comments(text, tokens), tokens, dialect, product)
        return replace(inner, sql=" ".join((*said, inner.sql)), kind="explain")
    if all(token.token_type in _NAME_PARTS for token in tokens):
        return Statement(sql=" ".join((*said, _without_comments(text, tokens))), kind="describe")
    raise denied("what it explains is not a query")


def _option(tokens: list[Token]) -> int:
    """How many tokens the option takes with which they begin: `ANALYZE` 1, `FORMAT = JSON` 3."""
    if tokens[0].text.lower() in _EXPLAIN_OPTIONS:
        return 1
    formats = len(tokens) > 2 and tokens[0].text.lower() == "format"
    return 3 if formats and tokens[1].token_type == TokenType.EQ else 0


def _shown(text: str, dialect: str, product: str) -> Statement:
    tokens = _one_statement(text, dialect, product)
    if any(token.token_type in {TokenType.L_PAREN, TokenType.INTO} for token in tokens):
        raise denied("a SHOW with a parenthesis or INTO is not let through")
    return Statement(sql=f"SHOW {_without_comments(text, tokens)}", kind="show")


def _calls(tokens: list[Token]) -> Iterator[Call]:
    for index, (token, following) in enumerate(pairwise(tokens)):
        if following.token_type != TokenType.L_PAREN:
            continue
        qualified = index >= 2 and tokens[index - 1].token_type == TokenType.DOT
        schema = tokens[index - 2].text.lower() if qualified else ""
        yield Call(name=token.text.lower(), schema=schema)


def _members(node: exp.Expr) -> Iterator[str]:
    if isinstance(node, exp.Column) and node.table:
        yield node.name.lower()
    if isinstance(node, exp.Dot):
        yield node.expression.name.lower()


def _function_name(node: exp.Func) -> str:
    return node.name if isinstance(node, exp.Anonymous) else node.sql_name()


def _named(node: exp.Expr) -> str:
    if isinstance(node, exp.Lock):
        return "a lock (FOR UPDATE or the like)"
    if isinstance(node, exp.PropertyEQ):
        return "an assignment (:=)"
    return f'"{node.key.upper()}"'


def _said(error: Exception) -> str:
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        return f"{first['description']} at line {first['line']}, column {first['col']}"
    return "it is nested too deeply"


def _not_understood(product: str, said: str) -> ToolFailure:
    return ToolFailure(f"Not understood as {product}'s SQL: {said}.", status="invalid_arguments")
