"""Access to Kafka for the command line, the control log and tests: bounded reads, transactional writes, dumps."""
