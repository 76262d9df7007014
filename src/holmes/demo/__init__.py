"""The packaged broken cluster that `holmes demo` investigates."""
