"""Benchmarks: `make bench`, or `python -m bench books events place import`. Every figure in the docs comes from here."""
