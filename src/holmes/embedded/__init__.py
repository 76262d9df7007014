"""The embedded model: its weights and the llama.cpp server in a process of its own."""
