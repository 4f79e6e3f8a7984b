"""Labels: what became known about transactions, from files and the topic, and the risk snapshots that are built of them."""
