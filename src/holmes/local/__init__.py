"""The embedded model: its weights and the llama.cpp server in this process."""
