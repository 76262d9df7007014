"""What is too long in a reply is cut or refused, and said to be; none of it hangs."""

import time

import pytest

from agent.running import call, calls, investigate, says
from holmes.agent.conversation import LONGEST_CALL
from holmes.agent.live_text import LONGEST_REPLY


def test_a_reply_that_is_too_long_is_cut_and_said_to_be() -> None:
    said = "".join(f"- node-{number} is ready.\n" for number in range(4_000))
    run = investigate(calls(call("lookup", what="x")), says(said))
    assert len(run.answer.text) < 2 * LONGEST_REPLY
    told = f"The model's reply was cut at {LONGEST_REPLY:,} of {len(said):,} characters."
    assert told in run.notices


def test_a_reply_at_the_limit_stays_whole() -> None:
    said = "All is well. " * (LONGEST_REPLY // 13)
    run = investigate(calls(call("lookup", what="x")), says(said))
    assert said.strip() in run.answer.text
    assert not any("was cut" in notice for notice in run.notices)


@pytest.mark.parametrize("value", ["a" * 500_000, "a b-1 " * 90_000, "1234567890" * 50_000])
def test_arguments_that_are_too_long_are_refused_in_time(value: str) -> None:
    """The same call twice, with an argument of 500 KB, once hung for minutes."""
    began = time.process_time()
    made = calls(call("lookup", what=value))
    run = investigate(made, made, says("Fine."))
    assert time.process_time() - began < 2
    assert f"{LONGEST_CALL:,} are the most" in run.results()[0]
    assert all(len(str(request.messages)) < 20_000 for request in run.model.requests)


def test_arguments_at_the_limit_run() -> None:
    run = investigate(calls(call("lookup", what="a" * (LONGEST_CALL - 100))), says("Fine."))
    assert "are the most" not in run.results()[0]


LONG_ANSWERS = {
    "fences": "```\n{}\n```\n",
    "cells": "| {} | node-{} |\n",
    "prose": "node-{} has {} pods [1]. ",
    "items": "- node-{}: {}% of 3 MiB\n",
    "code": "`node-{}` ",
    "quotes": '"node {} failed {} times" ',
}


@pytest.mark.parametrize("form", LONG_ANSWERS)
def test_the_longest_answer_is_checked_in_time(form: str) -> None:
    said = "".join(LONG_ANSWERS[form].format(n, n) for n in range(30_000))
    began = time.process_time()
    run = investigate(calls(call("lookup", what="x")), says(said))
    assert time.process_time() - began < 10, "two to four where the machine is quiet"
    assert run.answer.text
