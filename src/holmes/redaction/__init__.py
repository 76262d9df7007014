"""Secrets and names taken out of text: detectors, what is no secret, stable placeholders."""
