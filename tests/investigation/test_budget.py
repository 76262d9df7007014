"""What fits a context window, and what is given up first."""

from holmes.investigation.budget import SHRUNK, ContextBudget, size
from holmes.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolMessage,
    Usage,
    UserMessage,
)


def conversation(*results: str) -> list[Message]:
    messages: list[Message] = [SystemMessage(content="rules"), UserMessage(content="why?")]
    for result in results:
        messages.append(AssistantMessage(content="look"))
        messages.append(ToolMessage(tool_call_id="c", name="t", content=result))
    return messages


def test_what_fits_is_left_alone() -> None:
    messages = conversation("short")
    assert ContextBudget(window=4096).fit(messages) == (messages, False)


def test_the_oldest_results_shrink_first_and_say_so() -> None:
    messages = conversation("old " * 2500, "new " * 600)
    fitted, cut = ContextBudget(window=4096).fit(messages)
    assert cut
    assert fitted[:3] == messages[:3]
    assert fitted[3].content.endswith(SHRUNK)
    assert fitted[-1] == messages[-1]


def test_even_the_newest_shrinks_where_nothing_else_is_left() -> None:
    budget = ContextBudget(window=2048)
    fitted, _ = budget.fit(conversation("a " * 9000, "b " * 9000))
    assert size(fitted) < (budget.window - budget.answer_tokens) * budget.chars_per_token


def test_the_servers_count_calibrates_the_estimate() -> None:
    budget = ContextBudget(window=4096)
    messages = conversation("x" * 4000)
    budget.sent(messages, ())
    budget.learn(Usage(prompt_tokens=size(messages) // 2))
    assert round(budget.chars_per_token, 1) == 2.0
    budget.sent(messages, ())
    budget.learn(Usage(prompt_tokens=0))
    assert round(budget.chars_per_token, 1) == 2.0, "a server that counts nothing teaches nothing"


def test_an_overflow_teaches_the_window_or_a_lower_density() -> None:
    budget = ContextBudget(window=32768)
    budget.overflowed(4096)
    assert budget.window == 4096
    before = budget.chars_per_token
    budget.overflowed(None)
    assert budget.chars_per_token < before


def test_results_of_one_batch_share_the_room() -> None:
    budget = ContextBudget(window=4096)
    assert budget.excerpt_chars(4, 1000) < budget.excerpt_chars(1, 1000) / 3
    assert budget.excerpt_chars(1, 10**9) == 400
