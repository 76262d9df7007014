"""The real small model in a conversation about an incident of the recording."""

import json
from pathlib import Path

import pytest

from cli.holmes_process import holmes
from holmes.embedded.server import MODEL_NAME, LocalServer
from support.recording import recording

pytestmark = pytest.mark.small_model

TURNS = (
    ("why is checkout failing in namespace shop-checkout?", "PAYMENT_API_KEY"),
    ("why?", "PAYMENT_API_KEY"),
    ("show me its logs", "PAYMENT_API_KEY"),
    ("is it fixed now?", "PAYMENT_API_KEY"),
    ("what is wrong in namespace edge-static?", "proxy_passs"),
)


def test_five_turns_about_incidents_are_right(small_model: LocalServer, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    lines = "".join(f"{question}\n" for question, _ in TURNS)
    done = holmes(
        *("chat", "--plain", "--model", MODEL_NAME, "--api-base", small_model.base_url),
        *("--snapshot", str(recording())),
        home=tmp_path,
        stdin=f"{lines}/save {saved}\n",
        timeout=1800,
    )
    assert done.code == 0, done.err
    exchanges = json.loads(saved.read_text(encoding="utf-8"))["exchanges"]
    print(json.dumps(exchanges, indent=1))  # noqa: T201  # shown by pytest where the test fails
    assert [each["question"] for each in exchanges] == [question for question, _ in TURNS]
    for each, (question, wanted) in zip(exchanges, TURNS, strict=True):
        answer = each["answer"]
        assert answer["state"] == "answered", question
        assert wanted in answer["text"], question
        # In its own words the 1.5B leaves citations out now and then ("show me its logs").
        assert answer.get("citations") or not answer.get("statements"), question
