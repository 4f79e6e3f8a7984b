"""Airflow's DAGs around the warehouse; they run in an environment of their own, which knows streamflow.contracts only.

What the DAGs are stands in :mod:`orchestration.catalogue`; :mod:`orchestration.factory` builds all of them. A file in `dags/`
joins an entry of the one with the tasks of a module here. None of these modules reads a file, opens a connection or asks for
the time when it is imported, but for dbt's manifest, out of which the tasks of `transform` are made.
"""
