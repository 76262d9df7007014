"""A conversation in the terminal: one investigation that goes on, and commands beside it."""
