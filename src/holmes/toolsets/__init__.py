"""Toolsets: what a model may call, and how it runs."""
