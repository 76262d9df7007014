"""The HTTP surface of the peer (HolmesGPT 0.45.0), so that its clients work unchanged."""
