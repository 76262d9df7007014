"""What a question is after, by the model's own yes or no: in any language, without a word list.

A few examples make the 1.5B tell this rightly of 47 of 50 questions; without them it answered by
the letter in which an option was listed (30 Nov 2026).
"""

from collections.abc import Sequence

import anyio

from holmes.agent.conversation import Conversation
from holmes.core.messages import AssistantMessage, Message, SystemMessage, UserMessage

_ASKED = (
    "Answer yes or no: does the question ask what is wrong, why something fails, or whether "
    "something is healthy?"
)
_EXAMPLES = (
    ("payments are failing since noon, why?", "yes"),
    ("which image does the api run?", "no"),
    ("is the database ok?", "yes"),
    ("what does OOMKilled mean?", "no"),
    ("anything broken in staging?", "yes"),
    ("list the services in namespace web", "no"),
)
_FOLLOW_UPS = (
    ("why?", "yes"),
    ("which node is it on?", "no"),
    ("is it ok again?", "yes"),
    ("since when?", "no"),
    ("did that help?", "yes"),
    ("show me its events", "no"),
)
_FOLLOWS = (
    "Answer yes or no: is the second question still about what the first one was about, so that it "
    "can't be understood without it?"
)
_FOLLOWING = (
    ("why does the api restart?", "since when?", "yes"),
    ("is the database ok?", "what is wrong in the cluster?", "no"),
    ("payments are failing, why?", "and the other one?", "yes"),
    ("which image does the api run?", "list all namespaces", "no"),
    ("anything broken in staging?", "show me its logs", "yes"),
    ("why is the queue slow?", "are there any failed jobs?", "no"),
)
_MOST_TOKENS = 4
_MOST_CHARS = 600  # of a question; what comes with it is data


async def asks_what_is_wrong(talk: Conversation, *, follows: bool = False) -> bool:
    """Whether the question is about something that does not work, or may not."""
    # A model that is silent can't look, and what code found does not wait for it.
    examples = _FOLLOW_UPS if follows else _EXAMPLES
    return await _yes(talk, _ASKED, examples, talk.question[:_MOST_CHARS])


async def goes_on(talk: Conversation, before: str) -> bool:
    """Whether the question is about what the one before it was about."""
    examples = [(_both(first, second), answer) for first, second, answer in _FOLLOWING]
    asked = _both(before[:_MOST_CHARS], talk.question[:_MOST_CHARS])
    return await _yes(talk, _FOLLOWS, examples, asked)


def _both(first: str, second: str) -> str:
    return f"First question: {first}\nSecond question: {second}"


async def _yes(
    talk: Conversation, task: str, examples: Sequence[tuple[str, str]], asked: str
) -> bool:
    messages: list[Message] = [SystemMessage(content=task)]
    for example, answer in examples:
        messages += [UserMessage(content=example), AssistantMessage(content=answer)]
    messages.append(UserMessage(content=asked))
    with anyio.move_on_after(talk.seconds_left / 2):
        said = await talk.ask_aside(messages, _MOST_TOKENS)
        return said.strip().casefold().startswith("yes")
    return True
