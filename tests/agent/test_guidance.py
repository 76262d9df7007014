"""How closely a model is led before it has said a word: by name, by memory, by the user's word."""

import pytest

from holmes.agent.strategies.choice import parameters, strategy_for
from holmes.config.choices import Guidance


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("qwen2.5-coder-1.5b-instruct", 1.5),
        ("Qwen/Qwen2.5-0.5B-Instruct-GGUF", 0.5),
        ("llama3.2:3b", 3),
        ("llama-3.1-8b-instant", 8),
        ("mixtral-8x7b-instruct", 56),
        ("qwen3-30b-a3b", 30),
        ("Meta-Llama-3-70B-Instruct-4bit", 70),
        ("gemma-3-270m-it", 0.27),
        ("gemma-3n-e2b", 2),
        ("SmolLM2-135M", 0.135),
        ("gpt-4o", None),
        ("phi-3.5-mini-128k", None),
        ("claude-sonnet-4-5", None),
        ("model.gguf", None),
        ("", None),
    ],
)
def test_the_size_in_a_models_name(name: str, billions: float | None) -> None:
    assert parameters(name) == (None if billions is None else pytest.approx(billions))


@pytest.mark.parametrize(
    ("name", "guidance", "weak", "strategy"),
    [
        ("qwen2.5-coder-1.5b-instruct", "auto", False, "guided"),
        ("gemma-3n-e4b", "auto", False, "guided"),
        ("llama-3.1-8b-instant", "auto", False, "plain"),
        ("qwen3-30b-a3b", "auto", False, "plain"),
        ("gpt-4.1", "auto", False, "plain"),
        ("nobody-knows-it", "auto", False, "plain"),
        ("nobody-knows-it", "auto", True, "guided"),
        ("gpt-4.1", "on", False, "guided"),
        ("qwen2.5-coder-1.5b-instruct", "off", True, "plain"),
    ],
)
def test_unknown_means_capable(
    name: str,
    guidance: Guidance,
    weak: bool,  # noqa: FBT001  # a column of the table
    strategy: str,
) -> None:
    assert strategy_for(name, guidance, weak=weak).name == strategy
