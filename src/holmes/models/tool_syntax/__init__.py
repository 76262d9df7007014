"""Textual tool-call syntaxes, one file each: prompt, parser and renderers together."""
