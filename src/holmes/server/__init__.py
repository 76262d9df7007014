"""`holmes serve`: investigations over HTTP. Needs the extra `server`."""
