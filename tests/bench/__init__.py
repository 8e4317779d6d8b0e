"""Benchmarks: `python -m tests.bench` times lfsmake and its peers and writes docs/benchmarks.md. Not run by pytest."""
