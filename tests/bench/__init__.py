"""Benchmarks and the soak. Nothing here is a test: timing never decides whether the tests pass."""
