"""How well a model with these tools finds what is wrong: scenarios, runs, scores, reports."""
