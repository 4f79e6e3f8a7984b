"""What jobs keep in an object storage."""
