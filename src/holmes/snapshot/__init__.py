"""A cluster in a folder: capture it, and serve it as a read-only Kubernetes API."""
