"""The audit: what lies in Kafka is in bronze, what lies in bronze is in gold, and the money is the same to the cent.

Reading (`topics`, `tables`) turns records and rows into entries of fixed size; comparing (`compare`) sees only entries, bucket after
bucket, so that millions of records need little memory.
"""
