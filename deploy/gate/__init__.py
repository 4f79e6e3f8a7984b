"""What `make verify-deploy` stands on: a real Kubernetes control plane without nodes, and what is asked of it."""
