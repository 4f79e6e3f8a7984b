"""Names that Airflow's environment and ours share: its DAGs, its connections and the section of its configuration."""

from typing import Final

INGEST_AUDIT: Final = "ingest_audit"
DATA_QUALITY: Final = "data_quality"
TRANSFORM: Final = "transform"
MAINTENANCE: Final = "maintenance"
DAG_IDS: Final = (INGEST_AUDIT, DATA_QUALITY, TRANSFORM, MAINTENANCE)
REFRESH: Final = "refresh_model_performance"
"""What a run of `transform` can be asked for (`{"refresh_model_performance": true}`): the models' past days anew."""

WAREHOUSE: Final = "streamflow_warehouse"
"""Airflow's connection to the warehouse, with the transformer's role."""
WAREHOUSE_OWNER: Final = "streamflow_warehouse_owner"
"""The same with the migrator's role, which owns the tables of bronze: vacuum and expiry need it."""
WEBHOOK: Final = "streamflow_webhook"
"""Airflow's connection that names the address notifications go to; without it they are only logged."""

SECTION: Final = "streamflow"
"""Section of Airflow's configuration that tells the DAGs about the place they run in."""
