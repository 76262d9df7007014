"""The ways of making a model call tools: native, constrained, prompted."""
