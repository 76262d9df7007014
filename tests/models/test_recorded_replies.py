"""Every reply that was recorded from real servers goes through the real client."""

import json
from typing import Any

import pytest

from wire.outcome import facts, outcomes, shortened
from wire.recorded import FOLDER, SET_UPS, conversations, exchanges, expected

REFUSED = {
    "ContextOverflow",
    "FeatureRefused",
    "ModelNotFound",
    "RequestRejected",
    "ServerOverloaded",
}


@pytest.mark.parametrize("set_up", SET_UPS)
def test_each_reply_is_read_as_it_should_be(set_up: str) -> None:
    wanted = expected(set_up)
    wanted.pop("facts", None)
    assert outcomes(conversations(set_up)) == wanted


@pytest.mark.parametrize("set_up", [one for one in SET_UPS if "GET /v1/models" in exchanges(one)])
def test_each_server_tells_its_models_and_its_window(set_up: str) -> None:
    assert facts(set_up) == expected(set_up)["facts"]


def test_nothing_is_left_out_and_nothing_outlives_its_exchange() -> None:
    assert len(SET_UPS) == 18
    judged = {path.name.removesuffix(".expected.json") for path in FOLDER.glob("*.json")}
    assert judged == set(SET_UPS)
    assert sum(len(exchanges(set_up)) for set_up in SET_UPS) == 426
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 700_000


@pytest.mark.parametrize("set_up", SET_UPS)
def test_the_expectations_say_what_stands_in_the_replies(set_up: str) -> None:
    """Read with nothing but a JSON parser, so that no mistake of the client can agree with it."""
    wanted = expected(set_up)
    for exchange in conversations(set_up):
        outcome = wanted[exchange.name]
        if exchange.status != 200:
            assert outcome["error"] in REFUSED, exchange.name
            continue
        try:
            document = json.loads(exchange.body)
            message = document["choices"][0]["message"]
        except (ValueError, LookupError):
            continue  # a stream, or no chat completion
        assert outcome["usage"][1] == document["usage"]["completion_tokens"], exchange.name
        ran_out = document["choices"][0]["finish_reason"] == "length"
        if ran_out and not {"stop", "calls"} & outcome.keys():
            # The model went round in circles until max_tokens: its first round is what is kept.
            kept = str(told(outcome))
            last = kept.splitlines()[-1]
            assert message["content"].startswith(kept), exchange.name
            assert message["content"].count(last.rpartition(".")[2] or last) > 4, exchange.name
            continue
        assert told(outcome) == in_reply(message, outcome), exchange.name


def told(outcome: dict[str, Any]) -> object:
    """The calls and the text that are expected; a call that broke off, by its name alone."""
    if "calls" not in outcome:
        return outcome["text"]
    return [
        name if "trouble" in call else (name, call[name])
        for call in outcome["calls"]
        for name in [next(iter(call))]
    ]


def in_reply(message: dict[str, Any], outcome: dict[str, Any]) -> object:
    """The same from the reply itself; a call in the text counts where its name stands there."""
    calls = [call["function"] for call in message.get("tool_calls") or ()]
    if "calls" not in outcome:
        return None if calls else shortened(message["content"] or "")
    if outcome["read_from"] != "tool_calls":
        found = told(outcome)
        names = [next(iter(call)) for call in outcome["calls"]]
        return found if all(f'"{name}"' in message["content"] for name in names) else None
    cut = outcome.get("stop") == "length"
    return [
        call["name"] if cut else (call["name"], json.loads(call["arguments"])) for call in calls
    ]
