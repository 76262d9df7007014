"""GLM-4.5 to 4.7: `<tool_call>name<arg_key>key</arg_key><arg_value>value</arg_value></tool_call>`.

Form: the chat templates of zai-org/GLM-4.5 (a line break after each element) and GLM-4.7
(none). Values are plain text, anything but strings is JSON.
"""

import re

from holmes.models.tool_syntax.base import MORE, Passage, ReadResult, Reply, ToolSyntax
from holmes.models.tool_syntax.core.elements import read_elements
from holmes.models.tool_syntax.core.named import HEAD_CHARS
from holmes.models.tool_syntax.core.shapes import NAME

_HEAD = re.compile(rf"<tool_call>\s{{0,40}}({NAME.pattern})\s{{0,40}}(?=<)")
_PARAMETER = re.compile(r"<arg_key>([^<]{1,128})</arg_key>\s{0,8}<arg_value>")


def _read(reply: Reply, at: int) -> ReadResult:
    """Read one `<tool_call>` element that begins with a name."""
    head = _HEAD.match(reply.text, at)
    if not head:
        return reply.undecided(at, HEAD_CHARS)
    elements = read_elements(
        reply, head.end(), parameter=_PARAMETER, value_end="</arg_value>", ends=("</tool_call>",)
    )
    if elements == MORE:
        return MORE
    if elements.is_nothing:
        return None
    return Passage(end=elements.end, calls=(elements.call(reply, at, head[1]),))


SYNTAX = ToolSyntax(
    name="glm",
    openers=("<tool_call>",),
    read=_read,
    result_openers=("<tool_response>", "<|observation|>"),
)
