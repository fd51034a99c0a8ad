"""Benchmarks: `make bench`, or `python -m bench books events`. Every figure in the docs comes from here."""
