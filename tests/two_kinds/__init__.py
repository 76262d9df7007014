"""Incidents that need two kinds of evidence: real servers with the data of evals/evidence."""
