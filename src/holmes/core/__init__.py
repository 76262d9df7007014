"""The words that everything else is written in; no library, no I/O."""
