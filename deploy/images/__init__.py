"""Images of what runs on a cluster."""
