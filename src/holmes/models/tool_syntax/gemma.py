"""FunctionGemma and Gemma 4: `<start_function_call>call:name{key:<escape>text<escape>}…`.

Form: Google's "FunctionGemma formatting and best practices", and for Gemma 4
`<|tool_call>call:name{key:<|"|>text<|"|>}<tool_call|>`, vLLM's gemma4 parser. Hosted Gemma 4 was
also reported to write `call:name(key: "text")`.
"""

import json
import re
from collections.abc import Sequence
from typing import ClassVar

from holmes.core.messages import JsonValue, ToolCall
from holmes.models.tool_syntax.base import (
    MORE,
    Found,
    Offered,
    Outcome,
    Reading,
    ToolSyntax,
)
from holmes.models.tool_syntax.core.json_text import MAX_DEPTH, read_text_value
from holmes.models.tool_syntax.core.shapes import NAME, bare_name
from holmes.models.tool_syntax.core.tagged import after_opener

_CLOSERS = {"<start_function_call>": "<end_function_call>", "<|tool_call>": "<tool_call|>"}
_HEAD = re.compile(rf"(?:<start_function_call>|<\|tool_call>)\s*call:\s*({NAME.pattern}?)\s*[{{(]")
_QUOTE = "<escape>"
_TOKEN = re.compile(
    r'<escape>(?P<old>.*?)<escape>|<\|"\|>(?P<new>.*?)<\|"\|>|(?P<json>"(?:[^"\\]|\\.)*")'
    r"|(?P<key>[A-Za-z_][\w.-]*)\s*:|(?P<mark>[{}\[\],])|(?P<word>[^\s{}\[\],:\"<]+)",
    re.DOTALL,
)
_LITERAL = re.compile(r"true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_MAX_HEAD = 300


class Gemma(ToolSyntax):
    """`call:` and the name, then an object with bare keys and strings in quote tokens."""

    name = "gemma"
    openers: ClassVar[tuple[str, ...]] = tuple(_CLOSERS)
    result_openers: ClassVar[tuple[str, ...]] = ("<start_function_response>", "<|tool_response>")
    how = "To call a tool, write it between the function_call tokens, and stop:"

    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read one call up to its end token."""
        head = _HEAD.match(text, at)
        if not head:
            return MORE if not final and len(text) - at < _MAX_HEAD else None
        closer = next(c for o, c in _CLOSERS.items() if text.startswith(o, at))
        end = text.find(closer, head.end())
        if end < 0 and not final:
            return MORE
        raw = text[head.end() - 1 : end if end >= 0 else len(text)].strip()
        found = read_text_value(_as_json("{" + raw[1:].removesuffix(")").removesuffix("}") + "}"))
        cut = end < 0 and not raw.endswith(("}", ")"))
        error = f"the call breaks off after {raw[-40:]!r}" if cut else found.error
        call = Found(
            name=bare_name(head[1], offered),
            arguments=None if error else found.value,
            raw=raw,
            error=error,
            repaired=found.repaired,
        )
        return Reading(
            end=after_opener(text, end, (closer,)) if end >= 0 else len(text), calls=(call,)
        )

    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write FunctionGemma's form, one pair of tokens a call."""
        opener, closer = next(iter(_CLOSERS.items()))
        return "".join(f"{opener}call:{c.name}{_write(dict(c.arguments))}{closer}" for c in calls)

    def render_result(self, name: str, content: str) -> str:
        """Write the result in response tokens."""
        body = _write({"value": content})
        return f"<start_function_response>response:{name}{body}<end_function_response>"


def _as_json(raw: str) -> str:
    """Translate to JSON text, token by token; what is no token is dropped."""
    return "".join(map(_translate, _TOKEN.finditer(raw)))


def _translate(token: re.Match[str]) -> str:
    kind, text = token.lastgroup or "", token[token.lastgroup or 0]
    if kind in ("mark", "json") or (kind == "word" and _LITERAL.fullmatch(text)):
        return text
    return json.dumps(text) + (":" if kind == "key" else "")


def _write(value: JsonValue, depth: int = 0) -> str:
    if isinstance(value, str):
        return f"{_QUOTE}{value}{_QUOTE}"
    if isinstance(value, dict) and depth < MAX_DEPTH:
        inner = ",".join(f"{key}:{_write(item, depth + 1)}" for key, item in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list) and depth < MAX_DEPTH:
        return f"[{','.join(_write(item, depth + 1) for item in value)}]"
    return json.dumps(value)


SYNTAX = Gemma()
