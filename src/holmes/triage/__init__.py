"""Deterministic checks over Kubernetes objects, one file each."""
