"""An answer put into a JSON form that the caller wants."""

import json
from collections.abc import Mapping
from typing import Any

from holmes.core.errors import FeatureRefused
from holmes.core.messages import Message, UserMessage
from holmes.models.base import Model, ModelRequest
from holmes.server.problems import Unanswered, Unreadable
from holmes.server.run import Run
from holmes.tools.arguments import validator

_TASK = "Put this answer into JSON. Change no fact in it, and add none.\n\n{}"
_SCHEMA = "\n\nWrite one JSON value of this schema and nothing else:\n{}"
_TRIES = 2


def check(form: Mapping[str, Any] | None) -> None:
    """Raise Unreadable for a `response_format` that is not one of the protocol's."""
    if form is None:
        return
    kind = form.get("type")
    if kind not in ("text", "json_object", "json_schema"):
        raise Unreadable('response_format: "type" is none of text, json_object, json_schema.')
    try:
        validator(_schema(form))
    except ValueError as error:
        raise Unreadable("response_format: its schema is none.") from error


async def put_into(run: Run, text: str, form: Mapping[str, Any] | None) -> str:
    """The text of an answer in that form; Unanswered where the model does not write it."""
    if form is None or form.get("type") == "text":
        return text
    schema = _schema(form)
    valid = validator(schema)
    task = _TASK.format(text) + _SCHEMA.format(json.dumps(schema))
    async with run.line.turn(lambda _: None):
        for _ in range(_TRIES):
            said = await _asked(run.runtime.model, UserMessage(content=task), form)
            value = _value(said)
            if value is not None and valid.is_valid(value):
                return json.dumps(value, ensure_ascii=False)
    raise Unanswered("The model did not put its answer into the form that was asked for.")


async def _asked(model: Model, task: Message, form: Mapping[str, Any]) -> str:
    request = ModelRequest(messages=(task,), response_format=dict(form), stream=False)
    try:
        reply = await model.complete(request, lambda _: None)
    except FeatureRefused:
        # The schema stands in the task, too.
        plain = ModelRequest(messages=(task,), stream=False)
        reply = await model.complete(plain, lambda _: None)
    return reply.message.content


def _schema(form: Mapping[str, Any]) -> dict[str, Any]:
    wanted = form.get("json_schema")
    schema = wanted.get("schema") if isinstance(wanted, dict) else None
    return schema if isinstance(schema, dict) else {"type": "object"}


def _value(said: str) -> Any:  # noqa: ANN401  (any JSON)
    """The JSON in a reply, with or without a fence around it."""
    begin, end = said.find("{"), said.rfind("}")
    try:
        return json.loads(said[begin : end + 1] if begin >= 0 else said)
    except (ValueError, RecursionError):
        return None
