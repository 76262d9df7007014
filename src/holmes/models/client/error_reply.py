"""An HTTP error as the server told it, in whatever envelope its sentence came."""

import json
import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from holmes.models.client.json_reply import loads

_SENTENCE_LIMIT = 400
_MOST = 8_000  # characters of a sentence that anything is looked for in
_MOST_LABEL = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorReply:
    """One refusal: the HTTP status (None: an error object inside a 200) and what the body said.

    `sentence` is one line, whole; `document` the JSON body, None where it was none.
    """

    status: int | None
    sentence: str = ""
    code: str = ""
    kind: str = ""
    param: str = ""
    is_html: bool = False
    document: object = None
    retry_after: str = ""
    location: str = ""

    @property
    def everything(self) -> str:
        """All words of the refusal in one string, for recognising what it is about."""
        return " ".join(part for part in (self.code, self.kind, self.param, self.sentence) if part)

    def names(self, *parameters: str) -> bool:
        """Whether one of these parameters is named, as a word of its own."""
        return any(
            re.search(rf"(?<!\w){name}(?!\w)", self.everything, re.IGNORECASE)
            for name in parameters
        )

    @property
    def quoted(self) -> str:
        """The server's sentence, short enough for a message and in quotes; or nothing."""
        text = self.sentence
        if len(text) > _SENTENCE_LIMIT:
            text = f"{text[:_SENTENCE_LIMIT].rstrip()}…"
        text = text.replace('"', "'")
        return f'"{text}"' if text else ""


def read_error(
    status: int | None, body: bytes | str, *, retry_after: str = "", location: str = ""
) -> ErrorReply:
    """Read an error body: JSON in any envelope, HTML, plain text or nothing."""
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    try:
        document = loads(text)
    except ValueError:
        return ErrorReply(
            status=status,
            sentence=_html_title(text) if looks_like_html(text) else one_line(text)[:_MOST],
            is_html=looks_like_html(text),
            retry_after=retry_after,
            location=location,
        )
    return error_from_document(status, document, retry_after=retry_after, location=location)


def error_from_document(
    status: int | None,
    document: object,
    *,
    retry_after: str = "",
    location: str = "",
) -> ErrorReply:
    """Find the sentence and the labels in a JSON error."""
    holder = _holder(document)
    code = holder.get("code")
    if status is None and isinstance(code, int) and 400 <= code <= 599:
        status = code  # OpenRouter and vLLM put the HTTP status of a failed stream here
    return ErrorReply(
        status=status,
        sentence=_sentence(holder, document)[:_MOST],
        code=_label(code),
        kind=_label(holder.get("type")),
        param=_label(holder.get("param")),
        document=document,
        retry_after=retry_after,
        location=location,
    )


def is_error_document(document: object) -> bool:
    """Whether a JSON body, sent with status 200, is an error and no completion."""
    if not isinstance(document, dict) or document.get("choices"):
        return isinstance(document, dict) and bool(document.get("error"))
    return bool(document.get("error") or document.get("detail")) or (
        document.get("object") == "error"
    )


def looks_like_html(text: str) -> bool:
    """Whether a body is a web page: the answer of a proxy, a login page, another program."""
    start = text[:1000].lstrip().lower()
    return start.startswith(("<!doctype html", "<html", "<head", "<body"))


def one_line(text: str) -> str:
    """All white space runs made one space, and what can't be printed dropped.

    That is control characters, halves of surrogate pairs, and marks that turn the direction of
    writing: a server's words stand in a person's terminal.
    """
    text = re.sub(r"[\x00-\x1f\x7f\s]+", " ", text)
    return "".join(character for character in text if character.isprintable()).strip()


def _holder(document: object) -> dict[str, Any]:
    """The object that holds the message: the body itself or what is under `error`."""
    if isinstance(document, list) and document:  # Gemini wraps its error in an array (2025 reports)
        document = document[0]
    if not isinstance(document, dict):
        return {}
    inner = document.get("error")
    return inner if isinstance(inner, dict) else document


def _sentence(holder: dict[str, Any], document: object) -> str:
    for key in ("message", "error", "detail", "error_message", "msg", "reason"):
        value = holder.get(key)
        if isinstance(value, str) and value.strip():
            return _without_echo(one_line(value))
        if isinstance(value, list) and value:
            return one_line("; ".join(_fault(fault) for fault in value))
        if isinstance(value, dict):
            return one_line(json.dumps(value, ensure_ascii=False))
    if "message" in holder or not document:
        return ""  # an empty message says nothing (llama-cpp-python, 24 Nov 2026)
    return one_line(json.dumps(document, ensure_ascii=False))


_PYDANTIC_FAULT = re.compile(
    r"""'loc': (?P<loc>\([^()]{0,300}\)|'[^']{0,300}'), """
    r"""'msg': (?P<msg>"[^"]{0,500}"|'[^']{0,500}')"""
)


def _without_echo(sentence: str) -> str:
    """Validation errors without the conversation that they repeat.

    llama-cpp-python, FastChat and vLLM (24 Nov 2026) print pydantic's error list with the input
    in it, where the words of a question would be taken for the server's own.
    """
    faults = []
    for found in _PYDANTIC_FAULT.finditer(sentence):
        place = ".".join(re.findall(r"[\w.]+", found["loc"]))
        faults.append(f"{place}: {found['msg'][1:-1]}")
    return "; ".join(dict.fromkeys(faults)) or sentence


def _fault(fault: object) -> str:
    """One entry of FastAPI's `detail` list: `{"loc": ["body", "tools"], "msg": "…"}`."""
    if not isinstance(fault, dict):
        return str(fault)
    place = ".".join(str(step) for step in fault.get("loc") or ())
    message = str(fault.get("msg") or fault)
    return f"{place}: {message}" if place else message


def _label(value: object) -> str:
    labels = isinstance(value, (str, int)) and not isinstance(value, bool)
    return str(value)[:_MOST_LABEL] if labels else ""


def _html_title(text: str) -> str:
    found = re.search(r"<title[^<>]{0,200}>([^<]{0,1000})</title>", text, re.IGNORECASE)
    return one_line(unescape(found.group(1))) if found else ""
