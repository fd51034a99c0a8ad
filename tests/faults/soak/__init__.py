"""A soak: everybody does anything at random, for as long as one likes, while processes are killed; then all must prove.

`python -m tests.faults.soak --seconds 300 --clients 12 --kill api worker database`
"""
