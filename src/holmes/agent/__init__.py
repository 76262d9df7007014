"""The loop: question, tool calls, evidence, answer."""
