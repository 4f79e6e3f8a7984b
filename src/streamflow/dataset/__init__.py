"""Labelled data to measure detection with: the synccfd simulator, and the Fraud Detection Handbook's days."""

from streamflow.dataset.files import DatasetReport, Progress
from streamflow.dataset.handbook import import_handbook
from streamflow.dataset.synccfd import SAMPLE, WHOLE, SynccfdPlan, make_synccfd

__all__ = ["SAMPLE", "WHOLE", "DatasetReport", "Progress", "SynccfdPlan", "import_handbook", "make_synccfd"]
