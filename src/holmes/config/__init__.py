"""Settings: flags over environment over files, read once."""
