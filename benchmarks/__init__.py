"""How fast StreamFlow is, measured: `python -m benchmarks`."""
