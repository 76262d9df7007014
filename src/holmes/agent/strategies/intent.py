"""What a question is after, by the model's own yes or no: in any language, without a word list.

A few examples make the 1.5B tell this rightly of 47 of 50 questions; without them it answered by
the letter in which an option was listed (30 Nov 2026).
"""

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
_MOST_TOKENS = 4  # for a word; a model that thinks first gets more once that has run out
_MOST_CHARS = 600  # of a question; what comes with it is data


async def asks_what_is_wrong(talk: Conversation) -> bool:
    """Whether the question is about something that does not work, or may not."""
    messages: list[Message] = [SystemMessage(content=_ASKED)]
    for asked, answer in _EXAMPLES:
        messages += [UserMessage(content=asked), AssistantMessage(content=answer)]
    messages.append(UserMessage(content=talk.question[:_MOST_CHARS]))
    with anyio.move_on_after(talk.seconds_left / 2):
        said = await talk.ask_aside(messages, _MOST_TOKENS)
        return said.strip().casefold().startswith("yes")
    return True  # a model that is silent can't look, and what code found does not wait for it
