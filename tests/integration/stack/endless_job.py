"""A job that never ends and needs nothing but Flink, for the tests of the stack: `flink run -py` submits it."""

from pyflink.table import EnvironmentSettings, TableEnvironment

if __name__ == "__main__":
    tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    tables.get_config().set("execution.checkpointing.interval", "1 s").set("pipeline.name", "endless")
    tables.execute_sql("CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10')")
    tables.execute_sql("CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole')")
    tables.execute_sql("INSERT INTO nowhere SELECT n FROM numbers")
