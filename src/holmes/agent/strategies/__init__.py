"""How models are led: plain for those that get along by themselves, guided for small ones."""
