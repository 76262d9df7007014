"""Finds the syntaxes: every module of `holmes.models.tool_syntax` with a `SYNTAX`."""

import importlib
import pkgutil
from functools import cache

from holmes.models import tool_syntax
from holmes.models.tool_syntax.base import ToolSyntax


@cache
def syntaxes() -> tuple[ToolSyntax, ...]:
    """All syntaxes, by module name; a new file in the package is all that a new one takes."""
    names = sorted(m.name for m in pkgutil.iter_modules(tool_syntax.__path__) if not m.ispkg)
    modules = (importlib.import_module(f"{tool_syntax.__name__}.{name}") for name in names)
    found = (getattr(module, "SYNTAX", None) for module in modules)
    return tuple(syntax for syntax in found if isinstance(syntax, ToolSyntax))
