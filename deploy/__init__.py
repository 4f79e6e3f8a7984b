"""How StreamFlow comes onto a cluster, and the gate that tries it."""
