"""What fits a context window, and what is given up first."""

import pytest

from holmes.agent.budget import ContextBudget, size
from holmes.agent.shrinking import SHRUNK, cited_lines
from holmes.core.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolDefinition,
    ToolMessage,
    Usage,
    UserMessage,
)

TOOL = ToolDefinition(name="look", description="Look " * 100, parameters={"type": "object"})


def conversation(*results: str, says: str = "look") -> list[Message]:
    messages: list[Message] = [SystemMessage(content="rules"), UserMessage(content="why?")]
    for number, result in enumerate(results, start=1):
        messages.append(AssistantMessage(content=says))
        content = f"[{number}] kubectl get pods\n{result}"
        messages.append(ToolMessage(tool_call_id="c", name="t", content=content))
    return messages


def rows(count: int, word: str = "Running") -> str:
    return "\n".join(f"web-{n:04d}  1/1  {word}  node-{n % 7}" for n in range(count))


def test_what_fits_is_left_alone() -> None:
    messages = conversation("short")
    assert ContextBudget(window=4096).fit(messages) == (messages, False)


def test_the_oldest_result_shrinks_first_and_says_so() -> None:
    messages = conversation(rows(300), rows(60))
    fitted, cut = ContextBudget(window=4096).fit(messages)
    assert cut
    assert fitted[:3] == messages[:3]
    assert fitted[3].content == f"[1] kubectl get pods\n{SHRUNK}"
    assert fitted[-1] == messages[-1]


def test_an_old_result_keeps_the_lines_that_were_spoken_of() -> None:
    messages = conversation(rows(200), rows(200), says="web-0042 looks odd, so does node-9")
    fitted, _ = ContextBudget(window=4096).fit(messages)
    assert fitted[3].content.splitlines()[1:] == ["web-0042  1/1  Running  node-0", SHRUNK]


def test_a_word_that_most_lines_hold_cites_none_of_them() -> None:
    assert cited_lines(rows(50), "all pods on node-1 are 1/1, web-0007 too") == [
        "web-0007  1/1  Running  node-0"
    ]


def test_shrinking_leaves_room_so_that_it_is_not_done_again_at_once() -> None:
    budget = ContextBudget(window=4096)
    fitted, _ = budget.fit(conversation(rows(280), rows(40)))
    grown = [*fitted, AssistantMessage(content="look"), conversation(rows(20))[-1]]
    assert budget.fit(grown) == (grown, False)


def test_shrinking_again_changes_nothing_that_shrank_before() -> None:
    budget = ContextBudget(window=4096)
    fitted, _ = budget.fit(conversation(rows(300), rows(60)))
    again, _ = budget.fit([*fitted, *conversation(rows(300))[2:]])
    assert again[3] == fitted[3]


@pytest.mark.parametrize("window", [1024, 2048, 4096])
def test_even_the_newest_result_and_the_question_shrink_where_nothing_else_is_left(
    window: int,
) -> None:
    budget = ContextBudget(window=window)
    messages = conversation(rows(2000), rows(2000))
    messages[1] = UserMessage(content="why? " + "very " * 5000)
    fitted, _ = budget.fit(messages)
    assert budget.tokens(fitted) <= budget.prompt_tokens
    assert [m.content.split("\n")[0] for m in fitted if isinstance(m, ToolMessage)] == [
        "[1] kubectl get pods",
        "[2] kubectl get pods",
    ]


def test_the_servers_counts_calibrate_the_estimate() -> None:
    budget = ContextBudget(window=16_384)
    first, second = conversation(), conversation("x" * 4000)
    budget.sent(first, (TOOL,))
    budget.learn(Usage(prompt_tokens=300))
    assert budget.tokens(first, (TOOL,)) == 300
    budget.sent(second, (TOOL,))
    budget.learn(Usage(prompt_tokens=300 + 2015))
    assert round(budget.density, 1) == 2.0, "of what came in between"
    assert budget.tokens(second, (TOOL,)) == 2315
    budget.sent(second, (TOOL,))
    budget.learn(Usage(prompt_tokens=0))
    assert round(budget.density, 1) == 2.0, "a server that counts nothing teaches nothing"


def test_a_template_that_shortens_tools_does_not_make_results_look_small() -> None:
    budget = ContextBudget(window=8192)
    budget.sent(conversation("x" * 300), (TOOL,) * 20)
    budget.learn(Usage(prompt_tokens=400))
    assert budget.density == ContextBudget().density


def test_the_servers_tokenizer_teaches_what_results_are() -> None:
    budget = ContextBudget()
    budget.counted("x" * 1000, 500)
    assert budget.density == 2.0
    budget.counted("x" * 1000, None)
    assert budget.density == 2.0


def test_a_text_without_spaces_or_letters_of_ours_counts_by_its_bytes() -> None:
    budget = ContextBudget()
    assert budget.tokens(conversation("节点不可用" * 100)) > 450


def test_an_overflow_teaches_the_window() -> None:
    budget = ContextBudget(window=32768)
    budget.overflowed(4096)
    assert budget.window == 4096
    budget.overflowed(None)
    assert budget.window == 3072
    for _ in range(20):
        budget.overflowed(None)
    assert budget.window == 1024


def test_results_of_one_batch_share_the_room() -> None:
    budget = ContextBudget(window=4096)
    messages = conversation("x" * 800)
    assert budget.excerpt_chars(4, messages) < budget.excerpt_chars(1, messages) / 3
    assert budget.excerpt_chars(1, conversation("x" * 10**6)) == 400
    assert size(messages) > 800
