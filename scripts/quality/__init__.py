"""How good detection is, by the public protocol: `python -m scripts.quality` measures, and writes docs/quality.md of its results."""
