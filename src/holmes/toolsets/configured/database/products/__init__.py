"""Database products, one a file."""
