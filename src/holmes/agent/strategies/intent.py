"""What a question is after, by the model's own yes or no: in any language, without a word list.

The examples matter more than the question: of 45 questions in nine languages that were written
after both, the 1.5B sorted 42 rightly, and 30 with six examples and a question that had only one
side (30 Nov 2026). Asked the other way round as well, it says yes to both.
"""

from collections.abc import Sequence

import anyio

from holmes.agent.conversation import Conversation
from holmes.core.messages import AssistantMessage, Message, SystemMessage, UserMessage

_ASKED = (
    "Sort the question. Answer yes if it is about trouble: something fails, is slow, or may be "
    "unhealthy. Answer no if it asks for a fact, a number, a list, an explanation or help."
)
_EXAMPLES = (
    ("payments are failing since noon, why?", "yes"),
    ("which image does the api run?", "no"),
    ("is the database ok?", "yes"),
    ("what does OOMKilled mean?", "no"),
    ("anything broken in staging?", "yes"),
    ("list the services in namespace web", "no"),
    ("the search page shows nothing", "yes"),
    ("how many pods does the api have?", "no"),
    ("is everything fine with the mail server?", "yes"),
    ("how do I add a label to a pod?", "no"),
    ("wieso ist der Shop langsam?", "yes"),
    ("combien de services y a-t-il ?", "no"),
    ("did last night's backup work?", "yes"),
    ("what is an Ingress?", "no"),
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
_MOST_TOKENS = 4  # for a word; a model that thinks first gets more once that has run out
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
