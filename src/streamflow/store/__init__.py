"""The warehouse's side of PostgreSQL: migrations, partitions, queries, reference data, the audit; the audit reads Kafka too."""
