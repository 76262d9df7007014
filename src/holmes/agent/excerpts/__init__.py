"""Evidence: what the tools returned, numbered, whole and append-only."""
