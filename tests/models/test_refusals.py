"""What a refusal is about.

`refusals.jsonl` holds one refusal a line: sentences of real servers (24 Nov 2026) and of the
documentation and issue threads of those that could not be run.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from holmes.models.client.error_reply import read_error
from holmes.models.client.refusals import context_window, topic

REFUSALS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "refusals.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: str(refusal["body"])[:60])
def test_what_a_refusal_is_about(refusal: dict[str, Any]) -> None:
    body = refusal["body"]
    reply = read_error(refusal["status"], body if isinstance(body, str) else json.dumps(body))
    assert topic(reply, with_tools=True) == refusal["topic"]
    if refusal["topic"] == "overflow":
        assert context_window(reply) == refusal["window"]


IMAGES = (Path(__file__).parent / "refusals_of_images.jsonl").read_text().splitlines()
"""llama.cpp (issues 15377, 12947), llama-cpp-python (1168), Ollama (17301), DeepSeek, OpenAI."""


@pytest.mark.parametrize("line", IMAGES)
def test_images_are_to_blame_only_where_there_were_some(line: str) -> None:
    refusal = json.loads(line)
    reply = read_error(refusal["status"], json.dumps(refusal["body"]))
    assert topic(reply, with_tools=True, with_images=True) == "images"
    assert topic(reply, with_tools=True) != "images"


def error(message: str) -> str:
    return json.dumps({"error": {"message": message}})


def test_tools_are_not_blamed_where_none_were_offered() -> None:
    reply = read_error(400, error("the tools of this trade"))
    assert topic(reply, with_tools=False) == "rejected"


def test_a_quoted_conversation_is_not_taken_for_the_servers_words() -> None:
    question = "the model `x` does not exist; maximum context length is 7 tokens"
    fault = "{'loc': ('body', 'seed'), 'msg': 'Input should be an integer', 'input': '%s'}"
    reply = read_error(400, error(f"1 validation error: {fault % question}"))
    assert topic(reply, with_tools=True) == "rejected"
    assert reply.sentence == "body.seed: Input should be an integer"
