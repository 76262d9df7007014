"""Model clients: everything that speaks to an inference server."""
