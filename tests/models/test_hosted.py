"""The files of hosted APIs, and what their servers say of tokens, played as they say it."""

from datetime import date
from typing import Any

import pytest

from holmes.models import hosted
from holmes.models.client.wire import read_usage
from holmes.models.price import Price
from holmes.tools.process import without_keys
from models.exchange import ask_once
from servers.raw_server import RawServer, json_response
from servers.scripted_server import ScriptedServer, completion, text


@pytest.mark.parametrize("prefix", hosted.names())
def test_each_file_says_where_and_when_it_was_read(prefix: str) -> None:
    api = hosted.find(prefix)
    assert api is not None
    assert api.base.startswith("https://") or api.variables
    assert api.source
    assert date(2026, 1, 1) < api.seen
    assert bool(api.models) == bool(api.figures)
    for name, model in api.models.items():
        assert model.window >= 8192, name
        assert model.price is None or 0 < model.price.input <= model.price.output, name
        assert model.cached is None or (model.input is not None and model.cached <= model.input)


@pytest.mark.parametrize("prefix", hosted.names())
def test_no_program_that_a_tool_starts_gets_the_key(prefix: str) -> None:
    api = hosted.find(prefix)
    assert api is not None
    assert without_keys(dict.fromkeys(api.keys, "secret")) == {}


@pytest.mark.parametrize("name", ["", "nobody", "../groq", "Qwen", "groq.yaml"])
def test_other_prefixes_mean_nothing(name: str) -> None:
    assert hosted.find(name) is None


def test_a_dated_name_is_the_same_model_and_a_longer_one_is_not() -> None:
    openai = hosted.find("openai")
    assert openai is not None
    plain = openai.documented("gpt-5.4")
    assert plain == (1_050_000, Price(input=2.5, output=15, cached=0.25))
    assert openai.documented("gpt-5.4-2026-03-05") == plain
    assert openai.documented("gpt-5.4-pro") == (None, None)


def test_an_address_is_made_of_the_environment() -> None:
    bedrock, azure = hosted.find("bedrock"), hosted.find("azure")
    assert bedrock is not None
    assert azure is not None
    assert bedrock.address({"AWS_DEFAULT_REGION": "eu-west-1"})[0] == (
        "https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1"
    )
    assert bedrock.address({}) == ("", "AWS_REGION")
    own = {"AZURE_OPENAI_ENDPOINT": "https://us.openai.azure.com/"}
    assert azure.address(own) == ("https://us.openai.azure.com/openai/v1", "")


# As the vendors document it or users quote it: xAI and Gemini leave thinking out of
# completion_tokens (github.com/vercel/ai/pull/12425, github.com/Clarifai/clarifai-python/pull/978).
USAGES: dict[str, tuple[dict[str, Any], tuple[int | float | None, ...]]] = {
    "openai": (
        {
            "prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306,
            "prompt_tokens_details": {"cached_tokens": 1920},
            "completion_tokens_details": {"reasoning_tokens": 256},
        },
        (2006, 300, 1920, 256, None),
    ),
    "xai": (
        {
            "prompt_tokens": 10120, "completion_tokens": 1499, "total_tokens": 14428,
            "prompt_tokens_details": {"cached_tokens": 128},
            "completion_tokens_details": {"reasoning_tokens": 2809},
        },
        (10120, 4308, 128, 2809, None),
    ),
    "gemini": (
        {"prompt_tokens": 20, "completion_tokens": 424, "total_tokens": 1016},
        (20, 996, None, 572, None),
    ),
    "deepseek": (
        {
            "prompt_tokens": 500, "completion_tokens": 20, "total_tokens": 520,
            "prompt_cache_hit_tokens": 448, "prompt_cache_miss_tokens": 52,
        },
        (500, 20, 448, None, None),
    ),
    "openrouter": (
        {"prompt_tokens": 194, "completion_tokens": 2, "total_tokens": 196, "cost": 0.00095},
        (194, 2, None, None, 0.00095),
    ),
    "anthropic": (
        {"prompt_tokens": 14, "completion_tokens": 12, "total_tokens": 26},
        (14, 12, None, None, None),
    ),
    "a local server": ({"prompt_tokens": 0, "completion_tokens": 5}, (None, 5, None, None, None)),
    "nonsense": (
        {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 3, "cost": True},
        (5, 5, None, None, None),
    ),
}  # fmt: skip


@pytest.mark.parametrize("vendor", USAGES)
def test_tokens_are_read_as_the_vendor_counts_them(vendor: str) -> None:
    said, due = USAGES[vendor]
    usage = read_usage(said)
    assert due == (
        *(usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens),
        *(usage.reasoning_tokens, usage.cost),
    )


def test_the_price_of_thinking_is_what_xai_bills() -> None:
    # The same reply: cost_in_usd_ticks was 232856000, of which a dollar has 10^10.
    cost = Price(input=1.25, output=2.5, cached=0.2).cost(read_usage(USAGES["xai"][0]))
    assert cost == pytest.approx(0.0232856)


def test_a_reply_has_its_cost() -> None:
    price = Price(input=1000, output=10_000)
    with ScriptedServer([text("Fine.")]) as server:
        reply = ask_once(server.base_url, price=price).reply
    assert reply is not None
    assert reply.usage.cost == pytest.approx(0.2)  # 100 tokens in, 10 out


def test_what_the_server_says_of_the_cost_beats_the_price() -> None:
    body = completion(text("Fine."), "m")
    body["usage"] = USAGES["openrouter"][0]
    with RawServer(respond=lambda _: [json_response(body)]) as server:
        reply = ask_once(server.base_url, price=Price(input=9, output=9), stream=False).reply
    assert reply is not None
    assert reply.usage.cost == 0.00095
