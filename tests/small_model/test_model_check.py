"""`holmes model check` on the real small model behind the real llama.cpp server."""

import json
from pathlib import Path

import pytest

from cli.holmes_process import holmes
from holmes.embedded.server import MODEL_NAME, LocalServer

pytestmark = pytest.mark.small_model


def test_the_embedded_model_calls_tools_natively(small_model: LocalServer, tmp_path: Path) -> None:
    done = holmes(
        *("model", "check", "--json"),
        *("--model", MODEL_NAME, "--api-base", small_model.base_url),
        home=tmp_path,
        timeout=900,
    )
    print(done.out)  # noqa: T201  # shown by pytest where the test fails
    assert done.code == 0, done.err
    document = json.loads(done.out)
    states = {key: check["state"] for key, check in document["checks"].items()}
    assert document["server"]["kind"] == "llama.cpp server"
    assert document["checks"]["window"]["how"] == "8192 tokens"
    assert states["streaming"] == states["json_schema"] == states["one_call"] == "yes"
    # Its chat template declares the fence that the model writes: calls arrive as tool_calls.
    assert document["tool_calls"]["mode"] == "native"
    assert "left in the text" not in document["checks"]["native"]["how"]
