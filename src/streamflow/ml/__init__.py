"""Training: features out of decisions, models out of features, and how good they are; the only place with training libraries."""
