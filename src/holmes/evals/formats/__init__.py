"""Other benchmarks' formats, one a file: each reads a folder into `Foreign` scenarios."""
