"""The client of the chat-completions protocol, for every server that speaks it."""
