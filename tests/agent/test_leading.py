"""A model's size, told by its name, and what follows for how far it is led."""

import pytest

from holmes.agent.leading import ANSWERING_WINDOW, led_window, parameters


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
    ("name", "window", "led"),
    [
        ("qwen2.5-coder-1.5b-instruct", 32_768, ANSWERING_WINDOW),
        ("qwen2.5-coder-1.5b-instruct", 4096, 4096),
        ("llama-3.1-8b-instant", 131_072, 131_072),
        ("gpt-4o", 128_000, 128_000),
        ("gpt-4o", 4096, 4096),
    ],
)
def test_a_small_model_is_led_as_with_a_short_window(name: str, window: int, led: int) -> None:
    assert led_window(name, window) == led
