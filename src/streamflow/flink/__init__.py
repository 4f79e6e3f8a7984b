"""Flink: the adapters that run the engine as a job. The only place that imports PyFlink."""
