"""One transaction's way: where it lies on each topic and table, and when it came there."""
