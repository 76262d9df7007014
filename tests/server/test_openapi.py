"""The OpenAPI document holds: what it names is served, and replies have the shapes it tells."""

from typing import Any

import jsonschema_rs
import pytest

from server.served import Served

JSON = "application/json"


@pytest.fixture(scope="module")
def document(served: Served) -> dict[str, Any]:
    return dict(served.get("/api/openapi.json").json())


def shape(document: dict[str, Any], operation: dict[str, Any], status: int) -> Any:  # noqa: ANN401
    """The schema of a reply, with what it refers to."""
    replies = operation["responses"]
    content = replies.get(str(status), replies["default"])["content"]
    return {**content[JSON]["schema"], "components": document["components"]}


def test_it_is_a_document_of_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.validator_for({**schema, "components": document["components"]})
    for path, item in document["paths"].items():
        named = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        for operation in item.values():
            placed = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert placed == named


def test_every_path_it_names_is_served_and_no_other(
    served: Served, document: dict[str, Any]
) -> None:
    for path, item in document["paths"].items():
        for method in ("get", "post"):
            with served.client as client:
                reply = client.request(method, path.replace("{", "x").replace("}", ""))
            missing = reply.status_code in {404, 405} and (
                "There is no such path." in reply.text or "has other methods" in reply.text
            )
            assert missing == (method not in item), (method, path, reply.text)


@pytest.mark.parametrize("done", [True, False], ids=["served", "refused"])
def test_replies_have_the_shapes_it_tells(
    served: Served, document: dict[str, Any], *, done: bool
) -> None:
    name = served.ask("please look") if done else "nobody"
    if done:
        served.events(name)
    bodies: dict[str, Any] = {
        "/api/investigations": {"question": "a word"},
        "/api/investigations/{id}/feedback": {"useful": True},
        "/api/investigations/{id}/approvals/{key}": {"approved": True},
        "/v1/chat/completions": {"messages": [{"role": "user", "content": "a word"}]},
        "/api/investigate": {"title": "a word"},
    }
    held = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if JSON not in operation["responses"].get(_good(operation), {}).get("content", {}):
                continue
            url = path.replace("{id}", name).replace("{n}", "1").replace("{key}", "1")
            body = bodies.get(path, {"ask": "a word"}) if done else {"ask": 1, "messages": 1}
            reply = served.get(url) if method == "get" else served.post(url, body)
            assert reply.headers["content-type"] == JSON, path
            if path.startswith("/v1/") and reply.status_code >= 400:
                assert set(reply.json()) == {"error"}
                continue
            schema = shape(document, operation, reply.status_code)
            jsonschema_rs.validate(schema, reply.json())
            held += reply.status_code < 400
    assert held >= (17 if done else 7)


def _good(operation: dict[str, Any]) -> str:
    return next(str(status) for status in operation["responses"] if status.startswith("2"))
