"""What of a model's explanation may stand beside what code states: no value that it can spoil.

That "targetPort is 80, not 8081" is told the wrong way round shows in no single word: both numbers
stand in the evidence (Qwen2.5-Coder-1.5B, 29 Nov 2026). So a value is code's to tell, and the
model's sentences tell what it means; they may name the object, and the one other name of a cause.
"""

import re
from collections.abc import Iterable, Iterator

from holmes.agent.strategies.values import names, own_names, values
from holmes.core.finding import Finding
from holmes.core.markdown import CITATION, blocks

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def in_step(said: str, finding: Finding, others: Iterable[str], seen: str) -> str:
    """The explanation up to the first sentence that may contradict a finding.

    others  names of what the finding is not about
    seen    the text of the look: a name in it is an object's, not a word with a hyphen
    """
    own = own_names(finding)
    own |= {part for name in own for part in name.split("-")} - set(others)
    told = names(" ".join((finding.cause, *finding.chain))) - own
    allowed = own | (told if len(told) == 1 else set())
    foreign = {name.rpartition("/")[2] for name in others} - own
    end = 0
    for start, stop in _sentences(said):
        sentence = CITATION.sub("", said[start:stop])
        more = values(sentence) - allowed
        if any(each in seen or re.search(r"\d", each) for each in more):
            break
        if foreign & set(_WORD.findall(sentence)):
            break
        end = stop
    return said[:end].strip()


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    for block in blocks(text):
        yield from block.parts or ((block.start, block.end),)
