"""Settings that are one of a few words."""

from typing import Literal, TypeAlias

ToolMode: TypeAlias = Literal["auto", "native", "constrained", "prompted"]
"""How a model is made to call tools; see `holmes.models.modes.model`."""

Guidance: TypeAlias = Literal["auto", "on", "off"]
"""Whether a model is led step by step; see `holmes.agent.strategies.choice`."""
