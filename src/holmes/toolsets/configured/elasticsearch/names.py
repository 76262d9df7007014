"""Names of indices as parts of a path, so that no name is another request."""

import re
from urllib.parse import quote

from holmes.core.messages import JsonValue
from holmes.tools.function_tool import ToolFailure

_NAME = re.compile(r"[^\s/\\?#%\"<>|]+")


def index_path(index: JsonValue, *, default: str = "") -> str:
    """An index, alias, pattern or several with commas, as a part of a path.

    ToolFailure for what the server would read as something else: a name never begins with "_".
    """
    text = str(index or default)
    names = text.split(",")
    if not all(_NAME.fullmatch(name) and name[0] != "_" and name.strip(".") for name in names):
        raise ToolFailure(f'"{text}" is no name of an index', status="invalid_arguments")
    return quote(text, safe=",*:+-._")
