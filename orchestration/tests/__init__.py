"""Tests of the DAGs, in Airflow's environment: `make test-airflow`."""
