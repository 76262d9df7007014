"""The OpenAPI 3.1 document, made from the same table that the paths are."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from holmes import __version__
from holmes.server.http import Endpoint, reply

_REFUSAL = {
    "type": "object",
    "properties": {"detail": {"type": "string"}},
    "required": ["detail"],
}
_NO_KEY = ("/healthz", "/readyz")


def endpoint(others: Sequence[Endpoint]) -> Endpoint:
    """GET /api/openapi.json."""

    async def openapi(_: Request) -> Response:
        return reply(document([*others, own]))

    own = Endpoint(
        method="GET",
        path="/api/openapi.json",
        handler=openapi,
        reply=dict[str, Any],
        says="This document.",
    )
    return own


def document(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """The document for these paths."""
    types = {each.body for each in endpoints} | {each.reply for each in endpoints}
    kinds = sorted(
        (kind for kind in types if isinstance(kind, type)), key=lambda kind: kind.__name__
    )
    template = "#/components/schemas/{name}"
    schemas, components = msgspec.json.schema_components(kinds, ref_template=template)
    by_type = dict(zip(kinds, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for each in endpoints:
        path = paths.setdefault(each.path, {})
        path[each.method.lower()] = _operation(each, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "HolmesGPT", "version": __version__},
        "security": [{"bearer": []}, {"header": []}, {}],
        "paths": paths,
        "components": {
            "schemas": {**components, "Refusal": _REFUSAL},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _operation(each: Endpoint, schemas: dict[Any, Any]) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", each.path)
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in names
    ]
    parameters += [
        {"name": name, "in": "query", "description": says, "schema": {"type": "string"}}
        for name, says in each.query.items()
    ]
    content: dict[str, Any] = {}
    if each.reply is not None:
        content["application/json"] = {"schema": schemas.get(each.reply, {"type": "object"})}
    if each.stream:
        content["text/event-stream"] = {"schema": {"type": "string"}}
    if (each.reply is None and not each.stream) or "text" in each.query:
        content["text/plain"] = {"schema": {"type": "string"}}
    refusal = {"schema": {"$ref": "#/components/schemas/Refusal"}}
    operation: dict[str, Any] = {
        "summary": each.says,
        "parameters": parameters,
        "responses": {
            str(each.status): {"description": "As asked.", "content": content},
            "default": {
                "description": "Refused; `detail` says why.",
                "content": {"application/json": refusal},
            },
        },
    }
    if each.path in _NO_KEY:
        operation["security"] = []
    if each.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[each.body]}},
        }
    return operation
