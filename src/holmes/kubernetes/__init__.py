"""What triage, snapshots and the Kubernetes toolset share: kubectl, its target, names."""
