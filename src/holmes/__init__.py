"""HolmesGPT: an AI SRE agent that answers from what read-only tools really returned."""

__version__ = "0.1.0"
